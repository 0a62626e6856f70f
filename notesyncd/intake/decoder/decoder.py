"""Decoding files in a child process: a broken or hostile file can kill, hang or bloat only the child."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from notesyncd.domain.errors import ChildDied, ConfigError, NotesyncdError, TransientError, UnreadableScan
from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.page import Page
from notesyncd.domain.reading import ReadLine, ReadRegion, ReadWord
from notesyncd.hooks.pixels import Pixels
from notesyncd.intake.complete import EncryptedFile, IncompleteFile
from notesyncd.intake.decoder.limits import MAX_PASSWORD_LENGTH, MAX_PASSWORDS, MAX_PIXELS, MAX_RESIDENT_BYTES
from notesyncd.intake.decoder.process import DecoderProcess
from notesyncd.intake.sweep import FileIdentity
from notesyncd.intake.writer import FileChanged
from notesyncd.system.child_process import ChildFailed, ChildGrew

FILES_PER_CHILD = 500
"""A new child after so many requests: what a library leaks never adds up."""

IDLE_BYTES = 512 << 20
"""A new child also when the old one holds so much memory before it is asked; an idle one holds 100 MB at most."""

_PAGE_SECONDS = 5.0
"""Added to the time allowed by each page that was decoded; an A4 page takes 0.1 s."""

_FILE_SECONDS = 600.0
"""Added at most, however many pages a file has: 2000 pages take some 200 s."""

_BYTES_PER_SECOND = 10e6
"""The slowest disk or network from which a file is still expected to be read."""

_ERRORS: dict[str, type[NotesyncdError]] = {
    "changed": FileChanged,
    "incomplete": IncompleteFile,
    "transient": TransientError,
    "encrypted": EncryptedFile,
    "unreadable": UnreadableScan,
}


class DecoderDied(ChildDied, UnreadableScan):
    """The decoder died or hung over this file, which may be the file's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPage:
    """One page of a file.

    Attributes:
        number: from 1.
        page: id and size of the raster, before any turning.
        orientation: EXIF 1..8, by which the raster must be turned to stand upright; 1 where the decoder turned it
            itself (HEIC, TIFF) and for PDF.
        text_layer: what a born-digital PDF page says itself, boxes in the raster's pixels; ``()`` for all others.
    """

    number: int
    page: Page
    orientation: int
    text_layer: tuple[ReadRegion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedFile:
    """A whole file, every page of which was decoded to its end.

    Attributes:
        digest: sha256 of exactly the bytes that were decoded.
        identity: of the file those bytes were read from, the same before and after decoding.
        captured_at: EXIF capture time; naive where EXIF names no zone.
        camera: EXIF make, model and serial number.
        warnings: sentences for a person.
    """

    digest: str
    size_bytes: int
    identity: FileIdentity
    media_type: str
    captured_at: datetime | None
    camera: str | None
    pages: tuple[DecodedPage, ...]
    warnings: tuple[str, ...] = ()


class Decoder:
    """Decodes files, one after the other, in a child that is started when needed and replaced when it fails.

    Safe to use from several threads; they wait for each other.
    """

    def __init__(
        self, *, seconds: float = 60.0, files_per_child: int = FILES_PER_CHILD, passwords: Sequence[str] = ()
    ) -> None:
        """Make a decoder; nothing is started yet.

        Args:
            seconds: the wall time a file may take (more for large files and many pages).
            passwords: tried on each PDF that needs one; the child is told them through its pipe alone.

        Raises:
            ConfigError: if the passwords are too many or too long.
        """
        if len(passwords) > MAX_PASSWORDS or any(len(password) > MAX_PASSWORD_LENGTH for password in passwords):
            raise ConfigError(
                f"pdf_passwords may hold {MAX_PASSWORDS} passwords of {MAX_PASSWORD_LENGTH} characters at most"
            )
        self._passwords = tuple(passwords)
        self._seconds = seconds
        self._files_per_child = files_per_child
        self._lock = threading.Lock()
        self._child: DecoderProcess | None = None
        self._asked = 0
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def child_pid(self) -> int | None:
        """Process id of the child, if there is one (for memory figures and ``doctor``)."""
        child = self._child
        return child.pid if child else None

    def inspect(self, path: Path, *, expected: FileIdentity | None = None) -> DecodedFile:
        """Read a file once and decode every page of it to the end.

        Args:
            path: the file.
            expected: what it was when it was last looked at.

        Raises:
            FileChanged: it is not the file that was expected, or changed meanwhile; let it settle again.
            IncompleteFile: it is not whole yet, or another program has it open for writing; look again soon.
            TransientError: it vanished or can't be read now, or the decoder can't be started.
            EncryptedFile: it needs a password, and none of those that are known.
            DecoderDied: the decoder died or hung over it.
            UnreadableScan: any other reason why it never becomes pages.
        """
        pages: list[DecodedPage] = []
        with self._conversation(path, {"do": "inspect", "expected": expected}) as child:
            latest = child.deadline + _FILE_SECONDS
            while "file" not in (message := _message(child)):
                pages.append(_decoded_page(message["page"]))
                child.deadline = min(child.deadline + _PAGE_SECONDS, latest)
            return _decoded_file(message["file"], tuple(pages))

    def pixels(self, path: Path, number: int, *, page_id: str | None = None) -> Pixels:
        """Return the raster of page ``number`` (from 1), as ``inspect`` hashed it: before any turning.

        Args:
            path: the file.
            number: of the page, from 1.
            page_id: what the page's id must be; without it, whatever the file holds now is returned.

        Raises:
            IncompleteFile: the page is not what it was.
            NotesyncdError: as for ``inspect``.
        """
        with self._conversation(path, {"do": "pixels", "number": number, "page_id": page_id}) as child:
            width, height = map(int, _message(child)["pixels"])
            if not (0 < width * height <= MAX_PIXELS and width > 0):
                raise ValueError("impossible size")
            pixels = np.empty((height, width, 3), np.uint8)
            child.receive_into(pixels.reshape(-1).data)
            return pixels

    def close(self) -> None:
        """End the child, at once; whoever waits for an answer gets TransientError. Harmless when called twice."""
        self._closed = True
        if child := self._child:
            child.kill()
        with self._lock:
            self._drop()

    @contextmanager
    def _conversation(self, path: Path, request: dict[str, Any]) -> Iterator[DecoderProcess]:
        """Ask the child about a file and let the caller receive the answer; a child that fails is replaced."""
        absolute = os.path.abspath(os.fsencode(path))  # noqa: PTH100 - bytes, and links must not be resolved
        with self._lock:
            seconds = self._seconds + _size(absolute) / _BYTES_PER_SECOND
            request = {**request, "path": absolute.hex(), "seconds": seconds, "passwords": self._passwords}
            child = self._asking(request, seconds)
            try:
                yield child
            except ChildGrew as error:
                self._drop()
                most = f"{MAX_RESIDENT_BYTES >> 30} GB"
                raise UnreadableScan(f"the file needs more memory than the {most} that a decoder is given") from error
            except ChildFailed as error:
                self._drop()
                self._check_open()
                raise DecoderDied(f"over this file the decoder {error}") from error
            except (KeyError, TypeError, ValueError) as error:
                self._drop()
                raise DecoderDied("over this file the decoder answered nonsense") from error
            except NotesyncdError:  # an orderly answer: the child waits for the next request
                raise
            except BaseException:
                self._drop()  # the rest of its answer would be taken for the next one
                raise

    def _asking(self, request: dict[str, Any], seconds: float) -> DecoderProcess:
        """Send ``request`` to a living child. One that had died before it took the request says nothing of the file."""
        if self._child and (self._asked >= self._files_per_child or self._child.resident_bytes() > IDLE_BYTES):
            self._drop()
        for _ in range(2):
            self._check_open()
            if self._child is None:
                self._child, self._asked = DecoderProcess(), 0
            child = self._child
            child.deadline = time.monotonic() + seconds
            try:
                child.send(request)
                child.receive()
            except ChildFailed:
                self._drop()
            else:
                self._asked += 1
                return child
        self._check_open()
        raise TransientError("the decoder dies as soon as it is asked something")

    def _check_open(self) -> None:
        if self._closed:
            raise TransientError("the decoder was closed")

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child:
            child.close()


def _message(child: DecoderProcess) -> dict[str, Any]:
    message = child.receive()
    if "error" in message:
        raise _ERRORS[message["error"]](str(message["reason"]))
    return message


def _decoded_page(told: Mapping[str, Any]) -> DecodedPage:
    lines = tuple(_line(words) for words in told["text"])
    return DecodedPage(
        number=int(told["number"]),
        page=Page(
            id=str(told["id"]),
            width=int(told["width"]),
            height=int(told["height"]),
            dpi=None if told["dpi"] is None else float(told["dpi"]),
        ),
        orientation=int(told["orientation"]),
        text_layer=(ReadRegion(lines=lines, box=BoundingBox.union(line.box for line in lines if line.box)),)
        if lines
        else (),
    )


def _line(told: list[tuple[str, float, float, float, float]]) -> ReadLine:
    words = tuple(
        ReadWord(text=text, box=BoundingBox(left=left, top=top, right=right, bottom=bottom))
        for text, left, top, right, bottom in told
    )
    return ReadLine(words=words, box=BoundingBox.union(word.box for word in words if word.box), script="printed")


def _decoded_file(told: Mapping[str, Any], pages: tuple[DecodedPage, ...]) -> DecodedFile:
    identity = FileIdentity(*map(int, told["identity"]))
    moment = told["captured_at"]
    return DecodedFile(
        digest=str(told["digest"]),
        size_bytes=identity.size,
        identity=identity,
        media_type=str(told["media_type"]),
        captured_at=None if moment is None else datetime.fromisoformat(moment),
        camera=told["camera"],
        pages=pages,
        warnings=tuple(map(str, told["warnings"])),
    )


def _size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # the child says what is wrong with it
        return 0
