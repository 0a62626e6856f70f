"""Which turn stands a page upright, from the lines found on it."""

from __future__ import annotations

import numpy as np
import pytest

from notesyncd.read import upright
from notesyncd.read.rapidocr_engine import Recognised, Strip


def strip(length: int, *, tall: bool = False, flipped: float = 0.0) -> Strip:
    pixels = np.zeros((30, length, 3), np.uint8)
    return Strip(quad=np.zeros((4, 2), np.float32), bgr=pixels, tall=tall, flipped=flipped)


def evidence(*, standing: float, right: float = 0.0, head: float = 0.0, left: float = 0.0) -> dict[int, float]:
    return {0: standing, 90: right, 180: head, 270: left}


def test_the_longer_writing_says_which_way_the_lines_run() -> None:
    level, tall, letter = strip(600), strip(600, tall=True), strip(30, tall=True)

    assert upright.lay([level, level, tall]) == "unclear"
    assert upright.lay([level, level, level, tall]) == "level"
    assert upright.lay([tall, strip(200)]) == "sideways"
    assert upright.lay([level, *[letter] * 50]) == "level"  # a single letter is as high as long
    assert upright.lay([letter]) == upright.lay([]) == "unclear"


@pytest.mark.parametrize(
    ("found", "turn"),
    [
        (evidence(standing=20), 0),
        (evidence(standing=2, head=20), 180),
        (evidence(standing=0, right=12, left=3), 90),
        (evidence(standing=0, right=3, left=12), 270),
        (evidence(standing=12, head=15), 0),  # not so much better that an upright page could not look so
        (evidence(standing=0.2, head=1.9), 0),  # "ok" on its head
        (evidence(standing=0), 0),
    ],
)
def test_a_page_is_turned_only_where_another_turn_reads_far_better(found: dict[int, float], turn: int) -> None:
    assert upright.best_turn(found) == turn


def test_a_page_is_read_both_ways_once_half_of_its_strips_seem_flipped() -> None:
    up, down = strip(100, flipped=0.1), strip(100, flipped=0.8)

    assert upright.looks_flipped([up, down])
    assert not upright.looks_flipped([up, up, down])


def test_long_lines_that_read_surely_count_most() -> None:
    assert upright.readable(Recognised(text="twelve signs", score=1.0)) == 12
    assert upright.readable(Recognised(text="twelve signs", score=0.5)) == 0
    assert upright.mean_score([Recognised(text="abc", score=1.0), Recognised(text="x", score=0.6)]) == 0.9
    assert upright.mean_score([Recognised(text=" ", score=0.0)]) == 0


def test_a_line_is_japanese_if_half_of_it_is() -> None:
    assert upright.is_mostly_cjk(Recognised(text="会議 API", score=1.0)) is False
    assert upright.is_mostly_cjk(Recognised(text="会議です API", score=1.0)) is True
    assert upright.is_mostly_cjk(Recognised(text="", score=0.0)) is False


def test_a_turned_column_is_laid_out_with_its_characters_standing() -> None:
    column = np.full((90, 30, 3), 255, np.uint8)  # three signs below one another, each with a mark at its top left
    for number, shade in enumerate((10, 20, 30)):
        column[30 * number : 30 * number + 5, :5] = shade

    row = upright.laid_out(np.rot90(column), [1 / 6, 3 / 6, 5 / 6])

    assert row.shape == (30, 90, 3)
    assert [int(row[0, 30 * number, 0]) for number in range(3)] == [10, 20, 30]
