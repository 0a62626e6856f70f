"""Whether a file is whole: its type by content and its structure to the last byte.

Decoding without an error proves nothing: JPEG, WebP and HEIC decoders accept pictures whose tail is zeros, which is
what a copy looks like that was given its full length beforehand. So the structure is looked at first.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from notesyncd.domain.errors import TransientError, UnreadableScan

MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/heif", "application/pdf"}
)
"""What is taken in."""

_TAKEN_IN = "JPEG, PNG, WebP, TIFF, HEIC or PDF"

HEAD_BYTES = 1024
"""How much of a file's beginning ``sniff_media_type`` looks at: a PDF may begin that late (ISO 32000-1, note 13)."""

_ZERO_TAIL = 64
"""So many zero bytes at the end of compressed data are no data."""

_JPEG_PADDING = 512
"""Some cameras pad a JPEG with zeros to a full sector; a longer run was never written."""

_MAX_DIRECTORIES = 10_000
"""Picture directories of one TIFF; more of them are an attack on the reader's patience."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


class IncompleteFile(TransientError):  # noqa: N818 - named by what it is, like UnreadableScan
    """A file that is not whole yet, or changed while it was read: look again soon; it is never dropped."""


class EncryptedFile(UnreadableScan):
    """A file that needs a password."""


# ------------------------------------------------------------------------------------------------------------ its type

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"%!PS", "application/postscript"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
)


def sniff_media_type(head: bytes) -> str | None:
    """Tell the media type by a file's first ``HEAD_BYTES`` bytes; None if they are like nothing known.

    Types that are not in ``MEDIA_TYPES`` are told too, so that a refusal can name them.
    """
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _sniff_iso(head)
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "application/pdf"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return _sniff_markup(head)


def _is_beginning(data: bytes) -> bool:
    """Tell whether ``data``, too short to be sniffed, is how one of the types taken in begins."""
    heads = [magic for magic, media_type in _MAGIC if media_type in MEDIA_TYPES] + [b"%PDF-"]
    return (
        any(head.startswith(data) for head in heads)
        or (len(data) < 12 and b"RIFF".startswith(data[:4]))
        or (len(data) < 12 and data[:3] == b"\0\0\0" and b"ftyp".startswith(data[4:8]))
    )


def _sniff_iso(head: bytes) -> str:
    """Tell HEIC, HEIF, AVIF and films apart by the brands of their first box (ISO/IEC 14496-12, 4.3)."""
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), int.from_bytes(head[:4])) - 3, 4))]
    for family, media_type in (
        (_HEIC_BRANDS, "image/heic"),
        (_AVIF_BRANDS, "image/avif"),
        (_HEIF_BRANDS, "image/heif"),
    ):
        if brands[0] in family or (brands[0] in _HEIF_BRANDS and not family.isdisjoint(brands)):
            return media_type
    return "video/quicktime" if brands[0] == b"qt  " else "video/mp4"


def _sniff_markup(head: bytes) -> str | None:
    start = head[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        return "image/svg+xml"
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    return None


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
        if _is_beginning(data):
            raise IncompleteFile(f"the file has only {len(data)} bytes (yet)")
        raise UnreadableScan(f"this is not {_TAKEN_IN}, whatever its name says")
    if media_type not in MEDIA_TYPES:
        raise UnreadableScan(f"this is {media_type}; taken in are {_TAKEN_IN}")
    if problem := structure_problem(data, media_type):
        raise IncompleteFile(problem)
    return media_type


# -------------------------------------------------------------------------------------------------------- its structure


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
# other marker is where that data ends. Bytes between segments that are no marker are skipped, as decoders do.
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)


def _jpeg_problem(data: bytes) -> str | None:
    at, scans = 2, 0
    while match := _JPEG_MARKER.search(data, at):
        marker, at = match[1][0], match.end()
        if marker == 0xD9:
            if not scans:
                return "the JPEG ends before its picture"
            rest = data[at:]
            if len(rest) >= _JPEG_PADDING and not any(rest[-_JPEG_PADDING:]):
                return "the JPEG's last bytes are zeros that were never filled"
            return None
        if len(data) < at + 2:
            break
        scans += marker == 0xDA
        at += int.from_bytes(data[at : at + 2])
    return "the JPEG has no end"


def _png_problem(data: bytes) -> str | None:
    """Walk the chunks (PNG specification, 5.3): length, type, data, CRC, until IEND. Pillow skips the pixels' CRC."""
    at, view = 8, memoryview(data)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if not kind.isalpha():
            return "the PNG breaks off among zeros or other bytes that are no chunk"
        end = at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return "a part of the PNG is not what its checksum says"
        if kind == b"IEND":
            return None
        at = end
    return "the PNG has no end"


def _riff_problem(data: bytes) -> str | None:
    size = int.from_bytes(data[4:8], "little") + 8
    if size > len(data):
        return f"the WebP has {len(data)} of its {size} bytes"
    return _zero_tail(data[:size], "WebP")


def _iso_problem(data: bytes) -> str | None:
    """Add up the top-level boxes (ISO/IEC 14496-12, 4.2); room kept free at the end may be zeros."""
    at = filled = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8]) if at + 8 <= len(data) else (0, b"\0\0\0\0")
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16])
        elif size == 0:  # the last box may say "to the end of the file"
            size = len(data) - at
        if size < 8 or not kind.isascii() or not kind.strip().isalnum():
            return "the HEIC breaks off among zeros or other bytes that are no box"
        at += size
        if at > len(data):
            return f"the HEIC has {len(data)} of at least {at} bytes"
        if kind not in {b"free", b"skip"}:
            filled = at
    return _zero_tail(data[:filled], "HEIC")


_LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,15})\b", re.DOTALL)


def _pdf_problem(data: bytes) -> str | None:
    if b"%%EOF" not in data[-2048:]:
        return "the PDF has no end"
    # One made for the web ends its first part with %%EOF too, and says how long it is (ISO 32000-1, annex F).
    if (length := _LINEARIZED.search(data, 0, HEAD_BYTES * 2)) and int(length[1]) > len(data):
        return f"the PDF has {len(data)} of its {int(length[1])} bytes"
    return _zero_tail(data, "PDF")


def _zero_tail(data: bytes, name: str) -> str | None:
    if not any(data[-_ZERO_TAIL:]):
        return f"the {name}'s last bytes are zeros that were never filled"
    return None


# ----------------------------------------------------------------------------------------------------------------- TIFF

_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_UNSIGNED = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_WIDTH, _COMPRESSION = 256, 259
_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS = 273, 279, 324, 325


class _TiffLayout:
    """Where the numbers stand: classic TIFF (TIFF 6.0, section 2) or BigTIFF, of either byte order."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:4] in {b"+\0", b"\0+"}
        self.count, self.offset, self.first_at = ("Q", "Q", 8) if self.big else ("H", "I", 4)

    def number(self, code: str, at: int) -> int:
        if at >= len(self.data):  # BigTIFF's offsets can be too large for Python's own refusal
            raise struct.error("beyond the end")
        return int(struct.unpack_from(self.order + code, self.data, at)[0])

    def directories(self) -> Iterator[dict[int, tuple[int, ...]]]:
        """Yield the unsigned numbers of each picture directory by tag.

        Raises:
            struct.error: if a part of it lies outside the file.
        """
        at, seen = self.number(self.offset, self.first_at), set[int]()
        while at:
            if at in seen or len(seen) >= _MAX_DIRECTORIES:
                raise UnreadableScan("the TIFF's picture directories form a loop or are too many")
            seen.add(at)
            entries = self.number(self.count, at)
            at += struct.calcsize("=" + self.count)
            entry_size = 20 if self.big else 12
            yield dict(self._entry(at + entry_size * index) for index in range(entries))
            at = self.number(self.offset, at + entry_size * entries)

    def _entry(self, at: int) -> tuple[int, tuple[int, ...]]:
        tag, kind = self.number("H", at), self.number("H", at + 2)
        number = self.number(self.offset, at + 4)
        value_at = at + 4 + struct.calcsize("=" + self.offset)
        size = _TIFF_SIZES.get(kind, 0) * number
        if size > struct.calcsize("=" + self.offset):
            value_at = self.number(self.offset, value_at)
        if value_at + size > len(self.data):
            raise struct.error("beyond the end")
        if kind not in _TIFF_UNSIGNED or tag not in {
            _COMPRESSION,
            _STRIP_OFFSETS,
            _STRIP_COUNTS,
            _TILE_OFFSETS,
            _TILE_COUNTS,
        }:
            return tag, ()
        return tag, struct.unpack_from(f"{self.order}{number}{_TIFF_UNSIGNED[kind]}", self.data, value_at)


def _tiff_problem(data: bytes) -> str | None:
    """Walk all picture directories; each strip and tile must lie inside the file.

    Zeros at the end are data where it is not compressed (fax white, black), so only compressed data is tested for them.
    """
    empty, plain = True, False
    try:
        for directory in _TiffLayout(data).directories():
            if _WIDTH not in directory:
                return "the TIFF's picture directory is zeros that were never filled"
            empty = False
            plain = plain or directory.get(_COMPRESSION, (1,)) == (1,)
            for offsets, counts in ((_STRIP_OFFSETS, _STRIP_COUNTS), (_TILE_OFFSETS, _TILE_COUNTS)):
                for offset, count in zip(directory.get(offsets, ()), directory.get(counts, ()), strict=False):
                    if offset + count > len(data):
                        return "the TIFF's pixels go on beyond the file's end"
    except struct.error:
        return "the TIFF's picture directory lies beyond the file's end"
    if empty:
        return "the TIFF has no picture (yet)"
    return None if plain else _zero_tail(data, "TIFF")
