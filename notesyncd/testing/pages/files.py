"""Drawn pages as files, the way cameras and scanners write them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image

from notesyncd.testing.pages.page import DrawnPage

_NO_DATE = time.gmtime(0)


def save_page(page: DrawnPage, path: Path, *, quality: int = 85, captured_at: datetime | None = None) -> Path:
    """Write a page in the format of the path's suffix, with its EXIF orientation; return the path.

    Args:
        page: what to write.
        path: ends in .jpg, .png, .webp or .tif.
        quality: of JPEG and WebP.
        captured_at: EXIF capture time; with a zone, its offset is written too.
    """
    exif = Image.Exif()
    if page.truth.orientation != 1:
        exif[ExifTags.Base.Orientation] = page.truth.orientation
    if captured_at is not None:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = f"{captured_at:%Y:%m:%d %H:%M:%S}"
        if captured_at.tzinfo is not None:
            offset = f"{captured_at:%z}"
            details[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:5]}"
    page.image.save(path, quality=quality, exif=exif)
    return path


def save_pdf(pages: Sequence[DrawnPage], path: Path, *, dpi: float = 150, quality: int = 80) -> Path:
    """Write pages (at least one) as a PDF of JPEG pictures, as a scanner does; return the path.

    Equal pages give equal bytes, so a PDF with one page more holds the earlier ones unchanged.
    """
    first, *others = (page.image for page in pages)
    first.save(
        path,
        "PDF",
        save_all=True,
        append_images=others,
        resolution=dpi,
        quality=quality,
        title="",
        creationDate=_NO_DATE,
        modDate=_NO_DATE,
    )
    return path
