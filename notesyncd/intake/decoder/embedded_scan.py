"""A PDF page that is nothing but one scan: its own pixels are taken out, for drawing would only sample them again.

Scanners, phones and office programs pack each scanned page as one picture that fills the page, often with recognised
text that nobody sees. Taken out, the page keeps its resolution, and keeps its id however the PDF around it is written
anew. Whatever is not surely of this kind is drawn like any other page.
"""

from __future__ import annotations

import math
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops, ImageStat

from notesyncd.intake.decoder.limits import MAX_PIXELS
from notesyncd.intake.decoder.placement import Placement, dots_per_inch, filling_placement
from notesyncd.intake.decoder.raster import Raster

_LOWEST_DPI = 50
"""A picture of fewer dots is a coloured ground, no scan; A4 would have 413 x 585, in which nobody can read."""

_FEWEST_PIXELS = 32
"""On either side; anything smaller is an ornament."""

_CHECK_PIXELS, _CHECK_SHRINKING = 160, 8
"""Long side of the small drawing that the picture is held against, and how much smaller it is at least: the less it is
shrunk, the more it shows how either program weighs the pixels at an edge."""

_PIXEL_DIFFERENCE, _MEAN_DIFFERENCE = 48, 6
"""Of 255, between the two. Measured on 640 scans of 75 to 300 dpi, grey, colour and bilevel, turned, flipped and moved
within the margin: at most 32 and 3. A word of 6-point print on the scan makes 60, one of 10 points 84."""

_ROUNDING = 1e-4
"""Of a pixel: PDFium reckons with 32-bit numbers."""

_DEEPEST_FORM = 3
"""Forms inside forms; no scanner nests deeper."""

_WITHOUT_INK = frozenset({pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP})
_NOT_SHOWN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


def embedded_scan(page: Any) -> Raster | None:
    """Return the pixels of the one picture that a ``PdfPage`` shows, turned as a viewer turns them; None if unsure.

    The pixels come from PDFium's decoders, colours as it would draw them; of a grey or RGB JPEG they are the very
    ones that Pillow decodes. An A4 page at 300 dpi takes 47 ms in grey and 72 ms in colour, 1.1 and 1.2 times as long
    as drawing it at 200 dpi; a little under half of that is the small drawing it is checked by. JPEG 2000 is drawn:
    PDFium shrinks it in a way of its own, which the check takes for a difference.
    """
    try:
        if _annotations_show(page) or (image := _only_image(page)) is None:
            return None
        placement = filling_placement(page, image)
        dpi = placement and _fitting_dpi(page, placement, *image.get_px_size())
        if not placement or not dpi:
            return None
        picture = image.get_bitmap().to_pil()
    except pypdfium2.PdfiumError:
        return None
    if placement.turn is not None:
        picture = picture.transpose(placement.turn)
    if not _looks_like(page, picture, placement):
        return None
    return Raster(image=picture if picture.mode == "RGB" else picture.convert("RGB"), dpi=dpi)


def _annotations_show(page: Any) -> bool:
    """Tell whether any annotation or form field shows something; signatures are often fields without extent."""
    return any(_annotation_shows(page, index) for index in range(pdfium.FPDFPage_GetAnnotCount(page)))


def _annotation_shows(page: Any, index: int) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    try:
        rectangle = pdfium.FS_RECTF()
        placed = pdfium.FPDFAnnot_GetRect(annotation, rectangle)
        extent = (rectangle.right - rectangle.left) * (rectangle.top - rectangle.bottom)
        return not (
            pdfium.FPDFAnnot_GetSubtype(annotation) in _WITHOUT_INK
            or pdfium.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN
            or (placed and extent == 0)
        )
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)


def _only_image(page: Any) -> Any:
    """Return the ``PdfImage`` beside which nothing is seen, or None.

    What was painted before it lies under it, for it fills the page and is opaque; what comes after it must be
    invisible.
    """
    image = None
    for item in page.get_objects():
        if item.type == pdfium.FPDF_PAGEOBJ_FORM:
            if item.level >= _DEEPEST_FORM or pdfium.FPDFPageObj_HasTransparency(item):
                return None
        elif item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            if image is not None or pdfium.FPDFPageObj_HasTransparency(item):
                return None
            image = item
        elif image is not None and not _is_invisible(item):
            return None
    return image


def _is_invisible(item: Any) -> bool:
    """Tell whether an object is text that is not painted; of other objects PDFium says that it does not know."""
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _fitting_dpi(page: Any, placement: Placement, width: int, height: int) -> float | None:
    """Return the picture's resolution; None if it is too small or too large for a scan, or not the same both ways."""
    if min(width, height) < _FEWEST_PIXELS or width * height > MAX_PIXELS:
        return None
    dpi = dots_per_inch(page, placement, width, height)
    return dpi if dpi is not None and dpi >= _LOWEST_DPI else None


def _looks_like(page: Any, picture: Image.Image, placement: Placement) -> bool:
    """Draw the page small, on nothing, and tell whether it is opaque and shows the picture made small.

    That finds what the list of the page's objects does not tell: what is masked or clipped away is not opaque, nor is a
    layer that is switched off; and links may bring their own looks.
    """
    long_side = min(_CHECK_PIXELS, max(picture.size) // _CHECK_SHRINKING)
    bitmap = page.render(scale=long_side / max(page.get_size()), fill_color=(0, 0, 0, 0), rev_byteorder=True)
    drawn: Image.Image = bitmap.to_pil()
    # PDFium draws a picture on all pixels that it touches.
    left = math.floor(placement.left * drawn.width + _ROUNDING)
    top = math.floor(placement.top * drawn.height + _ROUNDING)
    right = math.ceil(placement.right * drawn.width - _ROUNDING)
    bottom = math.ceil(placement.bottom * drawn.height - _ROUNDING)
    small = picture.resize((right - left, bottom - top), Image.Resampling.BOX)
    expected = Image.new("RGB", drawn.size)
    expected.paste(small.convert("RGB"), (left, top))
    inside = max(left, 0) + 1, max(top, 0) + 1, min(right, drawn.width) - 1, min(bottom, drawn.height) - 1
    if inside[0] >= inside[2] or inside[1] >= inside[3]:  # too narrow a strip to tell
        return False
    if drawn.getchannel("A").crop(inside).getextrema() != (255, 255):
        return False
    difference = ImageChops.difference(drawn.convert("RGB"), expected).crop(inside)
    return _highest(difference) <= _PIXEL_DIFFERENCE and max(ImageStat.Stat(difference).mean) <= _MEAN_DIFFERENCE


def _highest(image: Image.Image) -> int:
    return max(image.tobytes())
