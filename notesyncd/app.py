"""Composition root: builds everything from the configuration; the only place where all parts meet."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from notesyncd.compose.note import NoteStyle
from notesyncd.config.load import LoadedConfig, SinkConfig, load_config
from notesyncd.config.paths import StatePaths
from notesyncd.config.schema import Config, NoteSettings
from notesyncd.daemon.run import Daemon
from notesyncd.daemon.status import ReaderOutlook, status
from notesyncd.domain.errors import NotesyncdError
from notesyncd.hooks.contracts import LightReader, PluginSettings, Reader, ReaderContext, ReaderSpec, Sink, SinkContext
from notesyncd.hooks.plugins import Plugins
from notesyncd.intake.backlog import BacklogChoice
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.ledger import folders
from notesyncd.ledger.artifacts import Artifacts
from notesyncd.ledger.lock import DaemonLock
from notesyncd.ledger.outbox import Place
from notesyncd.ledger.store import Ledger
from notesyncd.pipeline.services import Grouping, ImageBounds, ReadingTools, Services, WatchedRoot
from notesyncd.read.choose import best_suited, better_possible, choose, ranked

BUILT_IN_PLUGINS = ("notesyncd.prepare.plugin", "notesyncd.read.plugin")
LIGHT_READERS = ("vision", "rapidocr")
"""Find lines, words and the rotation for readers that can't do so themselves: the first of these that is ready."""


def load_plugins() -> Plugins:
    """Return all plugins, built-in ones first; broken ones are kept as failures."""
    return Plugins(BUILT_IN_PLUGINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogWish:
    """What a person chooses now for old files, and the announcing sinks that get them all the same."""

    choice: BacklogChoice
    sinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BetterReader:
    """A reader that would suit this machine better than the one in use, why it can't be used, and what helps."""

    name: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Configuration, plugins and places of this installation; opens what a command needs, and no more."""

    loaded: LoadedConfig
    plugins: Plugins
    paths: StatePaths

    @property
    def config(self) -> Config:
        """The core's settings."""
        return self.loaded.config

    # ------------------------------------------------------------------------------------------------------ the ledger

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger beside a daemon that may be running."""
        self.paths.create()
        with Ledger(self.paths.ledger, daemon=False) as ledger:
            yield ledger

    def status(self, ledger: Ledger, *, limit: int = 10_000) -> dict[str, Any]:
        """Return what ``notesyncd status --json`` prints; ``limit``: of the waiting items of each kind."""
        ready = self._ready_reader()  # asked once: a server, cards and folders are looked at for it
        told = status(
            ledger,
            lock=self.paths.lock,
            folders={watch.folder: watch.mode for watch in self.config.watch},
            sinks={sink.name: None for sink in self.loaded.sinks} | dict(self.loaded.unavailable),
            readers=self.reading_threads(ready) if ready else 1,
            outlook=self._outlook(ready),
            limit=limit,
        )
        in_use = self._in_use(ready)
        for folder in told["backlog"]:
            folder["estimate"] = self._estimate(in_use, folder["files"])
        return told | {"leaves_machine": self._leaves_machine(in_use)}

    def roots(self, backlog: BacklogWish | None = None) -> list[WatchedRoot]:
        """Return the watched folders with what is set for each; ``backlog`` overrules the settings."""
        names = {field.name for field in fields(WatchedRoot)}
        roots = [WatchedRoot(path=watch.folder, **watch.model_dump(include=names)) for watch in self.config.watch]
        if backlog is None:
            return roots
        return [
            replace(root, backlog=backlog.choice, backlog_sinks=(*root.backlog_sinks, *backlog.sinks)) for root in roots
        ]

    def decoder(self) -> Decoder:
        """Return a decoder that knows the passwords of all folders; nothing is started yet."""
        secrets = [watch.pdf_passwords for watch in self.config.watch if watch.pdf_passwords is not None]
        passwords = [line for secret in secrets for line in secret.get_secret_value().splitlines() if line]
        return Decoder(passwords=passwords)

    def _outlook(self, ready: ReaderSpec | None) -> ReaderOutlook:
        if ready is None:
            return ReaderOutlook()
        better = self.better_reader(ready)
        return ReaderOutlook(
            in_use=ready.name,
            ranked=tuple(ranked(self.plugins.readers)),
            better=(better.name, better.reason, better.remedy) if better else None,
        )

    # ------------------------------------------------------------------------------------------------------- the parts

    def reader(self, wanted: str | None = None) -> ReaderSpec:
        """Return the reader that is configured, or ``wanted``."""
        return choose(self.plugins.readers, wanted or self.config.read.reader, self.reader_context)

    def reader_context(self, reader: ReaderSpec, *, model: str | None = None) -> ReaderContext:
        """Return what a reader is opened with; ``model`` overrules the configured one."""
        read = self.config.read
        context = ReaderContext(
            cache=self.paths.readers,
            model=model or read.model,
            prompt_file=read.prompt,
            settings=_with_model(self.loaded.readers.get(reader.name), model),
        )
        return replace(context, threads=reading_threads(reader.parallel(context), read.parallel))

    def reader_states(self) -> dict[str, str | None]:
        """Return why each reader can't be used now; None: it can."""
        return {name: spec.unready(self.reader_context(spec)) for name, spec in self.plugins.readers.items()}

    def leaves_machine(self) -> str | None:
        """Say what the reader in use sends elsewhere; None: nothing."""
        return self._leaves_machine(self._in_use())

    def _leaves_machine(self, spec: ReaderSpec | None) -> str | None:
        return spec.leaves_machine(self.reader_context(spec)) if spec else None

    def estimate(self, pages: int, *, reader: str | None = None) -> str | None:
        """Say what so many pages would take of the reader in use, or of ``reader``; None: nothing but time."""
        return self._estimate(self.plugins.readers.get(reader or "") or self._in_use(), pages)

    def _estimate(self, spec: ReaderSpec | None, pages: int) -> str | None:
        return spec.estimate(self.reader_context(spec), pages) if spec else None

    def _in_use(self, ready: ReaderSpec | None = None) -> ReaderSpec | None:
        """Return the reader that was named, ready or not, or else the one that "auto" takes (``ready``, if known)."""
        return self.plugins.readers.get(self.config.read.reader) or ready or self._ready_reader()

    def _ready_reader(self) -> ReaderSpec | None:
        """Return the reader that reads; None where there is none, which is said elsewhere."""
        try:
            return self.reader()
        except NotesyncdError:
            return None

    def better_reader(self, in_use: ReaderSpec) -> BetterReader | None:
        """Return the reader that would read better on this machine than the one in use, if it could be used."""
        found = better_possible(self.plugins.readers, in_use.name, self.reader_context)
        if found is None:
            return None
        name, reason = found
        return BetterReader(name=name, reason=reason, remedy=self.plugins.readers[name].remedy)

    def reading_threads(self, reader: ReaderSpec) -> int:
        """Return how many pages are read at once."""
        return self.reader_context(reader).threads

    def tools(self, reader: ReaderSpec, *, model: str | None = None) -> ReadingTools:
        """Return readers and preparing steps, not yet opened; the light reader is the reader itself where it can be."""
        context = self.reader_context(reader, model=model)

        def light(opened: Reader) -> LightReader | None:
            if isinstance(opened, LightReader):
                return opened
            for other in filter(None, map(self.plugins.readers.get, LIGHT_READERS)):
                if other.unready(self.reader_context(other)) is None:
                    second = other.open(self.reader_context(other))
                    return second if isinstance(second, LightReader) else None
            return None

        return ReadingTools(
            open_reader=lambda: reader.open(context),
            open_light_reader=light,
            steps=[self.plugins.preprocessor(name) for name in self.config.prepare.steps],
            languages=self.config.read.languages,
            terms=self.config.read.terms,
            tells_previous_title=self.config.read.previous_title,
            name=reader.name,
            at_once=context.threads,
            other=lambda name: self.tools(self.reader(name)),
        )

    def open_sink(self, sink: SinkConfig) -> Sink:
        """Open one sink."""
        cache = self.paths.sink_cache(sink.name)
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened: Sink = self.plugins.sink(sink.plugin).open(sink.settings, SinkContext(name=sink.name, cache=cache))
        return opened

    # ------------------------------------------------------------------------------------------------------ the daemon

    @contextmanager
    def daemon(
        self,
        *,
        on_progress: Callable[[Mapping[str, int | None]], None] | None = None,
        backlog: BacklogWish | None = None,
    ) -> Iterator[Daemon]:
        """Take the daemon lock and build everything.

        Args:
            on_progress: told now and then what stands where.
            backlog: overrules what the settings say of files that lay there before.

        Raises:
            LedgerBusy: if a daemon is running already.
            ConfigError: if a reader, step or sink can't be had as configured.
        """
        reader = self.reader()
        tools = self.tools(reader)
        self.paths.create()
        with ExitStack() as closing:
            closing.enter_context(DaemonLock(self.paths.lock))
            ledger = closing.enter_context(Ledger(self.paths.ledger, daemon=True))
            decoder, page_decoder = (closing.enter_context(self.decoder()) for _ in range(2))
            closing.callback(tools.close)
            sinks: dict[Place, Sink] = {}
            plugins: dict[Place, str] = {}
            for configured in self.loaded.sinks:
                sink = self.open_sink(configured)
                closing.callback(sink.close)
                place = Place(configured.name, sink.identity())
                sinks[place], plugins[place] = sink, configured.plugin
            services = Services(
                ledger=ledger,
                artifacts=Artifacts(self.paths.artifacts),
                decoder=decoder,
                page_decoder=page_decoder,
                tools=tools,
                roots=self.roots(backlog),
                grouping=Grouping(kind=self.config.note.group, burst_seconds=self.config.note.burst_seconds),
                style=self._style(),
                image_bounds=ImageBounds(long_edge=self.config.note.image_pixels),
                sinks=sinks,
                run_tag=f"daemon:{uuid.uuid4()}",
            )
            yield Daemon(
                services=services,
                plugins_of_places=plugins,
                reading_threads=self.reading_threads(reader),
                rescan_seconds=self.config.daemon.rescan_seconds,
                check_reload=self._check_reload,
                on_progress=on_progress,
            )

    def _style(self) -> NoteStyle:
        """Return how notes are to look; what a lesser reader read bears the name of the best one for this machine."""
        best, names = best_suited(self.plugins.readers, self.reader_context), ranked(self.plugins.readers)
        if best is None:
            return note_style(self.config.note)
        lesser = frozenset(names[names.index(best) + 1 :])
        return replace(note_style(self.config.note), better_reader=best, lesser_readers=lesser)

    def _check_reload(self) -> None:
        if self.loaded.file is not None:
            load_config(
                self.loaded.file, load_plugins(), needs_folders=True, seen_before=folders_seen_before(self.paths)
            )


def folders_seen_before(paths: StatePaths) -> frozenset[str]:
    """Return the folders that were watched before; none where there is no ledger, or none that can be read now."""
    if not paths.ledger.exists():
        return frozenset()
    try:
        with Ledger(paths.ledger, daemon=False) as ledger, ledger.read() as connection:
            return folders.all_seen(connection)
    except NotesyncdError:  # whoever needs the ledger says what is wrong with it
        return frozenset()


def note_style(note: NoteSettings) -> NoteStyle:
    """Return how notes are to look."""
    return NoteStyle(title_template=note.title, path_template=note.path, images=note.images, hashtags=note.hashtags)


def _with_model(settings: PluginSettings | None, model: str | None) -> PluginSettings | None:
    """Return a reader's settings with the model named on the command line, where they name one themselves."""
    if settings is None or model is None or "model" not in type(settings).model_fields:
        return settings
    return settings.model_copy(update={"model": model})


def reading_threads(parallel: int, most: int) -> int:
    """Return how many pages are read at once: what a reader bears (0: one a core), at most ``most`` if not 0."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    bears = parallel or cores
    return min(bears, most) if most else bears
