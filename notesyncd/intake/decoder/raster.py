"""A decoded page inside the decoder process: what every format is brought to, its rows, and the digest over them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from PIL import Image

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.decoder.limits import MAX_PIXELS

_BAND_BYTES = 4 << 20

TextWord = tuple[str, float, float, float, float]
"""A word with left, top, right, bottom in pixels of the raster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """One decoded page.

    Attributes:
        image: mode RGB, as decoded, before any turning that ``orientation`` asks for.
        dpi: dots per inch, if the file says so.
        orientation: EXIF 1..8, for ``image``.
        text: lines of a born-digital text layer.
    """

    image: Image.Image
    dpi: float | None = None
    orientation: int = 1
    text: tuple[tuple[TextWord, ...], ...] = ()


class Document(Protocol):
    """An opened file: so many pages, each decoded when it is asked for."""

    @property
    def page_count(self) -> int:
        """Pages in the file, at least one."""

    @property
    def captured_at(self) -> datetime | None:
        """EXIF capture time."""

    @property
    def camera(self) -> str | None:
        """EXIF make, model and serial number."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, e.g. that further frames are left out."""

    def page(self, number: int) -> Raster:
        """Decode page ``number`` (from 1) to its end."""


def check_size(width: int, height: int) -> None:
    """Refuse a page of more than ``MAX_PIXELS`` before it is decoded."""
    if width * height > MAX_PIXELS:
        limit = f"the limit is {MAX_PIXELS // 10**6} million pixels"
        raise UnreadableScan(f"a page of {width} x {height} pixels is too large; {limit}")


def bands(image: Image.Image) -> Iterator[bytes]:
    """Yield the RGB rows of ``image``, a few megabytes at a time."""
    width, height = image.size
    rows = max(1, _BAND_BYTES // (3 * width))
    for top in range(0, height, rows):
        yield image.crop((0, top, width, min(top + rows, height))).tobytes()


def page_id(width: int, height: int, rows: Iterable[bytes]) -> str:
    """Return a page's id as ``Page`` defines it, over RGB rows in any pieces."""
    digest = hashlib.sha256(f"{width}x{height} RGB\n".encode())
    for piece in rows:
        digest.update(piece)
    return digest.hexdigest()
