"""Answers of HunyuanOCR. All answers here are made by us, in the shape in which the model answers."""

from __future__ import annotations

import pytest

from notesyncd.read.parsers.hunyuan import CUT_OFF, NO_BOXES
from tests.unit.read.parsers.parsing import edges, parsed, seen, words

ANSWER = "Buy milk(100,50),(500,80)\nand eggs (6)(100,90),(500,120)日本語(0,0),(1000,1000)"


def test_lines_with_corners() -> None:
    result = parsed("hunyuan", ANSWER)

    assert seen(result) == [("text", ["Buy milk", "and eggs (6)", "日本語"])]
    assert [edges(line.box) for line in result.regions[0].lines] == [
        (210, 140, 1050, 224),
        (210, 252, 1050, 336),
        (0, 0, 2100, 2800),
    ]
    assert all(ANSWER[word.begin : word.end] == word.text for word in words(result.regions))
    assert result.warnings == ()


@pytest.mark.parametrize(
    "end", ["", "(1", "(1,", "(1,2", "(1,2)", "(1,2),", "(1,2),(", "(1,2),(3", "(1,2),(3,", "(1,2),(3,4"]
)
def test_a_line_whose_corners_are_cut_off_keeps_its_words(end: str) -> None:
    result = parsed("hunyuan", f"{ANSWER}\nlast line{end}")

    assert seen(result)[0][1][-1] == "last line"
    assert result.regions[0].lines[-1].box is None
    assert result.warnings == (CUT_OFF,)


def test_corners_that_are_no_box_are_left_out_with_a_warning() -> None:
    result = parsed("hunyuan", "word(5,5),(5,5)")

    assert (seen(result), len(result.warnings)) == ([("text", ["word"])], 1)


def test_an_answer_without_corners_is_plain_text() -> None:
    result = parsed("hunyuan", "Buy milk (5,6)\n\nend")

    assert (seen(result), result.warnings) == ([("text", ["Buy milk (5,6)"]), ("text", ["end"])], (NO_BOXES,))


def test_an_empty_answer_is_an_empty_page() -> None:
    result = parsed("hunyuan", "\n")

    assert (result.regions, result.warnings) == ((), ())
