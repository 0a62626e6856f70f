"""The first look: blank pages are decided without the light reader."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from notesyncd.api import Detection, Pixels, ReadLine, ReadWord
from notesyncd.detect.detect import detect
from notesyncd.detect.ink import ink_share, is_blank


class Light:
    """A light reader that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, pixels: Pixels) -> Detection:
        self.asked += 1
        return Detection(rotation=90, ink=0.0, lines=(ReadLine(words=(ReadWord(text="milk"),)),))


def page(text: str) -> np.ndarray:
    picture = Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(picture).text((100, 200), text, font=ImageFont.load_default(40), fill="black")
    return np.asarray(picture)


def test_an_empty_page_is_decided_without_the_light_reader() -> None:
    light = Light()

    detection = detect(page(""), light)

    assert is_blank(detection.ink)
    assert light.asked == 0
    assert (detection.rotation, detection.lines, detection.reader) == (0, (), None)


def test_a_written_page_gets_what_the_light_reader_found_and_its_ink() -> None:
    light = Light()

    detection = detect(page("buy milk"), light)

    assert light.asked == 1
    assert detection.rotation == 90
    assert [word.text for word in detection.words] == ["milk"]
    assert detection.ink == ink_share(page("buy milk")) > 0


def test_without_a_light_reader_only_the_pixels_speak() -> None:
    detection = detect(page("buy milk"), None)

    assert not is_blank(detection.ink)
    assert detection.lines == ()
