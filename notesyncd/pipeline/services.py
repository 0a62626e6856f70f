"""What the units of work need, built once by the composition root."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from notesyncd.api import ConfigError, LightReader, PreprocessorSpec, Reader, Sink
from notesyncd.compose.note import NoteStyle
from notesyncd.intake.backlog import BacklogChoice, BacklogOrder
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.intake.mode import Mode, WantedMode
from notesyncd.ledger.artifacts import Artifacts
from notesyncd.ledger.outbox import Place
from notesyncd.ledger.store import Ledger

GroupKind = Literal["file", "page", "burst", "folder"]


_SETTLE_SECONDS: dict[Mode, float] = {"native": 5.0, "poll": 15.0}
"""How long a file is left alone by default; where the folder is only gone through now and then, for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRoot:
    """A folder whose files become pages, with what its owner set for it (see ``WatchSettings``)."""

    path: Path
    mode: WantedMode = "auto"
    poll_seconds: float = 30.0
    settle_seconds: float | None = None
    tags_from_folders: bool = False
    icloud_download: bool = True
    photos: Literal["note", "skip"] = "note"
    after: Literal["keep", "move", "trash"] = "keep"
    move_to: Path | None = None
    backlog: BacklogChoice = "ask"
    backlog_order: BacklogOrder = "newest"
    backlog_sinks: tuple[str, ...] = ()

    def settle_seconds_in(self, mode: Mode) -> float:
        """Return how long a file must be left alone before it is read."""
        return _SETTLE_SECONDS[mode] if self.settle_seconds is None else self.settle_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Which pages share a note. A burst is photos taken at most ``burst_seconds`` apart."""

    kind: GroupKind
    burst_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBounds:
    """How large the upright JPEG of a page may be: long edge in pixels, JPEG quality 1..100."""

    long_edge: int = 2000
    quality: int = 82


@dataclass(slots=True)
class ReadingTools:
    """The readers and steps of this run. Readers are opened at the first page: loading models takes seconds.

    Attributes:
        tells_previous_title: whether a reader is told the heading of the page before.
        name: of the reader.
        at_once: so many pages may be read at the same moment; None: whoever asks sees to that.
        other: gives the tools of another reader, by its name; raises ConfigError if it can't be used.
    """

    open_reader: Callable[[], Reader]
    open_light_reader: Callable[[Reader], LightReader | None]
    steps: Sequence[PreprocessorSpec]
    languages: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    tells_previous_title: bool = False
    name: str | None = None
    at_once: int | None = None
    other: Callable[[str], ReadingTools] | None = None
    _others: dict[str, ReadingTools] = field(default_factory=dict)
    _turns: threading.Semaphore | None = None
    _reader: Reader | None = None
    _light: LightReader | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.at_once is not None:
            self._turns = threading.Semaphore(self.at_once)

    def named(self, name: str | None) -> ReadingTools:
        """Return the tools of the reader of this name, kept open until these are closed; None: these.

        Raises:
            ConfigError: if there is no such reader, or it can't be used.
        """
        if name in (None, self.name):
            return self
        assert name is not None
        if self.other is None:
            raise ConfigError(f"no other reader can be asked here, {name!r} neither")
        with self._lock:
            if name not in self._others:
                self._others[name] = self.other(name)
            return self._others[name]

    def turn(self) -> AbstractContextManager[object]:
        """Return what holds whoever enters it until one page more may be read."""
        return self._turns or nullcontext()

    def readers(self) -> tuple[Reader, LightReader | None]:
        """Return the reader and the light reader, opened."""
        with self._lock:
            if self._reader is None:
                reader = self.open_reader()
                self._light = self.open_light_reader(reader)
                self._reader = reader
            return self._reader, self._light

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            for other in self._others.values():
                other.close()
            self._others.clear()
            light: object = self._light
            if light is not self._reader and isinstance(light, Reader):
                light.close()
            if self._reader is not None:
                self._reader.close()
            self._reader = self._light = None


@dataclass(slots=True, kw_only=True)
class Services:
    """All that a unit of work may use. ``started`` and ``clock`` are seconds since the epoch.

    Files that come in and pages that are read have a decoder each: one that hangs over a hostile file holds up neither
    the other's work.
    """

    ledger: Ledger
    artifacts: Artifacts
    decoder: Decoder
    page_decoder: Decoder
    tools: ReadingTools
    roots: Sequence[WatchedRoot]
    grouping: Grouping
    style: NoteStyle
    image_bounds: ImageBounds
    sinks: Mapping[Place, Sink]
    run_tag: str
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    started: float = field(default_factory=time.time)
