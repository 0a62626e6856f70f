"""Answers to our own prompt. All answers here are made by us, in the shape that the prompt asks for."""

from __future__ import annotations

import pytest

from tests.unit.read.parsers.parsing import parsed, seen, words

ANSWER = """Shopping #home

Item | Price
milk | $2
eggs |
total | $ \\frac{7}{2} $

[ ] call *Ann*
[x] pay $5, not $6
so $E = mc^2$ holds
$a^2 + b^2 = c^2$
$$
\\sum_i x_i \\\\
= 1
$$
# 3 <b> &amp; \\n
"""


def test_tables_and_formulas_are_told_from_what_is_literal() -> None:
    result = parsed("verbatim", ANSWER)

    assert seen(result) == [
        ("text", ["Shopping #home"]),
        ("table", ["Item Price", "milk $2", "eggs", "total \\frac{7}{2}"]),
        ("text", ["[ ] call *Ann*", "[x] pay $5, not $6", "so E = mc^2 holds"]),
        ("math", ["a^2 + b^2 = c^2", "\\sum_i x_i \\\\", "= 1"]),
        ("text", ["# 3 <b> &amp; \\n"]),
    ]
    assert result.regions[1].cells == (("Item", "Price"), ("milk", "$2"), ("eggs", ""), ("total", "\\frac{7}{2}"))
    assert all(ANSWER[word.begin : word.end] == word.text for word in words(result.regions))


@pytest.mark.parametrize(
    ("answer", "cells"),
    [
        ("a | b\nc | d", (("a", "b"), ("c", "d"))),
        ("| a | b |\n|---|:-:|\n| c | |", (("a", "b"), ("c", ""))),
        ("|a|b|\n|c|d|\n", (("a", "b"), ("c", "d"))),
        ("a | | b\n | c | d", (("a", "", "b"), ("", "c", "d"))),
        ("a | b\nc | d | e", (("a", "b", ""), ("c", "d", "e"))),
    ],
)
def test_rows_of_a_table(answer: str, cells: tuple[tuple[str, ...], ...]) -> None:
    (table,) = parsed("verbatim", answer).regions

    assert (table.kind, table.cells) == ("table", cells)


@pytest.mark.parametrize("answer", ["this | that", "a|b\nc|d", "||\n||", "| a\n\n| b", "x || y\nz || w"])
def test_pipes_that_make_no_table_are_literal(answer: str) -> None:
    result = parsed("verbatim", answer)

    assert {region.kind for region in result.regions} == {"text"}
    assert "".join(word.text for word in words(result.regions)) == "".join(answer.split())


def test_a_formula_that_is_cut_off_is_literal() -> None:
    assert seen(parsed("verbatim", "so $E = mc^2\n$$\nx")) == [("text", ["so $E = mc^2", "$$", "x"])]
