"""Words of a recognised line: where they are cut, and where they are placed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.api import join_words
from notesyncd.read.words import word_ranges, word_spans


def words(text: str) -> list[str]:
    return [text[begin:end] for begin, end in word_ranges(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buy milk, and eggs", ["buy", "milk,", "and", "eggs"]),
        ("  two   spaces ", ["two", "spaces"]),
        ("今日は会議です", ["今日は会議です"]),  # kanji and kana are one run
        ("カタカナとひらがな", ["カタカナとひらがな"]),
        ("田中 太郎", ["田中", "太郎"]),
        ("APIの仕様書", ["API", "の仕様書"]),
        ("11月21日", ["11", "月", "21", "日"]),
        ("会議 (API)", ["会議", "(API)"]),
        ("「API」", ["「API」"]),  # marks belong to what they stand at
        ("", []),
        (" 　", []),
    ],
)
def test_words_are_cut_at_white_space_and_between_scripts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_stand_where_their_characters_stand() -> None:
    ab, cd = word_spans("ab cd", [10, 20, 50, 60], [1, 0.5, 0, 0.2, 0.4], 80)

    assert (ab.text, ab.start, ab.end, ab.score) == ("ab", 5, 25, 0.75)
    assert (cd.text, cd.start, cd.end, cd.score) == ("cd", 45, 65, pytest.approx(0.3))


def test_words_that_would_overlap_meet_halfway() -> None:
    wide, close = word_spans("wide i", [10, 30, 50, 70, 74], [1] * 6, 100)

    assert wide.end == close.start == 72


def test_a_line_without_fitting_characters_is_shared_out_evenly() -> None:
    ab, cd = word_spans("ab cd", [10, 20], [], 100)

    assert (ab.start, ab.end, cd.start, cd.end) == (0, 40, 60, 100)
    assert ab.score == cd.score == 0


LINES = st.text(st.sampled_from("ab1,.é 　会議のカ「」"), max_size=20)


@settings(max_examples=150, deadline=None)
@given(text=LINES, fitting=st.booleans(), data=st.data())
def test_words_say_what_the_line_says_and_follow_one_another_inside_it(
    text: str, fitting: bool, data: st.DataObject
) -> None:
    written = sum(not character.isspace() for character in text)
    count = written if fitting else data.draw(st.integers(0, 25))
    centers = sorted(data.draw(st.lists(st.floats(0, 200), min_size=count, max_size=count, unique=True)))

    spans = word_spans(text, centers, [0.5] * len(text), 200)

    assert "".join(join_words([span.text for span in spans]).split()) == "".join(text.split())
    assert all(0 <= span.start <= span.end <= 200 for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
