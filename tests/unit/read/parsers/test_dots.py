"""Answers of dots.ocr. All answers here are made by us, in the shape in which the model answers."""

from __future__ import annotations

import json

from notesyncd.read.parsers.json_lines import CUT_OFF, NO_LIST
from tests.unit.read.parsers.parsing import edges, lines, parsed, seen, written

BLOCKS = [
    {"bbox": [42, 56, 210, 84], "category": "Title", "text": "# My day"},
    {"bbox": [0, 90, 210, 120], "category": "Text", "text": 'One **"two"**\nthree'},
    {"bbox": [0, 90, 210, 120], "category": "Section-header", "text": "Plan"},
    {"bbox": [0, 90, 210, 120], "category": "List-item", "text": "- bread"},
    {"bbox": [0, 90, 210, 120], "category": "List-item", "text": "loose"},
    {"bbox": [0, 90, 210, 120], "category": "Formula", "text": "$$\\frac{a}{b}$$"},
    {"bbox": [0, 90, 210, 120], "category": "Table", "text": "<table><tr><td>a</td><td>b&amp;c</td></tr></table>"},
    {"bbox": [0, 280, 420, 560], "category": "Picture"},
    {"bbox": [0, 90, 210, 120], "category": "Page-footer", "text": "7"},
]
ANSWER = json.dumps(BLOCKS)


def test_dots() -> None:
    result = parsed("dots", ANSWER)

    assert seen(result) == [
        ("heading", ["My day"]),
        ("text", ['One "two"', "three"]),
        ("heading", ["Plan"]),
        ("list", ["bread"]),
        ("list", ["loose"]),
        ("math", ["\\frac{a}{b}"]),
        ("table", ["a b&c"]),
        ("drawing", []),
        ("text", ["7"]),
    ]
    assert [region.level for region in result.regions if region.kind == "heading"] == [1, 2]
    assert result.regions[6].cells == (("a", "b&c"),)
    assert written(ANSWER, result) == {'"two"': '\\"two\\"', "\\frac{a}{b}": "\\\\frac{a}{b}", "b&c": "b&amp;c"}
    assert result.warnings == ()


def test_boxes_are_pixels_of_the_picture_that_the_model_saw() -> None:
    regions = parsed("dots", ANSWER).regions

    assert edges(regions[0].box) == (210, 280, 1050, 420)
    assert edges(regions[7].box) == (0, 1400, 2100, 2800)


def test_what_is_cut_off_keeps_the_whole_blocks() -> None:
    result = parsed("dots", ANSWER[: ANSWER.index("Plan")])

    assert [lines(region) for region in result.regions] == [["My day"], ['One "two"', "three"]]
    assert result.warnings == (CUT_OFF,)


def test_a_block_that_is_odd_costs_no_other() -> None:
    answer = (
        '[{"category": 5, "text": "a"}, {"bbox": "x", "category": "Text", "text": "b"}, {"text": ["c"]}, {"text": "d"}]'
    )
    result = parsed("dots", answer)

    assert [lines(region) for region in result.regions] == [["a"], ["b"], ["d"]]
    assert len(result.warnings) == 1


def test_a_table_that_is_left_open_ends_with_its_block() -> None:
    answer = json.dumps([{"category": "Table", "text": "<table><tr><td>a"}, {"category": "Text", "text": "b"}])

    assert seen(parsed("dots", answer)) == [("table", ["a"]), ("text", ["b"])]


def test_an_answer_that_is_no_list_is_plain_text() -> None:
    result = parsed("dots", "# just text")

    assert (seen(result), result.warnings) == ([("text", ["# just text"])], (NO_LIST,))


def test_an_empty_list_is_an_empty_page() -> None:
    assert parsed("dots", "[]").regions == ()
