"""PDF pages by PDFium, inside the decoder process: every page drawn at one resolution, with its own text if any."""

from __future__ import annotations

import math
from datetime import datetime

import pypdfium2
import pypdfium2.raw
from PIL import Image

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.complete import EncryptedFile
from notesyncd.intake.decoder.limits import MAX_DRAWN_PIXELS, MAX_PAGES
from notesyncd.intake.decoder.raster import Raster
from notesyncd.intake.decoder.text_layer import text_layer

DPI = 200
"""Resolution at which pages are drawn: handwriting needs no more, and an A4 page has 3.9 million pixels."""

_POINTS_PER_INCH = 72


class Pdf:
    """An opened PDF. PDFium is not thread-safe; this process has one thread."""

    captured_at: datetime | None = None
    camera: str | None = None
    warnings: tuple[str, ...] = ()

    def __init__(self, data: bytes) -> None:
        """Open ``data``.

        Raises:
            EncryptedFile: if it needs a password.
            UnreadableScan: if PDFium can't open it, or it has too many pages.
        """
        try:
            self._document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
                raise EncryptedFile("the PDF needs a password; save it once more without") from error
            raise UnreadableScan("the PDF is damaged: no program can find its pages") from error
        self.page_count = len(self._document)
        if self.page_count > MAX_PAGES:
            raise UnreadableScan(f"it has {self.page_count} pages; the limit is {MAX_PAGES}")
        self._document.init_forms()  # else what was typed into a form's fields is not drawn

    def page(self, number: int) -> Raster:
        """Draw page ``number`` (from 1), as turned as a viewer shows it."""
        page = self._document[number - 1]
        try:
            width, height = page.get_size()
            if not (math.isfinite(width * height) and width > 0 and height > 0):
                raise UnreadableScan(f"page {number} of the PDF has no size")
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
        finally:
            page.close()
