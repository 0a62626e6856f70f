"""The first look: blank pages are decided without the light reader."""

from __future__ import annotations

import numpy as np
import pytest
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


class Mirror:
    """A light reader that reads what stands mirrored on a page, and guesses at what stands as it should."""

    def __init__(self, page: Pixels, *, here: float, there: float, text: str = "order the compost today") -> None:
        self.page, self.here, self.there, self.text = page, here, there, text
        self.asked = 0

    def detect(self, pixels: Pixels) -> Detection:
        self.asked += 1
        score = self.here if np.array_equal(pixels, self.page) else self.there
        words = tuple(ReadWord(text=word, score=score) for word in self.text.split())
        return Detection(rotation=0, ink=0.0, lines=(ReadLine(words=words, score=score),) if score else ())


def faint(text: str = "buy milk") -> Pixels:
    return np.asarray(255 - (255 - page(text).astype(np.int16)) // 5, np.uint8)


def test_what_shines_through_from_the_other_side_is_no_ink_of_this_page() -> None:
    light = Mirror(faint(), here=0.68, there=0.97)
    detection = detect(faint(), light)
    assert is_blank(detection.ink)
    assert detection.lines == ()
    assert light.asked == 2


@pytest.mark.parametrize(
    ("here", "there", "text"),
    [
        (0.68, 0.75, "order the compost today"),  # neither reads
        (0.0, 0.75, "order the compost today"),  # faint writing of which the mirror image alone was found
        (0.75, 0.9, "order the compost today"),  # the mirror image is better, but not by far
        (0.6, 0.97, "ok"),  # so short that it reads either way
    ],
)
def test_in_doubt_faint_writing_stands_on_this_side(here: float, there: float, text: str) -> None:
    detection = detect(faint(), Mirror(faint(), here=here, there=there, text=text))
    assert not is_blank(detection.ink)


def test_only_pages_that_are_faint_and_read_poorly_are_looked_at_twice() -> None:
    dark = Mirror(page("buy milk"), here=0.6, there=0.97)
    sure = Mirror(faint(), here=0.9, there=0.97)
    assert not is_blank(detect(page("buy milk"), dark).ink)
    assert not is_blank(detect(faint(), sure).ink)
    assert (dark.asked, sure.asked) == (1, 1)
