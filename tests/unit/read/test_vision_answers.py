"""Apple's answers made into lines, words, boxes and a rotation: by plain arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.api import BoundingBox
from notesyncd.read.canvas import Canvas
from notesyncd.read.vision_answers import Look, direction, evidence, page_box, read_lines, stands
from notesyncd.read.vision_request import Point, RecognisedText, Rectangle
from notesyncd.read.words import word_ranges

# A page of 400 x 200 px, and the picture of it with its border: 500 x 300.
CANVAS = Canvas.of(np.full((200, 400, 3), 255, np.uint8), side=1000, border=50, flattest=8.0)
WIDTH, HEIGHT = 500, 300


def rectangle(left: float, top: float, right: float, bottom: float) -> Rectangle:
    """The rectangle that Apple would name for these pixels of the page."""
    return Rectangle(
        left=(left + 50) / WIDTH,
        bottom=1 - (bottom + 50) / HEIGHT,
        width=(right - left) / WIDTH,
        height=(bottom - top) / HEIGHT,
    )


LEVEL = rectangle(100, 50, 300, 90)


def corners(box: Rectangle, runs: int) -> tuple[Point, Point]:
    """Where writing that runs so begins and ends, at its own upper side."""
    left, right, low, high = box.left, box.left + box.width, box.bottom, box.bottom + box.height
    return {
        0: ((left, high), (right, high)),
        90: ((right, high), (right, low)),
        180: ((right, low), (left, low)),
        270: ((left, low), (left, high)),
    }[runs]


def line(
    text: str,
    *words: Rectangle | None,
    box: Rectangle = LEVEL,
    confidence: float = 1.0,
    runs: int = 0,
) -> RecognisedText:
    begin, end = corners(box, runs)
    boxes = words or (None,) * len(list(word_ranges(text)))
    return RecognisedText(text=text, confidence=confidence, box=box, top_left=begin, top_right=end, word_boxes=boxes)


def look(*texts: RecognisedText, turn: int = 0) -> Look:
    return Look(turn=turn, canvas=CANVAS, texts=texts)


def edges(box: BoundingBox | None) -> tuple[float, float, float, float]:
    assert box is not None
    return box.left, box.top, box.right, box.bottom


# ---------------------------------------------------------------------------------------------------- lines and words


def test_a_box_is_turned_over_and_taken_off_the_border() -> None:
    assert edges(page_box(rectangle(100, 20, 150, 60), CANVAS)) == pytest.approx((100, 20, 150, 60))


def test_a_box_that_reaches_over_the_edge_ends_there() -> None:
    assert edges(page_box(rectangle(-30, -10, 420, 60), CANVAS)) == pytest.approx((0, 0, 400, 60))


@pytest.mark.parametrize(
    "box",
    [
        rectangle(-40, 20, -5, 60),
        rectangle(10, 20, 10, 60),
        Rectangle(left=math.nan, bottom=0.1, width=0.1, height=0.1),
        Rectangle(left=0.1, bottom=0.1, width=math.inf, height=0.1),
    ],
)
def test_what_is_no_box_of_the_page_is_none(box: Rectangle) -> None:
    assert page_box(box, CANVAS) is None


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_any_box_lies_on_the_page_or_is_none(left: float, bottom: float, width: float, height: float) -> None:
    box = page_box(Rectangle(left=left, bottom=bottom, width=width, height=height), CANVAS)

    assert box is None or (box == box.clipped(400, 200) and box.width > 0 and box.height > 0)


def test_words_have_the_boxes_that_were_named_and_the_confidence_of_their_line() -> None:
    (read,) = read_lines(
        look(line("buy milk", rectangle(100, 50, 160, 90), rectangle(180, 50, 300, 90), confidence=0.5))
    )

    assert [word.text for word in read.words] == ["buy", "milk"]
    assert edges(read.words[0].box) == pytest.approx((100, 50, 160, 90))
    assert edges(read.words[1].box) == pytest.approx((180, 50, 300, 90))
    assert edges(read.box) == pytest.approx((100, 50, 300, 90))
    assert [word.score for word in read.words] == [0.5, 0.5]
    assert read.score == 0.5


def test_a_word_without_a_box_gets_its_share_of_the_line() -> None:
    (read,) = read_lines(look(line("buy milk", rectangle(100, 50, 160, 90), None)))

    assert edges(read.words[0].box) == pytest.approx((100, 50, 160, 90))
    assert edges(read.words[1].box) == pytest.approx((200, 50, 300, 90))


def test_the_box_of_the_whole_line_is_none_of_a_word() -> None:
    whole = rectangle(100, 50, 300, 90)

    (read,) = read_lines(look(line("buy milk", whole, whole)))

    assert edges(read.words[0].box)[2] < edges(read.words[1].box)[0] + 1
    assert edges(read.words[1].box)[2] == pytest.approx(300)


def test_a_single_word_may_fill_its_line() -> None:
    whole = rectangle(100, 50, 300, 90)

    (read,) = read_lines(look(line("milk", whole)))

    assert edges(read.words[0].box) == pytest.approx((100, 50, 300, 90))


def test_words_without_boxes_on_a_line_that_runs_down_are_not_placed() -> None:
    column = rectangle(100, 20, 120, 180)

    (read,) = read_lines(look(line("buy milk", box=column, runs=90)))

    assert [word.box for word in read.words] == [None, None]
    assert read.box is not None


def test_lines_without_words_are_left_out() -> None:
    assert read_lines(look(line(" "), line("ok"))) == read_lines(look(line("ok")))


@pytest.mark.parametrize(("confidence", "score"), [(-0.1, 0.0), (1.2, 1.0), (0.3, 0.3)])
def test_a_score_is_between_0_and_1(confidence: float, score: float) -> None:
    assert read_lines(look(line("ok", confidence=confidence)))[0].score == score


# ----------------------------------------------------------------------------------------------------------- rotation


@pytest.mark.parametrize("runs", [0, 90, 180, 270])
def test_the_corners_tell_which_way_a_line_runs(runs: int) -> None:
    assert direction(line("milk", runs=runs, box=rectangle(100, 50, 160, 110)), CANVAS) == runs


def test_a_slanting_line_still_runs_to_the_right() -> None:
    """0.4 of the height is fewer pixels than 0.3 of the width."""
    text = RecognisedText(
        text="milk",
        confidence=1.0,
        box=Rectangle(left=0.2, bottom=0.2, width=0.3, height=0.5),
        top_left=(0.2, 0.3),
        top_right=(0.5, 0.7),
        word_boxes=(None,),
    )

    assert direction(text, CANVAS) == 0


def test_a_page_of_level_lines_that_read_well_stands() -> None:
    assert stands(look(line("buy milk and bread"), line("hm", confidence=0.3)))


@pytest.mark.parametrize(
    "texts",
    [
        (),
        (line("buy milk", confidence=0.5),),
        (line("buy milk", runs=180),),
        (line("buy milk", runs=90, box=rectangle(100, 20, 120, 180)),),
        (line("buy milk", box=rectangle(100, 20, 120, 180)),),  # its corners say that it is level, its shape does not
        (line("buy milk", runs=270, box=rectangle(100, 20, 120, 180)), line("ok")),
    ],
)
def test_a_page_that_reads_badly_or_not_level_is_looked_at_again(texts: tuple[RecognisedText, ...]) -> None:
    assert not stands(look(*texts))


def test_a_single_character_may_be_tall() -> None:
    assert stands(look(line("I", box=rectangle(100, 20, 120, 180))))


def test_a_turn_is_worth_the_characters_read_then_by_their_confidence() -> None:
    looks = [look(line("buy milk", confidence=0.5)), look(line("ab"), line(" c "), turn=90)]

    assert evidence(looks) == {0: 3.5, 90: 3.0, 180: 0.0, 270: 0.0}


@pytest.mark.parametrize(
    ("turn", "runs", "speaks_for"),
    [(0, 90, 270), (0, 180, 180), (0, 270, 90), (90, 90, 0), (270, 180, 90), (180, 0, 180)],
)
def test_a_line_speaks_for_the_turn_at_which_it_would_run_to_the_right(turn: int, runs: int, speaks_for: int) -> None:
    found = evidence([look(line("milk", runs=runs), turn=turn)])

    assert [key for key, value in found.items() if value] == [speaks_for]


def test_a_column_of_japanese_speaks_for_no_turn_but_its_own() -> None:
    assert evidence([look(line("今日は会議", runs=90))])[0] == 5


@given(st.text(st.sampled_from("ab1,.é 　会議のカ「」"), max_size=20), st.sampled_from([0, 90, 180, 270]))
def test_every_word_is_kept_whatever_stands_in_a_line(text: str, runs: int) -> None:
    lines = read_lines(look(line(text, runs=runs)))

    assert "".join(word.text for read in lines for word in read.words) == "".join(text.split())
