from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd_obsidian.names import LONGEST_NAME, comparable, free_name, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Groceries", "Groceries.md"),
        ("Meeting: 5/6 | plan?", "Meeting- 5-6 - plan-.md"),
        ("#1 [[link]] ^id", "1 link id.md"),
        ("...hidden. ", "hidden.md"),
        ("con", "con_.md"),
        ("LPT1.notes", "LPT1_.notes.md"),
        ("control", "control.md"),
        ("a\x00b\u202eevil\ud800", "abevil.md"),
        ("no\u00a0break\u202fspace", "no break space.md"),
        ("e\u0301te\u0301", "été.md"),
        ("  \n ", "Untitled.md"),
        ("***", "---.md"),
    ],
)
def test_what_becomes_of_a_title(text: str, name: str) -> None:
    assert safe_name(text, suffix=".md") == name


@given(st.text(max_size=300))
def test_every_name_is_safe_everywhere(text: str) -> None:
    name = safe_name(text, suffix=".md")
    stem = name.removesuffix(".md")
    assert 0 < len(name.encode()) <= LONGEST_NAME
    assert not set(name) & set('\\/:|"*<>?#^[]')
    assert not any(ord(character) < 32 for character in name)
    assert not name.startswith(".")
    assert stem == stem.strip(" .")
    assert unicodedata.is_normalized("NFC", name)
    assert safe_name(stem, suffix=".md") == name


def test_a_long_name_is_cut_between_characters() -> None:
    family = "👩‍👩‍👧‍👦"
    name = safe_name(family * 20)
    assert len(name.encode()) <= LONGEST_NAME
    assert not name.endswith("\u200d")
    assert name.startswith(family)


def test_names_are_compared_as_the_pickiest_file_system_does() -> None:
    assert comparable("ÉTÉ.md") == comparable("e\u0301te\u0301.MD")
    assert comparable("a.md") != comparable("b.md")


def test_a_taken_name_gets_a_number() -> None:
    taken = {comparable("Meeting.md"), comparable("meeting 2.md")}
    assert free_name("Meeting.md", taken) == "Meeting 3.md"
    assert free_name("Plan.md", taken) == "Plan.md"
    longest = safe_name("x" * 500, suffix=".md")
    other = free_name(longest, {comparable(longest)})
    assert len(other.encode()) <= LONGEST_NAME
    assert other.endswith(" 2.md")
