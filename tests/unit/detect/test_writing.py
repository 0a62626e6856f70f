"""What a reader sees in a photo is no writing; what it reads on a page always is, however poorly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from notesyncd.api import BoundingBox, Detection, ReaderId, ReadLine, ReadWord
from notesyncd.detect.colour import coloured_share
from notesyncd.detect.ink import ink_share, is_blank
from notesyncd.detect.writing import holds_writing, is_picture
from notesyncd.hooks.pixels import Pixels

SIDE = 1000


def line(text: str, box: tuple[int, int, int, int] | None, score: float | None) -> ReadLine:
    place = BoundingBox(left=box[0], top=box[1], right=box[2], bottom=box[3]) if box else None
    return ReadLine(words=tuple(ReadWord(text=word, box=place, score=score) for word in text.split()), box=place)


@pytest.mark.parametrize(
    ("lines", "ink", "writing"),
    [
        ([], 0.05, False),
        ([line("8", (0, 0, SIDE, SIDE), 0.96)], 0.12, False),
        ([line("國", (0, 0, SIDE, 900), 0.2)], 0.03, False),
        ([line("8", (400, 400, 600, 620), 0.41)], 0.0006, True),
        ([line("0000 日 0", (0, 0, 500, 300), 0.4), line("000C", (0, 400, 500, 700), 0.39)], 0.4, False),
        ([line("lakn ths wlk", (0, 0, 900, 80), 0.31)], 0.07, True),
        ([line("YAMAHA", (400, 400, 460, 420), 0.82)], 0.26, True),
        ([line("菊池朋子", (0, 0, SIDE, 700), 0.99)], 0.03, True),
        ([line("from a model that gives no scores", None, None)], 0.3, True),
    ],
)
def test_photos_and_pages_are_told_apart(lines: list[ReadLine], ink: float, writing: bool) -> None:
    assert holds_writing(lines, ink=ink, width=SIDE, height=SIDE) is writing


DESCRIBED = line("a photo of two dogs", None, None)
GUESSES = [line("0000 日 0", (0, 0, 500, 300), 0.4)]
LETTERS = [line("YAMAHA", (400, 400, 460, 420), 0.82)]


@pytest.mark.parametrize(
    ("seen", "ink", "writing"),
    [
        ([], 0.3, False),
        (GUESSES, 0.3, False),
        (LETTERS, 0.3, True),
        (None, 0.3, True),
        ([], 0.05, True),  # handwriting that the light reader can't see at all
    ],
)
def test_what_a_model_says_of_much_ink_is_believed_where_somebody_else_sees_writing_too(
    seen: list[ReadLine] | None, ink: float, writing: bool
) -> None:
    assert holds_writing([DESCRIBED], ink=ink, width=SIDE, height=SIDE, seen=seen) is writing


def test_a_reader_that_is_sure_of_a_word_is_believed_by_itself() -> None:
    assert holds_writing(LETTERS, ink=0.3, width=SIDE, height=SIDE, seen=[])


@pytest.mark.parametrize(
    ("lines", "ink", "looked", "picture"),
    [
        ([], 0.3, True, True),
        (GUESSES, 0.3, True, True),
        (LETTERS, 0.3, True, False),
        ([], 0.05, True, False),
        ([], 0.3, False, False),
    ],
)
def test_a_picture_is_known_before_any_model_is_asked(
    lines: list[ReadLine], ink: float, looked: bool, picture: bool
) -> None:
    reader = ReaderId(name="light", version="1") if looked else None
    detection = Detection(rotation=0, ink=ink, lines=tuple(lines), reader=reader)
    assert is_picture(detection, width=SIDE, height=SIDE) is picture


def paper(colour: tuple[int, int, int] = (245, 243, 238)) -> Pixels:
    chance = np.random.default_rng(1)
    grain = chance.integers(-4, 5, (800, 600, 1))
    return np.clip(np.full((800, 600, 3), colour) + grain, 0, 255).astype(np.uint8)


def test_a_picture_without_an_edge_is_no_empty_page() -> None:
    """A sunset: every colour, and not a stroke."""
    down, across = np.linspace(0, 1, 800)[:, None], np.linspace(0, 1, 600)[None, :]
    sunset = np.stack([255 * (1 - 0.4 * down) + 0 * across, 160 * down * across, 60 + 0 * down * across], axis=2)
    assert coloured_share(sunset.astype(np.uint8)) > 0.5
    assert not is_blank(ink_share(sunset.astype(np.uint8)))


@pytest.mark.parametrize("colour", [(245, 243, 238), (252, 244, 160), (180, 150, 110), (60, 58, 55)])
def test_paper_of_any_colour_is_no_picture(colour: tuple[int, int, int]) -> None:
    """White, a yellow pad, brown paper, white paper in the dark."""
    assert coloured_share(paper(colour)) == 0.0


def test_what_shows_beside_the_sheet_does_not_count() -> None:
    page = paper()
    page[:, :110] = page[:, -110:] = (150, 60, 20)  # a desk of cherry wood
    assert coloured_share(page) == 0.0
    cv2.rectangle(page, (200, 300), (400, 500), (20, 60, 200), -1)
    assert coloured_share(page) > 0.05
