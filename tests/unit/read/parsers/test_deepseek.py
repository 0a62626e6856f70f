"""Answers of DeepSeek-OCR. All answers here are made by us, in the shape in which the model answers."""

from __future__ import annotations

import pytest

from notesyncd.read.parsers.deepseek import CUT_OFF
from tests.unit.read.parsers.parsing import edges, lines, parsed, seen, words

MARKDOWN = """<|ref|>title<|/ref|><|det|>[[0, 0, 999, 100]]<|/det|>
# Garden

<|ref|>text<|/ref|><|det|>[[0, 111, 333, 222]]<|/det|>
Sow **beans** in May
and \\( n^2 \\) peas.

<|ref|>sub_title<|/ref|><|det|>[[0, 300, 333, 333]]<|/det|>
Later

<|ref|>table<|/ref|><|det|>[[0, 333, 999, 666]]<|/det|>
<table><tr><td>bed</td><td>2</td></tr></table>

<|ref|>image<|/ref|><|det|>[[0, 666, 333, 999]]<|/det|>
"""

LINES = """<|ref|>Sow beans<|/ref|><|det|>[[0, 0, 333, 111]]<|/det|>
<|ref|>in May 5月<|/ref|><|det|>[[0, 111, 333, 222], [333, 111, 666, 222]]<|/det|>
"""


def test_markdown_with_boxes() -> None:
    result = parsed("deepseek", MARKDOWN)

    assert seen(result) == [
        ("heading", ["Garden"]),
        ("text", ["Sow beans in May", "and n^2 peas."]),
        ("heading", ["Later"]),
        ("table", ["bed 2"]),
        ("drawing", []),
    ]
    assert [edges(region.box) for region in result.regions] == [
        (0, 0, 2100, 280.3),
        (0, 311.1, 700, 622.2),
        (0, 840.8, 700, 933.3),
        (0, 933.3, 2100, 1866.7),
        (0, 1866.7, 700, 2800),
    ]
    assert result.regions[2].level == 2
    assert result.warnings == ()


def test_lines_with_boxes() -> None:
    result = parsed("deepseek", LINES)

    assert seen(result) == [("text", ["Sow beans", "in May 5 月"])]
    assert [edges(line.box) for line in result.regions[0].lines] == [(0, 0, 700, 311.1), (0, 311.1, 1400, 622.2)]
    assert all(LINES[word.begin : word.end] == word.text for word in words(result.regions))


def test_free_ocr_is_plain_text() -> None:
    assert seen(parsed("deepseek", "# 3 beds\n* beans *\n\nend")) == [
        ("text", ["# 3 beds", "* beans *"]),
        ("text", ["end"]),
    ]


def test_free_ocr_with_a_table_in_html() -> None:
    answer = "Beds\n\n<table><tr><td>a</td><td>b</td></tr></table>"

    assert seen(parsed("deepseek", answer)) == [("text", ["Beds"]), ("table", ["a b"])]


def test_a_drawing_alone() -> None:
    assert seen(parsed("deepseek", "<|ref|>image<|/ref|><|det|>[[0, 0, 9, 9]]<|/det|>")) == [("drawing", [])]


@pytest.mark.parametrize("end", ["<|ref|>th", "<|ref|>th<|/ref|>", "<|ref|>th<|/ref|><|det|>[[1, 2", "<|re", "<|ref|>"])
def test_what_is_cut_off_is_left_out(end: str) -> None:
    result = parsed("deepseek", LINES + end)

    assert [line for region in result.regions for line in lines(region)] == ["Sow beans", "in May 5 月"]
    assert result.warnings == ((CUT_OFF,) if "<|ref|>" in end else ())


@pytest.mark.parametrize("box", ["[[]]", "[[1, 2, 3]]", "x", "", "[[5, 5, 5, 5]]"])
def test_a_box_that_is_none_is_left_out_with_a_warning(box: str) -> None:
    result = parsed("deepseek", f"<|ref|>word<|/ref|><|det|>{box}<|/det|>")

    assert seen(result) == [("text", ["word"])]
    assert result.regions[0].lines[0].box is None
    assert len(result.warnings) == 1


def test_marks_out_of_order_never_become_words() -> None:
    answer = "<|/det|>a <|det|>b<|/ref|> c\n" + LINES

    assert [word.text for word in words(parsed("deepseek", answer).regions)][:3] == ["a", "b", "c"]
