"""Scans, pages and page images: what comes in, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notesyncd.domain.geometry import Transform


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The bytes of one file that was whole; a path is not part of it.

    Attributes:
        digest: sha256 of the file's bytes, 64 hex digits.
        media_type: sniffed from the content, e.g. ``image/jpeg``.
        captured_at: EXIF capture time; naive where EXIF names no zone.
        camera: EXIF make, model and serial number in one string, if any.
    """

    digest: str
    media_type: str
    size_bytes: int
    captured_at: datetime | None
    camera: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One decoded page. ``id`` is the sha256 of its decoded raster, so a page keeps its identity wherever it appears.

    Attributes:
        id: sha256 over ``WIDTHxHEIGHT RGB``, a line feed and the raw 8-bit RGB rows; 64 hex digits.
        width: pixels of the decoded raster, before any turning.
        height: pixels of the decoded raster, before any turning.
        dpi: dots per inch, if the file says so.
    """

    id: str
    width: int
    height: int
    dpi: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One preparing step as it was carried out, for the provenance record."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImage:
    """The upright image that readers see.

    Attributes:
        page_id: the page it shows.
        width: pixels of this image.
        height: pixels of this image.
        artifact: lossless file with the pixels (binary PPM, RGB); a cache that can be made again.
        to_raster: maps this image's pixels to those of the decoded raster.
        steps: what was done to the raster, in order.
    """

    page_id: str
    width: int
    height: int
    artifact: Path
    to_raster: Transform
    steps: tuple[Step, ...] = ()
