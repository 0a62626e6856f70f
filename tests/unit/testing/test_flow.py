"""The notation of a page's text, words and physical lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.testing.pages.flow import Item, Token, break_lines, parse, tokens


def test_each_kind_of_line_is_told_apart() -> None:
    text = "# Plan\n\n[ ] milk\n[x] eggs\n    - sub item\n| a | b |\n| c | |\n#tag [ ]"
    assert list(parse(text)) == [
        Item(kind="heading", text="Plan"),
        Item(),
        Item(kind="task", text="milk"),
        Item(kind="task", text="eggs", checked=True),
        Item(text="- sub item", indent=1),
        Item(kind="table", rows=(("a", "b"), ("c", ""))),
        Item(text="#tag [ ]"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two words", ["two", " words"]),
        ("3月4日に会議", ["3", "月", "4", "日に会議"]),
        ("仕様書(案)、v2の確認", ["仕様書(案)、v2", "の確認"]),
        ("it's 9:30-ish", ["it's", " 9:30-ish"]),
    ],
)
def test_words_end_at_spaces_and_where_letters_of_two_scripts_meet(text: str, words: list[str]) -> None:
    found = [token.text if token.glued or not i else " " + token.text for i, token in enumerate(tokens(text))]
    assert found == words


@given(st.text(alphabet="ab 1,会議の、。", max_size=40))
def test_words_are_the_whole_text(text: str) -> None:
    joined = "".join(token.text if token.glued else f" {token.text}" for token in tokens(text))
    assert joined.split() == text.split()


def broken(text: str, width: float) -> list[str]:
    lines = break_lines(tokens(text), advance=len, gap=1, width=width)
    return ["".join(t.text if t.glued or not i else f" {t.text}" for i, t in enumerate(line)) for line in lines]


def test_lines_break_at_spaces() -> None:
    assert broken("one two three", 7) == ["one two", "three"]


def test_japanese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    assert broken("会議の資料。次回", 5) == ["会議の資", "料。次回"]
    assert broken("資料を v2 で", 6) == ["資料を v2", "で"]


@given(st.text(alphabet="abc 会議の、。", max_size=60), st.integers(8, 20))
def test_breaking_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    words = [token for token in tokens(text) if len(token.text) <= width]
    lines = list(break_lines(words, advance=len, gap=1, width=width))
    assert "".join(t.text for line in lines for t in line) == "".join(t.text for t in words)
    for line in lines:
        spaces = sum(not token.glued for token in line[1:])
        assert sum(len(token.text) for token in line) + spaces <= width


def test_a_word_wider_than_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="wider than a line"):
        list(break_lines([Token(text="compost", glued=False)], advance=len, gap=1, width=5))
