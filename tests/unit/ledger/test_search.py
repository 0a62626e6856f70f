from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notesyncd.api import Block, Span
from notesyncd.ledger import notes, search
from tests.unit.ledger.builders import NOW, begin, note, read, register, revise

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger

JAPANESE = "仕様書の腐敗について会議メモ"


def add(ledger: Ledger, name: str, text: str, **values: object) -> str:
    with ledger.write() as connection:
        note_id = register(connection, name)
        read(connection, name)
        composed = note(note_id, text, **values)
        notes.finish(connection, begin(connection, "note", note_id), note=composed, routed=(), configured=(), now=NOW)
    return note_id


def find(ledger: Ledger, query: str, **values: int) -> list[str]:
    with ledger.read() as connection:
        return search.search(connection, query, **values)


@pytest.mark.parametrize("query", ["会議", "仕様書", "腐敗", "メモ", "会議メモ", "腐敗について", "議", JAPANESE])
def test_words_inside_japanese_text_are_found(ledger: Ledger, query: str) -> None:
    japanese = add(ledger, "1", JAPANESE)
    add(ledger, "2", "milk and eggs")
    assert find(ledger, query) == [japanese]


@pytest.mark.parametrize("query", ["仕様", "書仕", "会議録", "様書 議", "milk"])
def test_what_does_not_stand_there_is_not_found(ledger: Ledger, query: str) -> None:
    add(ledger, "1", "仕羊様書会")
    assert find(ledger, query) == []


@pytest.mark.parametrize("query", ["ilk", "MILK", "milk eggs", "eggs milk", "mi eg", "milk m", "  milk\t\n eggs "])
def test_every_word_of_a_query_must_stand_there(ledger: Ledger, query: str) -> None:
    both = add(ledger, "1", "Milk and eggs")
    add(ledger, "2", "only mlk")
    add(ledger, "3", "only egs")
    assert find(ledger, query) == [both]


SPECIAL = [
    '"',
    "'",
    "%",
    "_",
    "*",
    "^",
    "\\",
    "NEAR(a b)",
    "a AND b",
    "NOT",
    "OR",
    "(",
    "title:x",
    "-x",
    "+x",
    "{a b}",
    "a%b",
    "100%",
]


@pytest.mark.parametrize("query", SPECIAL)
def test_signs_of_the_query_language_are_plain_text(ledger: Ledger, query: str) -> None:
    holds = add(ledger, "1", f"before {query} after")
    add(ledger, "2", "aab abb 1000 x near not or and")
    assert holds in find(ledger, query)
    if query in ("%", "_", "*", "a%b", "100%", '"', "\\"):
        assert find(ledger, query) == [holds]


@pytest.mark.parametrize("query", ["", " ", "\n\t", "\0", "\0\0\0"])
def test_an_empty_query_finds_nothing(ledger: Ledger, query: str) -> None:
    add(ledger, "1", "milk")
    assert find(ledger, query) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12))
def test_no_query_is_an_error(ledger: Ledger, query: str) -> None:
    assert find(ledger, query) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet="abc%_\"'\\ 会議書", min_size=1, max_size=30), data=st.data())
def test_any_part_of_a_note_finds_it(ledger: Ledger, text: str, data: st.DataObject) -> None:
    with ledger.write() as connection:
        if not notes.find(connection):
            register(connection, "page")
        note_id = notes.find(connection)[0].id
        search.index(connection, note(note_id, text, title="t"))
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert find(ledger, part) == ([note_id] if part.split() else [])


def test_only_the_newest_revision_is_found(ledger: Ledger) -> None:
    note_id = add(ledger, "1", "milk")
    revise(ledger, note_id, "silk", configured=())
    assert find(ledger, "milk") == []
    assert find(ledger, "silk") == [note_id]


def test_titles_tags_and_tables_are_found(ledger: Ledger) -> None:
    note_id = add(ledger, "1", "body", title="Heading line")
    table = Block(id="b2", kind="table", rows=(((Span(text="cell one"),), (Span(text="cell two"),)),))
    with ledger.write() as connection:
        plain = note(note_id, "body", title="Heading line")
        search.index(connection, dataclasses.replace(plain, blocks=(*plain.blocks, table), tags=("household",)))
    for query in ("heading", "cell two", "#household", "house"):
        assert find(ledger, query) == [note_id]


def test_the_number_of_hits_is_bounded(ledger: Ledger) -> None:
    for name in "abc":
        add(ledger, name, "milk")
    assert len(find(ledger, "milk", limit=2)) == 2
    assert len(find(ledger, "mi", limit=2)) == 2
    assert len(find(ledger, "milk")) == 3
