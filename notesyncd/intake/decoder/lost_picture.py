"""Pictures of a PDF page that can't be decoded: without a word the page stays empty, or is black."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from notesyncd.intake.decoder.text_layer import area_on_page

_LARGE = 0.3
"""Share of the page that a picture covers which may be the scan itself; smaller ones are ornaments."""
_LOOKED_AT = (100, 100)
_FLAT = 16
"""Of 255: a page whose lightest and darkest spots differ by less shows nothing."""


def lost_picture(page: Any) -> bool:
    """Tell whether a large picture of a ``PdfPage`` can't be decoded."""
    width, height = page.get_size()
    return any(
        item.type == pdfium.FPDF_PAGEOBJ_IMAGE and area_on_page(item) >= _LARGE * width * height and _is_lost(item)
        for item in page.get_objects()
    )


def is_black(drawn: Image.Image) -> bool:
    """Tell whether all of a page is black: what a picture looks like whose compressed data is zeros."""
    middle = drawn.getpixel((drawn.width // 2, drawn.height // 2))
    return isinstance(middle, tuple) and max(middle) < _FLAT and is_empty(drawn)


def is_empty(drawn: Image.Image) -> bool:
    """Tell whether a drawn page shows nothing at all."""
    darkest, lightest = drawn.convert("L").resize(_LOOKED_AT, Image.Resampling.BOX).getextrema()
    return bool(lightest - darkest < _FLAT)  # type: ignore[operator]


def _is_lost(image: Any) -> bool:
    try:
        image.get_bitmap()
    except pypdfium2.PdfiumError:
        return True
    return False
