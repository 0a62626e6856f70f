"""Printed pages with known words, and one rapidocr reader for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from notesyncd.api import BoundingBox, PageImage, ReaderContext, Transform, write_pixels
from notesyncd.read.rapidocr import RapidOcrReader

LINES = ("Shopping for the weekend", "milk, bread and butter", "call Ann about the bicycle", "pay the rent on Friday")


def printed(lines: tuple[str, ...] = LINES, *, size: int = 40) -> np.ndarray:
    """A page of printed lines, RGB, 900 x 700."""
    picture = Image.new("RGB", (900, 700), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((80, 80 + 110 * number), line, font=ImageFont.load_default(size), fill=(20, 20, 40))
    return np.asarray(picture)


def word_boxes(line: int, *, size: int = 40) -> dict[str, BoundingBox]:
    """Where the words of a line of ``printed`` stand."""
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(Image.new("RGB", (900, 700)))
    boxes = {}
    for word in LINES[line].split():
        x = 80 + draw.textlength(LINES[line][: LINES[line].index(word)], font=font)
        left, top, right, bottom = draw.textbbox((x, 80 + 110 * line), word, font=font)
        boxes[word] = BoundingBox(left=left, top=top, right=right, bottom=bottom)
    return boxes


@pytest.fixture(scope="session")
def rapidocr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RapidOcrReader]:
    reader = RapidOcrReader(ReaderContext(threads=2, cache=tmp_path_factory.mktemp("cache")))
    yield reader
    reader.close()


@pytest.fixture
def page_image(tmp_path: Path) -> Callable[[np.ndarray], PageImage]:
    def make(pixels: np.ndarray) -> PageImage:
        artifact = tmp_path / "page.ppm"
        write_pixels(artifact, pixels)
        height, width = pixels.shape[:2]
        return PageImage(
            page_id="0" * 64, width=width, height=height, artifact=artifact, to_raster=Transform.identity()
        )

    return make
