"""The decoder process: opens strangers' files so that the daemon need not. Run by ``python -m``.

It confines itself first and says so: ``{"ready": true, "limits": {name: null | why it does not hold}}``.

Requests come as JSON lines on stdin: ``{"do": "inspect" | "pixels", "path": hex of the raw path, "seconds": wall time
for one step, "passwords": [for PDF], …}``. Answers go to stdout as JSON lines: ``{"begun": true}`` at once; then for
``inspect`` a ``{"page": …}`` for each page and ``{"file": …}``, for ``pixels`` a ``{"pixels": [width, height]}`` that
is followed by width * height * 3 raw bytes of RGB; or ``{"error": kind, "reason": sentence}`` in place of any of these.

What it imports is kept small, since it is started anew every so often.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import stat
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image

from notesyncd.domain.errors import NotesyncdError, TransientError, UnreadableScan
from notesyncd.intake.complete import EncryptedFile, IncompleteFile, check_whole
from notesyncd.intake.decoder.confine import confine, grant_processor_time
from notesyncd.intake.decoder.limits import ADDRESS_SPACE_BYTES, MAX_FILE_BYTES, MAX_PIXELS
from notesyncd.intake.decoder.pdf import Pdf
from notesyncd.intake.decoder.pictures import Picture, prepare_pillow
from notesyncd.intake.decoder.raster import Document, Raster, bands, page_id
from notesyncd.intake.writer import FileChanged, has_writer

KEPT_BYTES = 64 << 20
"""Rasters of the last file that are kept, for its pixels are asked for soon after."""

_TOO_HUNGRY = f"the file needs more memory than the {ADDRESS_SPACE_BYTES >> 30} GB that a decoder may ask for"

_GRACE_SECONDS = 5
"""So that it is the parent who ends a step that takes too long, if there still is one."""

_KINDS: tuple[tuple[type[NotesyncdError], str], ...] = (
    (FileChanged, "changed"),
    (IncompleteFile, "incomplete"),
    (TransientError, "transient"),
    (EncryptedFile, "encrypted"),
    (NotesyncdError, "unreadable"),
)

Identity = tuple[int, int, int, int]
Json = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """A decoded page: its id, its size, its rows."""

    id: str
    size: tuple[int, int]
    rows: list[bytes]


@dataclass(slots=True)
class LastFile:
    """The first pages of the file that was inspected last, up to ``KEPT_BYTES``."""

    identity: Identity | None = None
    pages: dict[int, Kept] = field(default_factory=dict)
    room: int = KEPT_BYTES

    def forget(self) -> None:
        """Make room for another file."""
        self.identity, self.room = None, KEPT_BYTES
        self.pages.clear()


def main() -> None:
    """Answer requests until stdin ends."""
    out = _claim_stdout()
    limits = confine()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes stdin
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # see has_writer
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    prepare_pillow()
    last = LastFile()
    _say(out, {"ready": True, "limits": limits})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _say(out, {"begun": True})
        _grant(request["seconds"])
        _answer(request, last, out)
        signal.alarm(0)


def _answer(request: Json, last: LastFile, out: BinaryIO) -> None:
    rows: Iterable[bytes] = ()
    try:
        with _opened(bytes.fromhex(request["path"])) as file:
            if request["do"] == "pixels":
                size, rows = _pixels(file, request, last)
                answer: Json = {"pixels": size}
            else:
                answer = {"file": _inspect(file, request, last, out)}
    except NotesyncdError as error:
        kind = next(kind for cls, kind in _KINDS if isinstance(error, cls))
        answer = {"error": kind, "reason": str(error)[:500]}
    except MemoryError:
        answer = {"error": "unreadable", "reason": _TOO_HUNGRY}
    _say(out, answer)
    out.writelines(rows)
    out.flush()


def _inspect(file: BinaryIO, request: Json, last: LastFile, out: BinaryIO) -> Json:
    """Tell each page as soon as it is decoded, and return what is to be told of the file."""
    last.forget()
    before = os.fstat(file.fileno())
    if request["expected"] not in (None, list(_identity(before))):
        raise FileChanged("the file changed since it was looked at")
    with _at_rest(file, before):
        data = _read(file, before)
        media_type = check_whole(data)
        document = _document(data, media_type, request)
        for number in range(1, document.page_count + 1):
            _grant(request["seconds"])
            _say(out, {"page": _page(number, _decode(document, number), last)})
    last.identity = _identity(before)
    return {
        "digest": hashlib.sha256(data).hexdigest(),
        "identity": last.identity,
        "media_type": media_type,
        "captured_at": document.captured_at.isoformat() if document.captured_at else None,
        "camera": document.camera,
        "warnings": document.warnings,
    }


def _pixels(file: BinaryIO, request: Json, last: LastFile) -> tuple[tuple[int, int], Iterable[bytes]]:
    """Return size and rows of a page."""
    before = os.fstat(file.fileno())
    number, wanted = request["number"], request["page_id"]
    if last.identity == _identity(before) and number in last.pages:
        page = last.pages[number]
        if wanted not in {None, page.id}:
            raise IncompleteFile(f"page {number} is not what it was: the file has changed")
        return page.size, page.rows
    with _at_rest(file, before):
        data = _read(file, before)
        document = _document(data, check_whole(data), request)
        if not 1 <= number <= document.page_count:
            raise IncompleteFile(f"the file has no page {number} (any more)")
        image = _decode(document, number).image
        if wanted is not None and page_id(*image.size, bands(image)) != wanted:
            raise IncompleteFile(f"page {number} is not what it was: the file has changed")
    return image.size, bands(image)


def _page(number: int, raster: Raster, last: LastFile) -> Json:
    """Describe a page, and keep its rows where there is room."""
    size = raster.image.size
    cost = 3 * size[0] * size[1]
    if cost <= last.room:
        rows = list(bands(raster.image))
        identifier = page_id(*size, rows)
        last.pages[number] = Kept(identifier, size, rows)
        last.room -= cost
    else:
        last.room = 0  # the first pages are kept, not whichever happen to be small
        identifier = page_id(*size, bands(raster.image))
    return {
        "number": number,
        "id": identifier,
        "width": size[0],
        "height": size[1],
        "dpi": raster.dpi,
        "orientation": raster.orientation,
        "text": raster.text,
    }


def _document(data: bytes, media_type: str, request: Json) -> Document:
    with _explaining("can't be opened"):
        if media_type == "application/pdf":
            return Pdf(data, request["passwords"])
        return Picture(data, media_type)


def _decode(document: Document, number: int) -> Raster:
    with _explaining(f"can't be decoded (page {number})"):
        return document.page(number)


@contextmanager
def _explaining(what: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a sentence; they raise nearly everything on damaged data."""
    try:
        yield
    except NotesyncdError:
        raise
    except MemoryError as error:
        raise UnreadableScan(_TOO_HUNGRY) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableScan(f"the picture is too large; the limit is {MAX_PIXELS // 10**6} million pixels") from error
    except Exception as error:
        raise UnreadableScan(f"the file {what}: {error or type(error).__name__}") from error


@contextmanager
def _at_rest(file: BinaryIO, before: os.stat_result) -> Iterator[None]:
    """Where the file is still being written, say so, whatever was made of it meanwhile."""
    _check_at_rest(file, before)
    try:
        yield
    except NotesyncdError:
        _check_at_rest(file, before)
        raise
    _check_at_rest(file, before)


def _check_at_rest(file: BinaryIO, before: os.stat_result) -> None:
    if _identity(os.fstat(file.fileno())) != _identity(before):
        raise FileChanged("the file changed while it was read")
    if has_writer(file.fileno()):
        raise IncompleteFile("another program still has the file open for writing")


@contextmanager
def _opened(path: bytes) -> Iterator[BinaryIO]:
    """Open a regular file without following a link at its end and without waiting for a pipe's other side."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise TransientError("the file is not there any more") from error
    except OSError as error:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise UnreadableScan("it is a symbolic link, and links are not followed") from error
        raise TransientError(f"the file can't be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise UnreadableScan("it is not a regular file")
    with os.fdopen(number, "rb", buffering=0) as file:
        yield file


def _read(file: BinaryIO, before: os.stat_result) -> bytes:
    if before.st_size > MAX_FILE_BYTES:
        raise UnreadableScan(f"the file has {before.st_size >> 20} MB; the limit is {MAX_FILE_BYTES >> 20} MB")
    try:
        data = file.read()
    except OSError as error:
        raise TransientError(f"the file can't be read: {error.strerror}") from error
    if len(data) != before.st_size:
        raise FileChanged("the file changed while it was read")
    return data


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _grant(seconds: float) -> None:
    """Let the kernel end this process if the next step takes too long, even when nobody is left to notice."""
    signal.alarm(math.ceil(seconds) + _GRACE_SECONDS)
    with suppress(ValueError):  # more than the daemon itself was given
        grant_processor_time(seconds + _GRACE_SECONDS)


def _claim_stdout() -> BinaryIO:
    """Take stdout for answers alone; what a library prints goes to stderr."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _say(out: BinaryIO, message: Json) -> None:
    out.write(json.dumps(message).encode("ascii") + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
