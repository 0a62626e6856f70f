"""The text that a born-digital PDF page brings itself, but only where it surely is all that the page says.

A page that may hold more (a scan with recognised text behind it, handwriting from a tablet, filled-in forms) has no
text layer here: it is read like any other picture, which is always right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from notesyncd.intake.decoder.raster import TextWord

_MAX_CHARACTERS = 100_000
"""Of one page; a dense page of print has 6,000."""

_IMAGE_SHARE = 0.3
"""Of the page's area: pictures that large may be scans, and their writing is not in the text."""

_FREEHAND_SEGMENTS = 12
_FREEHAND_SHARE = 0.02
"""Drawn lines of more than 12 segments (a rounded rectangle has 9) over 2 % of the area may be handwriting."""

_UNKNOWN_SHARE = 0.05
"""Of the characters: fonts that don't say which letters their shapes are."""

_HARMLESS_ANNOTATIONS = frozenset(
    {
        pdfium.FPDF_ANNOT_FILEATTACHMENT,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_LINK,
        pdfium.FPDF_ANNOT_POPUP,
        pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT,
        pdfium.FPDF_ANNOT_TEXT,
        pdfium.FPDF_ANNOT_UNDERLINE,
    }
)
"""These bear no writing of their own; ink, stamps, typed notes and form fields do."""

_LINE_END_HYPHEN = {0x02, 0xFFFE}
"""What PDFium gives for a hyphen that breaks a word at a line's end."""

_JOINERS = {"\u200c", "\u200d"}
"""Invisible, yet part of words in Persian and Indian scripts; other control characters are dropped."""

_SUBPIXELS = 256


def text_layer(page: Any, width: int, height: int) -> tuple[tuple[TextWord, ...], ...]:
    """Return the lines of words of a ``PdfPage`` that was drawn at ``width`` x ``height`` pixels; ``()`` if unsure.

    Boxes are in pixels of that raster, clipped to it; words outside of it are left out.
    """
    if not _only_text(page):
        return ()
    text = page.get_textpage()
    try:
        characters = text.count_chars()
        if not 0 < characters <= _MAX_CHARACTERS or not _is_legible(text, characters):
            return ()
        to_pixels = _Map(page, width, height)
        lines = (tuple(_words(text, line, to_pixels)) for line in _lines(text, characters))
        return tuple(line for line in lines if line)
    finally:
        text.close()


def _only_text(page: Any) -> bool:
    """Tell whether all that the page shows is visible text with lines, boxes and small pictures around it."""
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind not in _HARMLESS_ANNOTATIONS:
            return False
    left, bottom, right, top = page.get_bbox()
    area = (right - left) * (top - bottom)
    pictures = freehand = 0.0
    for item in page.get_objects():
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                return False
        elif item.type in {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING}:
            pictures += area_on_page(item)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH and pdfium.FPDFPath_CountSegments(item) > _FREEHAND_SEGMENTS:
            freehand += area_on_page(item)
        if pictures > _IMAGE_SHARE * area or freehand > _FREEHAND_SHARE * area:
            return False
    return True


def area_on_page(item: Any) -> float:
    """Return the area of an object's bounds in square points; those in a form are in the form's own measure."""
    left, bottom, right, top = item.get_bounds()
    corners = [(left, bottom), (right, bottom), (left, top)]
    holder = item.container
    while holder is not None:
        matrix = holder.get_matrix()
        corners = [matrix.on_point(x, y) for x, y in corners]
        holder = holder.container
    (x0, y0), (x1, y1), (x2, y2) = corners
    return float(abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)))


def _is_legible(text: Any, characters: int) -> bool:
    unknown: int = sum(
        pdfium.FPDFText_HasUnicodeMapError(text, index) == 1 or _is_unknown(pdfium.FPDFText_GetUnicode(text, index))
        for index in range(characters)
    )
    return unknown <= _UNKNOWN_SHARE * characters


def _is_unknown(code: int) -> bool:
    return code in {0, 0xFFFD} or 0xE000 <= code <= 0xF8FF


def _lines(text: Any, characters: int) -> Iterator[list[tuple[int, str]]]:
    """Yield for each line its (index, character) pairs; PDFium ends lines itself with CR and LF."""
    line: list[tuple[int, str]] = []
    high = 0
    for index in range(characters):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in {0x0A, 0x0D}:
            if line:
                yield line
            line = []
        elif 0xD800 <= code <= 0xDBFF:
            high = code
        elif 0xDC00 <= code <= 0xDFFF:
            if high:
                line.append((index, chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))))
            high = 0
        else:
            line.append((index, "-" if code in _LINE_END_HYPHEN else chr(code)))
    if line:
        yield line


def _words(text: Any, line: list[tuple[int, str]], to_pixels: _Map) -> Iterator[TextWord]:
    """Split one line at white space and yield its words with their boxes."""
    word: list[tuple[int, str]] = []
    for index, character in [*line, (-1, " ")]:
        if not character.isspace():
            if character in _JOINERS or not unicodedata.category(character).startswith("C"):
                word.append((index, character))
            continue
        if word and (box := to_pixels.box(text.get_charbox(at, loose=True) for at, _ in word)):
            yield "".join(letter for _, letter in word), *box
        word = []


class _Map:
    """From a page's points (origin anywhere, page possibly turned) to the raster's pixels: affine, asked of PDFium."""

    def __init__(self, page: Any, width: int, height: int) -> None:
        self._width, self._height = width, height
        zoom = (0, 0, width * _SUBPIXELS, height * _SUBPIXELS, 0)
        convert = pypdfium2.PdfPosConv(page, zoom)
        reach = 1000.0
        origin, right, up = (convert.to_bitmap(*point) for point in ((0, 0), (reach, 0), (0, reach)))
        self._x, self._y = (
            (
                (right[axis] - origin[axis]) / reach / _SUBPIXELS,
                (up[axis] - origin[axis]) / reach / _SUBPIXELS,
                origin[axis] / _SUBPIXELS,
            )
            for axis in (0, 1)
        )

    def box(self, rectangles: Iterator[tuple[float, float, float, float]]) -> tuple[float, float, float, float] | None:
        """Return left, top, right, bottom around (left, bottom, right, top) rectangles, or None outside the raster."""
        xs, ys = [], []
        for left, bottom, right, top in rectangles:
            for x, y in ((left, bottom), (right, top)):
                xs.append(min(max(self._x[0] * x + self._x[1] * y + self._x[2], 0.0), float(self._width)))
                ys.append(min(max(self._y[0] * x + self._y[1] * y + self._y[2], 0.0), float(self._height)))
        box = min(xs), min(ys), max(xs), max(ys)
        return box if box[0] < box[2] and box[1] < box[3] else None
