"""Very small sound pictures, each with pixels of its own: thousands of them are written in a second."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

SIDE = 8
_HEAD = b"\x89PNG\r\n\x1a\n"


def tiny_png(number: int) -> bytes:
    """Return a grey picture of 8 by 8 pixels that shows ``number`` and no other one."""
    pixels = number.to_bytes(8, "big") + bytes(range(SIDE * SIDE - 8))
    lines = b"".join(b"\0" + pixels[start : start + SIDE] for start in range(0, len(pixels), SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return _HEAD + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 1)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@dataclass(slots=True)
class Drops:
    """Drops pictures that nobody dropped before, and remembers where each one stands."""

    digests: dict[Path, str] = field(default_factory=dict)
    _number: int = 0

    def into(self, folder: Path) -> Path:
        """Write the next picture into ``folder``; returns its path."""
        self._number += 1
        path = folder / f"page {self._number:05}.png"
        content = tiny_png(self._number)
        path.write_bytes(content)
        self.digests[path] = hashlib.sha256(content).hexdigest()
        return path

    def standing(self) -> dict[Path, str]:
        """Return the digest of each picture that stands where it was dropped."""
        return {
            path: digest
            for path, digest in self.digests.items()
            if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
        }
