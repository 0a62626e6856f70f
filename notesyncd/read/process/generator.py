"""A model in a process of its own: started when needed, asked about one page at a time, replaced when it fails."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import NoReturn

from notesyncd.api import (
    ChildDied,
    ConfigError,
    NotesyncdError,
    ReaderId,
    TransientError,
    UnreadableScan,
)
from notesyncd.read.generation import Answer, GeneratorFacts, Question
from notesyncd.read.model import ModelFiles
from notesyncd.read.models.digest import file_sha256
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.pictures import handed_over
from notesyncd.read.process.process import NeverBegan, ReaderProcess
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.system.child_process import ChildFailed, ChildGrew

_PAUSE_SECONDS = 300.0
"""Until a model that could not be loaded for want of memory is tried again: another program may end meanwhile."""


class ReaderDied(ChildDied):
    """The process that runs the model died, hung or grew over a page, which may be the page's fault."""


class ProcessGenerator:
    """Asks one model; safe to use from several threads, which wait for each other: no two pages share a model."""

    def __init__(
        self, *, reader: str, runtime: str, files: ModelFiles, order: LoadOrder, limits: Limits, work: Path
    ) -> None:
        """Make the generator; nothing is started before the first question.

        Args:
            reader: name of the reader that asks.
            runtime: ``mlx`` or ``cuda``.
            work: folder for pictures on their way to the process.
        """
        self._reader = reader
        self._runtime = runtime
        self._files = files
        self._order = order
        self._limits = limits
        self._work = work
        self._lock = threading.Lock()
        self._process: ReaderProcess | None = None
        self._facts: GeneratorFacts | None = None
        self._closed = False

    @property
    def process_id(self) -> int | None:
        """Of the reader process, if there is one (for figures of its memory)."""
        process = self._process
        return process.pid if process is not None else None

    def facts(self) -> GeneratorFacts:
        """Say what generates; loads the model where that is not known yet.

        Raises:
            NotesyncdError: as for ``generate``.
        """
        if self._facts is None:
            with self._lock:
                self._loaded()
        assert self._facts is not None
        return self._facts

    def generate(self, question: Question) -> Answer:
        """Ask about one picture.

        Raises:
            ReaderDied: the process died, hung or grew over it.
            TransientError: the model can't be loaded now, or was closed.
            ConfigError: the model can't be loaded on this machine.
            UnreadableScan: the model can't read this picture.
        """
        with self._lock, handed_over(question.picture.pixels, self._work) as picture:
            for _ in range(2):
                try:
                    return _answer(self._loaded(), picture, question)
                except NeverBegan:
                    self._drop()
                except NotesyncdError:  # of loading
                    raise
                except BaseException as error:  # noqa: BLE001 - raised again, sorted by what to do next
                    self._failed(error)
            self._check_open()
            raise TransientError("the reader process ends as soon as it is asked something")

    def close(self) -> None:
        """End the process at once; whoever waits for an answer gets TransientError. Harmless when called twice."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._lock:
            self._drop()

    def _loaded(self) -> ReaderProcess:
        """Return a living process with the model; one that ended by itself, idle, or has done enough is replaced."""
        self._check_open()
        if self._process is not None and (not self._process.alive or self._process.is_spent):
            self._drop()
        if self._process is None:
            self._facts = self._load()
        assert self._process is not None
        return self._process

    def _load(self) -> GeneratorFacts:
        process = self._process = ReaderProcess(self._limits)  # known before it loads: ``close`` ends it
        try:
            self._check_open()
            return self._facts_of(process.load(self._runtime, self._order))
        except BaseException as error:
            self._drop()
            if isinstance(error, (ChildFailed, RuntimeProblem)):
                self._check_open()
                raise self._not_loaded(error) from error
            raise

    def _not_loaded(self, error: ChildFailed | RuntimeProblem) -> NotesyncdError:
        """Say what helps; want of memory may pass, since other programs end, and what died may have had too little."""
        unloadable = f"the model {self._files.card.name} can't be loaded"
        if isinstance(error, RuntimeProblem):
            # a runtime names the folder; what it did not foresee is told in a library's words alone
            message = str(error) if self._files.folder.name in str(error) else f"{unloadable}: {error}"
            if error.kind != "memory":
                return ConfigError(message)
            return TransientError(message, retry_after=_PAUSE_SECONDS)
        message = f"{unloadable}: the reader process {error}"
        if isinstance(error, ChildGrew):
            message += '; take a smaller model, quantization = "4bit", or allow more (memory_gb)'
        return TransientError(message, retry_after=_PAUSE_SECONDS)

    def _failed(self, error: BaseException) -> NoReturn:
        """Say by what to do next what went wrong over a page; the process goes on only where it answered in order."""
        if isinstance(error, RuntimeProblem) and error.kind in {"page", "config"}:
            raise UnreadableScan(f"the model can't read this page: {error}") from error
        self._drop()  # what a library leaves behind that failed is no ground to stand on: a card's errors stay
        if isinstance(error, RuntimeProblem):
            what = "ran out of memory" if error.kind == "memory" else "failed"
            raise ReaderDied(f"over this page the reader process {what}: {error}") from error
        if isinstance(error, ChildFailed):
            self._check_open()
            raise ReaderDied(f"over this page the reader process {error}") from error
        raise error

    def _facts_of(self, told: RuntimeFacts) -> GeneratorFacts:
        files = self._files
        settings = {"max_pixels": str(self._order.max_pixels)}
        if files.revision is not None:
            settings["revision"] = files.revision
        if self._order.quantization is not None:
            settings["quantized"] = "while loading"
        identity = ReaderId(
            name=self._reader,
            version=f"{told.engine} {told.version}",
            model=files.card.name,
            model_digest=files.digest,
            quantization=told.quantization or files.quantization,
            device=told.device,
            settings=tuple(sorted(settings.items())),
        )
        adapter = self._order.adapter
        return GeneratorFacts(
            identity=identity,
            adapter=None if adapter is None else f"{adapter.name} {_folder_digest(adapter)}",
            packages=told.packages,
        )

    def _check_open(self) -> None:
        if self._closed:
            raise TransientError("the reader was closed")

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()


def _answer(process: ReaderProcess, picture: Path, question: Question) -> Answer:
    tokens = tuple(process.tokens(picture, question.prompt, question.decoding))
    return Answer(
        text=b"".join(token.data for token in tokens).decode("utf-8", "replace"),
        tokens=tokens,
        ended=process.ended,
        logprobs="raw",
        prompt_tokens=process.prompt_tokens,
    )


def _folder_digest(folder: Path) -> str:
    """Return the sha256 over the names and bytes of an adapter's files; hidden ones are a file manager's."""
    digest = hashlib.sha256()
    try:
        for file in sorted(folder.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                digest.update(f"{file_sha256(file)} {file.name}\n".encode())
    except OSError as error:
        raise ConfigError(f"the adapter {folder} can't be read: {error}") from error
    return digest.hexdigest()
