"""Whether the light reader saw a phrase."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.guards.seen import is_seen, squeezed, times_seen
from tests.unit.read.guards.pages import LETTER, TEGAMI, misread

LINES = (
    "I'm sorry, but I can't help you on Friday.",
    "Here is the list for Anna",
    "Let me know if you need anything else",
    "I must not talk in class",
)
REMARKS = (
    "Here is the transcription of the handwritten text:",
    "Here is the text:",
    "The image shows a handwritten note",
    "Let me know if you need any further assistance.",
    "I'm sorry, but I can't assist with that request.",
    "Of course",
    "Sure",
)


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_page_is_seen_though_a_fifth_of_it_is_misread(line: str) -> None:
    readings = [misread(f"{LETTER}\n{line}", 0.2, seed) for seed in range(20)]

    assert sum(is_seen(line, words) for words in readings) >= 19


@pytest.mark.parametrize("remark", REMARKS)
def test_what_is_not_on_the_page_is_not_seen(remark: str) -> None:
    assert not is_seen(remark, LETTER.split())
    assert not any(is_seen(remark, misread(LETTER, 0.3, seed)) for seed in range(20))


def test_a_phrase_is_seen_as_often_as_it_stands_there() -> None:
    page = "I must not talk in class\n" * 10

    assert times_seen("I must not talk in class", page.split()) == 10
    assert 8 <= times_seen("I must not talk in class", misread(page, 0.2)) <= 10


def test_words_may_be_parted_wrongly() -> None:
    assert is_seen("I must not talk in class", ["Imust", "nottalk", "incl", "ass"])


def test_a_phrase_is_found_within_a_run_of_characters_without_spaces() -> None:
    assert times_seen("ありがとうございます", ["ありがとうございます" * 5]) == 5
    assert is_seen("火曜日に長い雨の旅を終えて", TEGAMI.split())


@pytest.mark.parametrize(
    ("word", "words", "times"),
    [
        ("Sure", ["Sure,", "see", "you"], 1),
        ("Sure", ["sore"], 1),
        ("Sure", ["measure", "pleasure"], 0),  # a part of another word is none
        ("ha", ["hahaha", "ha"], 4),
        ("ha", ["what", "have"], 0),
        ("", ["a"], 0),
        ("…", ["a"], 0),
        ("Sure", [], 0),
        ("Sure", ["…", ""], 0),
    ],
)
def test_a_short_word_is_looked_for_by_itself(word: str, words: list[str], times: int) -> None:
    assert times_seen(word, words) == times


def test_case_width_and_marks_do_not_count() -> None:
    assert squeezed("Ｈｅｌｌｏ, Wörld! ½") == "hellowörld12"


def test_a_full_page_takes_no_time() -> None:
    words = LETTER.split() * 25
    begin = time.process_time()
    is_seen(REMARKS[0] * 20, words)

    assert len(words) > 2000
    assert time.process_time() - begin < 3  # measured .1 s


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=20))
def test_any_text_can_be_looked_for(phrase: str, words: list[str]) -> None:
    assert is_seen(phrase, words) == (times_seen(phrase, words) > 0)
