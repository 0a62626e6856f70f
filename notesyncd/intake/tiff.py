"""The walk over a TIFF's picture directories, which may stand anywhere in the file, point anywhere and overlap."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from notesyncd.domain.errors import UnreadableScan

WIDTH, COMPRESSION = 256, 259
STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS = 273, 279, 324, 325

Directory = dict[int, tuple[int, ...]]
"""By tag: the numbers of the tags above; ``()`` for any other tag that is there."""

_READ = frozenset({COMPRESSION, STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS})

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_UNSIGNED = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}

_MAX_DIRECTORIES = 10_000
"""Picture directories of one TIFF; more of them are an attack on the reader's patience."""

_MAX_NUMBERS = 2_000_000
"""Entries and numbers read from all directories together, 2 s of work: a scan of 100 pages has 100,000. Without a limit
200 directories that share one list of 500,000 strips took 3 s, and that grows with the square of the file."""


def picture_directories(data: bytes) -> Iterator[Directory]:
    """Yield each picture directory of a TIFF.

    Raises:
        struct.error: if a part of it lies outside the file.
        UnreadableScan: if there is no end of them.
    """
    return _Layout(data).directories()


class _Layout:
    """Where the numbers stand: classic TIFF (TIFF 6.0, section 2) or BigTIFF, of either byte order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._big = data[2:4] in {b"+\0", b"\0+"}
        self._count, self._offset, self._first_at = ("Q", "Q", 8) if self._big else ("H", "I", 4)
        self._room = _MAX_NUMBERS

    def directories(self) -> Iterator[Directory]:
        at, seen = self._number(self._offset, self._first_at), set[int]()
        while at:
            if at in seen or len(seen) >= _MAX_DIRECTORIES:
                raise UnreadableScan("the TIFF's picture directories form a loop or are too many")
            seen.add(at)
            entries = self._number(self._count, at)
            at += struct.calcsize("=" + self._count)
            entry_size = 20 if self._big else 12
            if at + entry_size * entries > len(self._data):
                raise struct.error("beyond the end")
            self._spend(entries)
            yield dict(self._entry(at + entry_size * index) for index in range(entries))
            at = self._number(self._offset, at + entry_size * entries)

    def _entry(self, at: int) -> tuple[int, tuple[int, ...]]:
        tag, kind = self._number("H", at), self._number("H", at + 2)
        number = self._number(self._offset, at + 4)
        value_at = at + 4 + struct.calcsize("=" + self._offset)
        size = _SIZES.get(kind, 0) * number
        if size > struct.calcsize("=" + self._offset):
            value_at = self._number(self._offset, value_at)
        if value_at + size > len(self._data):
            raise struct.error("beyond the end")
        if kind not in _UNSIGNED or tag not in _READ:
            return tag, ()
        self._spend(number)
        return tag, struct.unpack_from(f"{self._order}{number}{_UNSIGNED[kind]}", self._data, value_at)

    def _number(self, code: str, at: int) -> int:
        if at >= len(self._data):  # BigTIFF's offsets can be too large for Python's own refusal
            raise struct.error("beyond the end")
        return int(struct.unpack_from(self._order + code, self._data, at)[0])

    def _spend(self, numbers: int) -> None:
        self._room -= numbers
        if self._room < 0:
            raise UnreadableScan("the TIFF's pictures are cut into too many pieces")
