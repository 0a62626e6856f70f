"""Plain answers. All answers here are made by us, in the shape in which such models answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.read.parsers.parsing import lines, parsed, seen, words


def test_lines_stay_as_they_are_written_and_blank_lines_part_regions() -> None:
    result = parsed("plain", "Monday, 3 May\n\nbuy milk\n  and eggs  \n \ncall Ann\n")

    assert seen(result) == [
        ("text", ["Monday, 3 May"]),
        ("text", ["buy milk", "and eggs"]),
        ("text", ["call Ann"]),
    ]
    assert result.warnings == ()


def test_what_looks_like_markup_is_literal() -> None:
    answer = "# todo #home\n* a_b_c **now**\n[ ] $5 & <b> \\n | x"

    assert "".join(word.text for word in words(parsed("plain", answer).regions)) == "".join(answer.split())


def test_a_word_names_its_characters_in_the_answer() -> None:
    answer = "日本語API はé\r\n[illegible] 😀"
    found = list(words(parsed("plain", answer).regions))

    assert [word.text for word in found] == ["日本語", "API", "は", "é", "[illegible]", "😀"]
    assert all(answer[word.begin : word.end] == word.text for word in found)


@pytest.mark.parametrize(
    "answer",
    [
        "```\nbuy milk\n```",
        "```text\nbuy milk\n```\n",
        "  \n````\nbuy milk\n````  ",
        "~~~\nbuy milk\n~~~",
        "```plaintext\r\nbuy milk\r\n```",
        "```\nbuy milk",  # the end was cut off
    ],
)
def test_a_fence_around_the_whole_answer_is_taken_off(answer: str) -> None:
    result = parsed("plain", answer)

    assert seen(result) == [("text", ["buy milk"])]
    assert all(answer[word.begin : word.end] == word.text for word in words(result.regions))


@pytest.mark.parametrize("answer", ["```\nx = 1\n```\nthen this", "first\n```\nx = 1\n```", "a ``` b"])
def test_a_fence_around_a_part_was_written_on_the_page(answer: str) -> None:
    assert "".join(line for region in parsed("plain", answer).regions for line in lines(region)).count("```") == (
        answer.count("```")
    )


@pytest.mark.parametrize("answer", ["", " ", "\n\n", "```\n```", "\u3000"])
def test_an_answer_without_words_has_no_regions(answer: str) -> None:
    assert parsed("plain", answer).regions == ()


@given(st.text(st.characters(exclude_characters="`~"), max_size=200))
def test_the_words_are_the_text_without_white_space(answer: str) -> None:
    found = parsed("plain", answer)

    assert "".join(word.text for word in words(found.regions)) == "".join(answer.split())
