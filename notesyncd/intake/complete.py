"""Whether a file is whole: its structure to the last byte.

Decoding without an error proves nothing: JPEG, WebP and HEIC decoders accept pictures whose tail is zeros, which is
what a copy looks like that was given its full length beforehand. So the structure is looked at first.

The file is a stranger's: every walk here takes time in proportion to the file's length at most, and no walk makes more
than ``_MAX_PARTS`` steps.
"""

from __future__ import annotations

import re
import struct
import zlib

from notesyncd.domain.errors import TransientError, UnreadableScan
from notesyncd.intake import tiff
from notesyncd.intake.media_type import HEAD_BYTES, MEDIA_TYPES, TAKEN_IN, is_beginning, sniff_media_type

_ZERO_TAIL = 64
"""So many zero bytes at the end of compressed data are no data."""

_JPEG_PADDING = 512
"""Some cameras pad a JPEG with zeros to a full sector; a longer run was never written."""

_MAX_PARTS = 1_000_000
"""Segments, chunks or boxes of one file, 0.5 s of work; 500 MB of PNG in the usual chunks of 8 KB have 64,000."""

_FILLING = b"\xff" * (1 << 16)
"""Before any marker of a JPEG such bytes may stand and mean nothing. Nobody writes so many, and decoding them takes as
long as the square of their number: 30 s for 67 MB."""

_MAX_SCANS = 500
"""Of one JPEG; each is a pass over the whole picture, and real ones have a dozen."""


class IncompleteFile(TransientError):  # noqa: N818 - named by what it is, like UnreadableScan
    """A file that is not whole yet, or changed while it was read: look again soon; it is never dropped."""


class EncryptedFile(UnreadableScan):
    """A file that needs a password."""


def check_whole(data: bytes) -> str:
    """Return the media type of a whole file's bytes.

    Raises:
        IncompleteFile: if there is nothing yet, or the structure shows that the end is missing.
        UnreadableScan: if it is something that is not taken in.
    """
    if not data:
        raise IncompleteFile("the file is empty (yet)")
    media_type = sniff_media_type(data[:HEAD_BYTES])
    if media_type is None:
        if not any(data[:16]):
            raise IncompleteFile("the file's first bytes are zeros that were never filled")
        if is_beginning(data):
            raise IncompleteFile(f"the file has only {len(data)} bytes (yet)")
        raise UnreadableScan(f"this is not {TAKEN_IN}, whatever its name says")
    if media_type not in MEDIA_TYPES:
        raise UnreadableScan(f"this is {media_type}; taken in are {TAKEN_IN}")
    if problem := structure_problem(data, media_type):
        raise IncompleteFile(problem)
    return media_type


def structure_problem(data: bytes, media_type: str) -> str | None:
    """Say what shows that a file of one of ``MEDIA_TYPES`` was not written to its end; None if its structure is whole.

    Data beside the picture (a maker's notes, a film, a second picture) may follow it: a whole picture is whole.

    Raises:
        UnreadableScan: where the structure is not cut off but an attack.
    """
    match media_type:
        case "image/jpeg":
            return _jpeg_problem(data)
        case "image/png":
            return _png_problem(data)
        case "image/webp":
            return _riff_problem(data)
        case "image/tiff":
            return _tiff_problem(data)
        case "image/heic" | "image/heif":
            return _iso_problem(data)
        case "application/pdf":
            return _pdf_problem(data)
    raise ValueError(f"{media_type} is not taken in")


# In a JPEG's compressed data FF is followed by 00 or by a restart marker D0..D7 (ITU-T T.81, B.1.1.5), so the next
# other marker is where that data ends. Bytes between segments that are no marker are skipped, as decoders do. Of a run
# of FF the last one counts; a pattern that takes in the whole run (\xff+) needs a minute for 150 KB of FF.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)


def _jpeg_problem(data: bytes) -> str | None:
    at, scans = 2, 0
    for _ in range(_MAX_PARTS):
        match = _JPEG_MARKER.search(data, at)
        if match is None or (match[1] != b"\xd9" and len(data) < match.end() + 2):
            return "the JPEG has no end"
        marker, at = match[1][0], match.end()
        if marker == 0xD9:
            if not scans:
                return "the JPEG ends before its picture"
            if data.find(_FILLING, 2, at) >= 0:
                raise UnreadableScan("the JPEG has too many filling bytes between its parts")
            if len(data) - at >= _JPEG_PADDING and not any(data[-_JPEG_PADDING:]):
                return "the JPEG's last bytes are zeros that were never filled"
            return None
        scans += marker == 0xDA
        if scans > _MAX_SCANS:
            raise UnreadableScan(f"the JPEG is built up in too many passes; the limit is {_MAX_SCANS}")
        at += int.from_bytes(data[at : at + 2])
    raise _too_many_parts("JPEG")


def _png_problem(data: bytes) -> str | None:
    """Walk the chunks (PNG specification, 5.3): length, type, data, CRC, until IEND. Pillow skips the pixels' CRC."""
    at, view = 8, memoryview(data)
    for _ in range(_MAX_PARTS):
        if at + 12 > len(data):
            return "the PNG has no end"
        length, kind = struct.unpack_from(">I4s", data, at)
        if not kind.isalpha():
            return "the PNG breaks off among zeros or other bytes that are no chunk"
        end = at + 12 + length
        if end > len(data):
            return "the PNG has no end"
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return "a part of the PNG is not what its checksum says"
        if kind == b"IEND":
            return None
        at = end
    raise _too_many_parts("PNG")


def _riff_problem(data: bytes) -> str | None:
    size = int.from_bytes(data[4:8], "little") + 8
    if size > len(data):
        return f"the WebP has {len(data)} of its {size} bytes"
    return _zero_tail(data, size, "WebP")


def _iso_problem(data: bytes) -> str | None:
    """Add up the top-level boxes (ISO/IEC 14496-12, 4.2); room kept free at the end may be zeros.

    One cut off between two boxes adds up too, so what describes a picture and what holds its pixels must be there.
    """
    at = filled = 0
    kinds = set[bytes]()
    for _ in range(_MAX_PARTS):
        if at >= len(data):
            if kinds.isdisjoint({b"meta", b"moov"}) or not (b"mdat" in kinds or b"idat" in data):
                return "the HEIC has no picture (yet)"
            return _zero_tail(data, filled, "HEIC")
        size, kind = struct.unpack(">I4s", data[at : at + 8]) if at + 8 <= len(data) else (0, b"\0\0\0\0")
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16])
        elif size == 0:  # the last box may say "to the end of the file"
            size = len(data) - at
        if size < 8 or not kind.isascii() or not kind.strip().isalnum():
            return "the HEIC breaks off among zeros or other bytes that are no box"
        at += size
        kinds.add(kind)
        if at > len(data):
            return f"the HEIC has {len(data)} of at least {at} bytes"
        if kind not in {b"free", b"skip"}:
            filled = at
    raise _too_many_parts("HEIC")


def _tiff_problem(data: bytes) -> str | None:
    """Walk all picture directories; each strip and tile must lie inside the file.

    Zeros at the end are data where it is not compressed (fax white, black), so only compressed data is tested for them.
    """
    empty, plain = True, False
    try:
        for directory in tiff.picture_directories(data):
            if tiff.WIDTH not in directory:
                return "the TIFF's picture directory is zeros that were never filled"
            empty = False
            plain = plain or directory.get(tiff.COMPRESSION, (1,)) == (1,)
            for offsets, counts in ((tiff.STRIP_OFFSETS, tiff.STRIP_COUNTS), (tiff.TILE_OFFSETS, tiff.TILE_COUNTS)):
                for offset, count in zip(directory.get(offsets, ()), directory.get(counts, ()), strict=False):
                    if offset + count > len(data):
                        return "the TIFF's pixels go on beyond the file's end"
    except struct.error:
        return "the TIFF's picture directory lies beyond the file's end"
    if empty:
        return "the TIFF has no picture (yet)"
    return None if plain else _zero_tail(data, len(data), "TIFF")


_LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,15})\b", re.DOTALL)


def _pdf_problem(data: bytes) -> str | None:
    if b"%%EOF" not in data[-2048:]:
        return "the PDF has no end"
    # One made for the web ends its first part with %%EOF too, and says how long it is (ISO 32000-1, annex F).
    if (length := _LINEARIZED.search(data, 0, HEAD_BYTES * 2)) and int(length[1]) > len(data):
        return f"the PDF has {len(data)} of its {int(length[1])} bytes"
    return _zero_tail(data, len(data), "PDF")


def _zero_tail(data: bytes, end: int, name: str) -> str | None:
    if not any(data[max(0, end - _ZERO_TAIL) : end]):
        return f"the {name}'s last bytes are zeros that were never filled"
    return None


def _too_many_parts(name: str) -> UnreadableScan:
    return UnreadableScan(f"the {name} is cut into too many parts; the limit is {_MAX_PARTS:,}")
