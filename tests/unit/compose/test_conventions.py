"""Markers at the beginning of lines: what counts as one, and what only looks like it."""

from __future__ import annotations

import pytest

from notesyncd.compose.conventions import Marker, markers


def marker(text: str) -> Marker | None:
    return markers([text])[0]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("- milk", "milk"),
        ("-milk", "milk"),
        ("– milk", "milk"),
        ("* milk", "milk"),
        ("•milk", "milk"),
        ("·  milk", "milk"),
        ("・牛乳", "牛乳"),
    ],
)
def test_bullets(text: str, rest: str) -> None:
    found = marker(text)
    assert found is not None
    assert (text[found.length :], found.checked, found.ordinal) == (rest, None, None)


@pytest.mark.parametrize(
    ("text", "rest", "checked"),
    [
        ("[ ] milk", "milk", False),
        ("[] milk", "milk", False),
        ("[_]milk", "milk", False),
        ("［ ］ 牛乳", "牛乳", False),
        ("☐ milk", "milk", False),
        ("□milk", "milk", False),
        ("口 milk", "milk", False),
        ("[x] milk", "milk", True),
        ("[X]milk", "milk", True),
        ("- [v] milk", "milk", True),
        ("☑ milk", "milk", True),
        ("✓ milk", "milk", True),
        ("√ milk", "milk", True),
    ],
)
def test_checkboxes(text: str, rest: str, checked: bool) -> None:
    found = marker(text)
    assert found is not None
    assert (text[found.length :], found.checked) == (rest, checked)


def test_ordered_items_count_on() -> None:
    texts = [
        "1. one",
        "2) no neighbour",
        "2.two",
        "（1） eins",
        "(2) zwei",
        "5. after two lost ones",
        "9. too far away",
    ]
    found = markers(texts)
    assert [each and each.ordinal for each in found] == [1, None, 2, 1, 2, 5, None]
    assert [text[each.length :] for text, each in zip(texts, found, strict=True) if each] == [
        *("one", "two", "eins", "zwei", "after two lost ones"),
    ]


def test_a_list_may_begin_in_the_middle_of_its_count() -> None:
    assert [each and each.ordinal for each in markers(["5. five", "6. six"])] == [5, 6]


def test_a_lettered_item_keeps_its_letter() -> None:
    assert markers(["a) one", "b) two", "k) eleven"]) == [Marker(length=0), Marker(length=0), None]


@pytest.mark.parametrize(
    "text",
    [
        "-5 °C outside",
        "-",
        "*important*",
        "[x]",
        "[1] a source",
        "1.5 kg flour",
        "3. März 2026",
        "1. Mai 2026 Ausflug",
        "21.11.2026 meeting",
        "1984) was a year",
        "12. alone",
        "e. g. this",
        "口座を開く",
        "√2 is irrational",
        "plain words",
        "",
    ],
)
def test_what_only_looks_like_a_marker(text: str) -> None:
    assert marker(text) is None
