"""Check of Apple's text recogniser: a small page is drawn and really read, upright and on its side.

Never run on a Mac so far: until one has run it, the recogniser is taken to work as it is documented.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from notesyncd.api import BoundingBox, Detection, NotesyncdError, Pixels, ReaderContext
from notesyncd.doctor.finding import Finding
from notesyncd.read.vision import VisionReader, unready

_NAME = "Apple's text recogniser"
_REMEDY = 'set reader = "rapidocr" in [read], and report this with the version of macOS'

_LINES = ("Shopping for Friday", "milk and bread", "the blue bicycle")
_SIZE = (900, 500)  # px, width and height
_LEFT, _TOP, _STEP, _FONT = 80, 60, 130, 48  # px

Detect = Callable[[Pixels], Detection]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPage:
    """A page whose words and places are known, RGB."""

    pixels: Pixels
    words: dict[str, BoundingBox]


def vision_findings(context: ReaderContext) -> Iterator[Finding]:
    """Where Apple's recogniser can be used, read a drawn page with it; elsewhere there is nothing to try."""
    if unready() is not None:
        return
    reader = VisionReader(context)
    try:
        yield recognition_finding(reader.detect)
    finally:
        reader.close()


def recognition_finding(detect: Detect) -> Finding:
    """Read a drawn page, upright and turned by a quarter, and compare words, places and rotation."""
    page = drawn_page()
    begin = time.perf_counter()
    try:
        seen = detect(page.pixels)
        elapsed = time.perf_counter() - begin
        turned = detect(np.ascontiguousarray(np.rot90(page.pixels, -1)))
    except NotesyncdError as error:
        return Finding(name=_NAME, status="warn", message=f"does not read on this Mac: {error}", remedy=_REMEDY)
    wrong = list(_differences(page, seen, turned))
    if wrong:
        return Finding(name=_NAME, status="warn", message=f"reads on this Mac, but {'; '.join(wrong)}", remedy=_REMEDY)
    return Finding(
        name=_NAME,
        status="ok",
        message=f"read all {len(page.words)} words of a drawn page in {elapsed:.1f} s, each where it stands; "
        "a page on its side was found out",
    )


def drawn_page() -> DrawnPage:
    """Draw a few words of print."""
    picture = Image.new("RGB", _SIZE, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(_FONT)
    words = {}
    for number, line in enumerate(_LINES):
        top = _TOP + _STEP * number
        draw.text((_LEFT, top), line, font=font, fill="black")
        for word in line.split():
            x = _LEFT + draw.textlength(line[: line.index(word)], font=font)
            left, upper, right, lower = draw.textbbox((x, top), word, font=font)
            words[word] = BoundingBox(left=left, top=upper, right=right, bottom=lower)
    return DrawnPage(pixels=np.asarray(picture), words=words)


def _differences(page: DrawnPage, seen: Detection, turned: Detection) -> Iterator[str]:
    places = {word.text: word.box for word in seen.words}
    missing = sorted(word for word in page.words if word not in places)
    if missing:
        yield f"{len(missing)} of {len(page.words)} words of a drawn page were read wrongly: {', '.join(missing)}"
    strayed = sorted(word for word, box in page.words.items() if word in places and not _lies(places[word], box))
    if strayed:
        yield f"these are not where they stand: {', '.join(strayed)}"
    if seen.rotation:
        yield f"it would turn an upright page by {seen.rotation} degrees"
    if turned.rotation != 270:
        yield f"it would turn a page on its side by {turned.rotation} degrees instead of 270"


def _lies(box: BoundingBox | None, truth: BoundingBox) -> bool:
    """Tell whether a box is about the drawn one: its middle lies on the word, and it is no larger than the line."""
    if box is None:
        return False
    x, y = box.center
    return truth.left <= x <= truth.right and truth.top <= y <= truth.bottom and box.width < 1.5 * truth.width + _FONT
