"""Answers in HTML. All answers here are made by us, in the shape in which such models answer."""

from __future__ import annotations

import pytest

from notesyncd.read.parsers.html import NO_HTML
from tests.unit.read.parsers.parsing import edges, lines, parsed, seen, words, written

CHANDRA = """<div data-bbox="100 50 900 120" data-label="Section-Header"><h1>Shopping &amp; more</h1></div>
<div data-bbox="0 512 1024 1024" data-label="Text"><p>First line<br/>second <math>x^2 &lt; 3</math></p>
<p>Another
paragraph</p></div>
<div data-bbox="[0, 0, 512, 256]" data-label="List-Group"><ol><li>one</li><li><p>two</p><ul><li>deep</li></ul></li></ol>
<ul><li><input type="checkbox" checked/> Milk</li><li><input type="checkbox"> Eggs</li></ul></div>
<div data-bbox="0 0 100 100" data-label="Image"><img alt="A -> B > C"/></div>
<div data-bbox="0 0 100 100" data-label="Equation-Block"><math display="block">\\frac{a}{b}</math></div>
<div data-bbox="0 0 100 100" data-label="Form">Yes <input type="radio" checked> No <input type="radio"> Name:
<input type="text" value="J&eacute;an D"></div>
<div data-bbox="0 0 100 100" data-label="Table"><table><tbody><tr><td>a</td><td><input type=checkbox checked></td></tr>
</tbody></table></div>
"""


def test_chandra() -> None:
    result = parsed("chandra-1024", CHANDRA)

    assert seen(result) == [
        ("heading", ["Shopping & more"]),
        ("text", ["First line", "second x^2 < 3"]),
        ("text", ["Another paragraph"]),
        ("list", ["1. one"]),
        ("list", ["2. two"]),
        ("list", ["deep"]),
        ("list", ["Milk"]),
        ("list", ["Eggs"]),
        ("drawing", []),
        ("math", ["\\frac{a}{b}"]),
        ("text", ["Yes ☑ No ☐ Name: Jéan D"]),
        ("table", ["a ☑"]),
    ]
    assert [region.checked for region in result.regions[5:8]] == [None, True, False]
    assert result.regions[-1].cells == (("a", "☑"),)
    assert written(CHANDRA, result) == {
        "&": "&amp;",
        "<": "&lt;",
        "1.": "<li>",
        "2.": "<li>",
        "☑": "<input type=checkbox checked>",
        "☐": '<input type="radio">',
        "Jéan": "J&eacute;an",
    }
    assert result.warnings == ()


@pytest.mark.parametrize(("parser", "scale"), [("chandra-1024", 1024), ("chandra-1000", 1000)])
def test_chandras_boxes_are_shares_of_the_picture_times_a_scale(parser: str, scale: int) -> None:
    half = scale // 2
    result = parsed(
        parser, f'<div data-bbox="{half} 0 {scale} {half}" data-label="Text"><p>a</p><p>b</p></div><p>c</p>'
    )

    assert [edges(region.box) for region in result.regions] == [(1050, 0, 2100, 1400)] * 2 + [None]


@pytest.mark.parametrize("bbox", ["", "1 2 3", "a b c d", "1 2 3 4 5", "5 5 5 5", "nan 0 1 1", "9e999 0 1 1"])
def test_a_box_that_is_none_is_left_out_with_a_warning(bbox: str) -> None:
    result = parsed("chandra-1000", f'<div data-bbox="{bbox}" data-label="Text">word</div>')

    assert [edges(region.box) for region in result.regions] == [None]
    assert len(result.warnings) == 1


def test_edges_the_wrong_way_round_are_swapped_and_boxes_end_at_the_page() -> None:
    result = parsed("chandra-1000", '<div data-bbox="500 1200 -100 500" data-label="Text">word</div>')

    assert edges(result.regions[0].box) == (0, 1400, 1050, 2800)


def test_a_header_without_a_heading_tag_is_a_heading() -> None:
    (region,) = parsed("chandra-1000", '<div data-bbox="0 0 1 1" data-label="Section-Header"><p>Top</p></div>').regions

    assert (region.kind, region.level, lines(region)) == ("heading", 2, ["Top"])


def test_an_equation_without_a_tag_is_one() -> None:
    (region,) = parsed("chandra-1000", '<div data-bbox="0 0 1 1" data-label="Equation-Block">a + b = c</div>').regions

    assert (region.kind, lines(region)) == ("math", ["a + b = c"])


def test_html() -> None:
    answer = (
        "<!DOCTYPE html><html><head><title>no</title><style>p{}</style></head><body><h2>Head</h2>"
        "<p>one <b>bo</b>ld&nbsp;word<br>two</p><pre>a  b\n c</pre><ol start=3><li>x<li value=9>y</ol>"
        "<script>alert('<p>no</p>')</script><!-- no --></body></html>"
    )
    result = parsed("html", answer)

    assert seen(result) == [
        ("heading", ["Head"]),
        ("text", ["one bold word", "two"]),
        ("text", ["a b", "c"]),
        ("list", ["3. x"]),
        ("list", ["9. y"]),
    ]
    assert written(answer, result) == {"bold": "bo</b>ld", "3.": "<li>", "9.": "<li value=9>"}


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ("<tr><td>a<td>b<tr><td>c", (("a", "b"), ("c", ""))),
        ("<caption>Sums</caption><tr><th>a</th></tr>", (("Sums",), ("a",))),
        ("<tr><td rowspan=3>a</td><td>b</td></tr><tr><td>c</td></tr><tr></tr>", (("a", "b"), ("", "c"), ("", ""))),
        ("<tr><td colspan='x'>a</td><td colspan=0>b</td></tr>", (("a", "b"),)),
        ("<tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr>", (("a b c", "d"),)),
        ("<tr><td><p>a</p><ul><li>b</li></ul></td><td><h2>c</h2></td></tr>", (("a b", "c"),)),
        ("<tr><td>a</td>stray<td>b</td></tr>", (("a", "stray", "b"),)),
        ("<tr><td colspan=5000 rowspan=5000>a</td></tr>", (("a", *[""] * 99),)),
    ],
)
def test_tables(rows: str, cells: tuple[tuple[str, ...], ...]) -> None:
    (table,) = parsed("html", f"<table>{rows}</table>").regions

    assert table.cells == cells
    assert "".join("".join(lines(table)).split()) == "".join("".join(cell.split()) for row in cells for cell in row)


def test_a_table_without_words_is_none() -> None:
    assert parsed("html", "<table><tr><td> </td></tr></table>").regions == ()


def test_a_picture_in_a_table_follows_it() -> None:
    answer = "<table><tr><td>a<img alt='b'></td></tr></table>c"

    assert seen(parsed("html", answer)) == [("table", ["a"]), ("drawing", []), ("text", ["c"])]


@pytest.mark.parametrize(
    "cut",
    [
        '<p>word</p><div data-bbox="1',
        "<p>word</p><div",
        "<p>word</",
        "<p>word</p",
        "<p>word</ta",
        "<p>word<br",
        "<math>word",
        "<table><tr><td>word",
    ],
)
def test_a_cut_off_answer_keeps_its_words_and_no_markup(cut: str) -> None:
    assert [word.text for word in words(parsed("html", cut).regions)] == ["word"]


def test_an_answer_without_tags_is_plain_text() -> None:
    for parser in ("html", "chandra-1000"):
        result = parsed(parser, "a < b\n\n# c")

        assert (seen(result), result.warnings) == ([("text", ["a < b"]), ("text", ["# c"])], (NO_HTML,))


def test_an_empty_answer_is_an_empty_page() -> None:
    for parser in ("html", "chandra-1024"):
        result = parsed(parser, " \n")

        assert (result.regions, result.warnings) == ((), ())
