"""PDF pages by PDFium, inside the decoder process: a scan is taken out as it is, any other page is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pypdfium2
import pypdfium2.raw
from PIL import Image

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.complete import EncryptedFile
from notesyncd.intake.decoder.damage import told_of_file
from notesyncd.intake.decoder.embedded_scan import embedded_scan
from notesyncd.intake.decoder.limits import MAX_DRAWN_PIXELS, MAX_PAGES
from notesyncd.intake.decoder.lost_picture import is_black, is_empty, lost_picture
from notesyncd.intake.decoder.raster import Raster
from notesyncd.intake.decoder.text_layer import text_layer

DPI = 200
"""Resolution at which pages are drawn: handwriting needs no more, and an A4 page has 3.9 million pixels."""

_POINTS_PER_INCH = 72


class Pdf:
    """An opened PDF. PDFium is not thread-safe; this process has one thread."""

    captured_at: datetime | None = None
    camera: str | None = None

    def __init__(self, data: bytes, passwords: Sequence[str] = ()) -> None:
        """Open ``data``, without a password or by the first of ``passwords`` that fits. They appear in no message.

        Raises:
            EncryptedFile: if none fits.
            UnreadableScan: if PDFium can't open it, or it has too many pages.
        """
        self.warnings: tuple[str, ...] = ()
        self._document = _opened(data, passwords)
        self.page_count = len(self._document)
        if self.page_count > MAX_PAGES:
            raise UnreadableScan(f"it has {self.page_count} pages; the limit is {MAX_PAGES}")
        self._document.init_forms()  # else what was typed into a form's fields is not drawn

    def page(self, number: int) -> Raster:
        """Return page ``number`` (from 1), as turned as a viewer shows it."""
        with told_of_file(f"the file can't be decoded: page {number} of the PDF is damaged"):
            page = self._document[number - 1]
            try:
                width, height = page.get_size()
                if not (math.isfinite(width * height) and width > 0 and height > 0):
                    raise UnreadableScan(f"page {number} of the PDF has no size")
                raster = embedded_scan(page) or self._drawn(page, number)
                if is_black(raster.image):
                    raise UnreadableScan(f"page {number} of the PDF is black all over: its picture was never written")
                return raster
            finally:
                page.close()

    def _drawn(self, page: Any, number: int) -> Raster:
        raster = _drawn(page, number)
        if lost_picture(page):
            if is_empty(raster.image):
                raise UnreadableScan(f"the picture on page {number} can't be decoded, and nothing else is there")
            self.warnings += (f"a picture on page {number} can't be decoded, so it is left out",)
        return raster


def _opened(data: bytes, passwords: Sequence[str]) -> Any:
    for password in (None, *passwords):
        _forget_last_error()
        try:
            return pypdfium2.PdfDocument(data, password)
        except pypdfium2.PdfiumError as error:
            code = error.err_code
        if code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise EncryptedFile("the PDF is locked in a way that no password opens; save it once more without")
        if code != pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise UnreadableScan("the PDF has no pages, or is too damaged to find them")
    raise EncryptedFile(
        "the PDF needs a password; give it by watch.pdf_passwords and run `notesyncd retry`, "
        "or save it once more without"
    )


def _forget_last_error() -> None:
    """Set PDFium's error code by opening nothing: for a PDF without any page it leaves there what it found."""
    pypdfium2.raw.FPDF_LoadMemDocument(b"", 0, None)


def _drawn(page: Any, number: int) -> Raster:
    width, height = page.get_size()
    scale = min(DPI / _POINTS_PER_INCH, math.sqrt(MAX_DRAWN_PIXELS / (width * height)))
    if math.ceil(width * scale) * math.ceil(height * scale) > 2 * MAX_DRAWN_PIXELS:
        raise UnreadableScan(f"page {number} of the PDF is a strip of {width:g} x {height:g} points")
    bitmap = page.render(scale=scale, rev_byteorder=True)
    image: Image.Image = bitmap.to_pil().convert("RGB")  # a copy: the bitmap's memory goes with it
    bitmap.close()
    return Raster(
        image=image,
        dpi=scale * _POINTS_PER_INCH,
        text=text_layer(page, image.width, image.height),
    )
