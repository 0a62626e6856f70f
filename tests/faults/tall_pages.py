"""Pages with marks from top to bottom, in every format: whether a note shows a whole page is told by its marks."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import count

from notesyncd.testing.pages import mark_text, render_page
from notesyncd.testing.pages.effects import Effects
from notesyncd.testing.pages.paper import Sheet

LINES = 4
_SHEET = Sheet(width=800, height=900, margin=70, pitch=150, letter=0.23)
_SETTINGS: dict[str, dict[str, object]] = {
    "jpg": {"format": "JPEG", "quality": 85},
    "png": {"format": "PNG"},
    "pdf": {"format": "PDF", "resolution": 150, "quality": 80},
    "webp": {"format": "WEBP", "quality": 85},
    "tif": {"format": "TIFF", "compression": "tiff_lzw"},
}
FORMATS = tuple(_SETTINGS)
_numbers = count(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class TallPage:
    """A page as a file's bytes; ``marks`` from its top to its bottom."""

    marks: tuple[str, ...]
    suffix: str
    data: bytes

    def chunks(self, number: int) -> list[bytes]:
        """The bytes in so many parts of about the same length."""
        step = -(-len(self.data) // number)
        return [self.data[start : start + step] for start in range(0, len(self.data), step)]


def tall_page(suffix: str, *, enlarged: int = 1) -> TallPage:
    """Make a page whose marks stand on no other one; ``enlarged`` so many times to make it slow to decode."""
    numbers = [next(_numbers) for _ in range(LINES)]
    marks = tuple(mark_text(number) for number in numbers)
    effects = Effects(texture=1.0)
    page = render_page(
        "\n".join(marks), seed=numbers[0], effects=effects, paper="plain", ink="print", sheet=_SHEET, word_gap=0.6
    )
    image = page.image.convert("RGB")
    if enlarged > 1:
        image = image.resize((image.width * enlarged, image.height * enlarged))
    file = io.BytesIO()
    image.save(file, **_SETTINGS[suffix])
    return TallPage(marks=marks, suffix=suffix, data=file.getvalue())
