from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from notesyncd.api import Change, Correction, ReaderId, Transcript, Word
from notesyncd.ledger import beside, notes, rereading, tables, transcriptions, work
from notesyncd.ledger.transcriptions import Wish
from tests.unit.ledger.builders import NOW, begin, compose, moment, page, register, transcript

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.store import Ledger


def by(reader: str, page_id: str, text: str = "milk eggs", **more: object) -> Transcript:
    made = transcript(page_id, text)
    provenance = replace(made.provenance, reader=ReaderId(name=reader, version="1"))
    return replace(made, provenance=provenance, **more)  # type: ignore[arg-type]


def read(connection: Connection, name: str, made: Transcript, **how: object) -> None:
    claim = begin(connection, "transcription", page(name).id)
    facts = {"outcome": "text", "transcript": made, "to_raster": None, "now": NOW} | how
    transcriptions.finish(connection, claim, **facts)  # type: ignore[arg-type]


def row(connection: Connection, name: str):
    table = tables.transcription
    return connection.execute(select(table).where(table.c.page_id == page(name).id)).one()


def correct(connection: Connection, name: str) -> None:
    page_id = page(name).id
    correction = Correction(
        id=f"c-{name}",
        page_id=page_id,
        transcript_version=1,
        kind="replace",
        word_ids=("w1",),
        by="somebody",
        at=moment(NOW),
        before="milk",
        after="silk",
    )
    words = Word(id="w1", text="milk"), Word(id="w1", text="silk", flags=("corrected",))
    change = Change(correction=correction, removed=words[:1], added=words[1:], line_id="l1", after_word_id=None)
    transcriptions.correct(connection, transcript(page_id, "silk eggs", version=2), change, now=NOW)


@pytest.fixture
def stock(ledger: Ledger) -> Ledger:
    """Pages by two readers, one of them corrected, a blank one and one that was never read."""
    with ledger.write() as connection:
        for name in ("light", "better", "corrected", "blank", "unread"):
            register(connection, name)
        read(connection, "light", by("rapidocr", page("light").id, warnings=("it is dim", "and askew")))
        read(connection, "better", by("mlx", page("better").id))
        read(connection, "corrected", by("rapidocr", page("corrected").id))
        read(connection, "blank", None, outcome="blank")  # type: ignore[arg-type]
        correct(connection, "corrected")
    return ledger


def found(ledger: Ledger, **which: object) -> set[str]:
    names = {page(name).id: name for name in ("light", "better", "corrected", "blank", "unread")}
    with ledger.read() as connection:
        return {names[each.id] for each in rereading.find(connection, **which)}  # type: ignore[arg-type]


def test_who_read_a_page_and_its_warnings_are_known_without_its_transcript(stock: Ledger) -> None:
    with stock.read() as connection:
        assert (row(connection, "light").read_by, row(connection, "light").warnings) == ("rapidocr", 2)
        assert (row(connection, "blank").read_by, row(connection, "blank").warnings) == (None, 0)


def test_pages_are_found_by_reader_time_and_name(stock: Ledger) -> None:
    assert found(stock) == {"light", "better", "corrected"}
    assert found(stock, read_by="rapidocr") == {"light", "corrected"}
    assert found(stock, read_by="nobody") == set()
    assert found(stock, since=NOW) == {"light", "better", "corrected"}
    assert found(stock, since=NOW + 1) == set()
    assert found(stock, ids=[page("blank").id, page("unread").id]) == {"blank", "unread"}
    assert found(stock, ids=[page("light").id], read_by="mlx") == set()


def test_what_stands_in_the_way_of_a_page_is_told(stock: Ledger) -> None:
    with stock.write() as connection:
        connection.execute(
            update(tables.scan_page).where(tables.scan_page.c.page_id == page("light").id).values(text_layer="[]")
        )
        told = {each.id: each for each in rereading.find(connection)}
    assert told[page("light").id].has_text_layer
    assert told[page("corrected").id].is_corrected
    assert not told[page("better").id].is_corrected
    assert not told[page("better").id].has_text_layer
    assert told[page("better").id].source == "better.jpg"


def test_pages_are_counted_by_reader_without_those_that_would_be_left_out(stock: Ledger) -> None:
    with stock.write() as connection:
        assert rereading.count_by_reader(connection) == {"rapidocr": 1, "mlx": 1}
        rereading.queue(connection, [page("light").id], again="instead", reader=None, now=NOW)
        assert rereading.count_by_reader(connection) == {"mlx": 1}


def queue(ledger: Ledger, *names: str, again: transcriptions.Again = "instead", reader: str | None = "mlx") -> None:
    with ledger.write() as connection:
        rereading.queue(connection, [page(name).id for name in names], again=again, reader=reader, now=NOW)


def test_a_queued_page_says_who_is_to_read_it_and_forgets_that_once_it_is_read(stock: Ledger) -> None:
    queue(stock, "light")
    with stock.write() as connection:
        assert transcriptions.wish(connection, page("light").id) == Wish(again="instead", reader="mlx")
        read(connection, "light", by("mlx", page("light").id, version=2))
        assert transcriptions.wish(connection, page("light").id) == Wish()
        assert (row(connection, "light").state, row(connection, "light").read_by) == ("done", "mlx")


def test_a_page_that_was_never_read_is_read_for_the_first_time(stock: Ledger) -> None:
    queue(stock, "unread")
    with stock.read() as connection:
        assert transcriptions.wish(connection, page("unread").id) == Wish(again=None, reader="mlx")


def test_a_page_that_is_being_read_is_left_alone(stock: Ledger) -> None:
    with stock.write() as connection:
        begin(connection, "transcription", page("unread").id)
    queue(stock, "unread")
    with stock.read() as connection:
        assert (row(connection, "unread").state, row(connection, "unread").reader) == ("running", None)


def test_pages_that_were_never_read_come_first(stock: Ledger) -> None:
    """A page that comes in must not wait until thousands were read again."""
    with stock.write() as connection:
        ids = [page(name).id for name in ("light", "better")]
        rereading.queue(connection, ids, again="instead", reader=None, now=NOW - 1000)
        due = work.due(connection, "transcription", now=NOW, limit=9)
        assert due[0] == page("unread").id
        assert set(due[1:]) == set(ids)
        assert work.due(connection, "transcription", now=NOW, limit=1, besides=due[:1])[0] in ids


def test_a_note_does_not_wait_for_pages_that_are_read_again(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "one", "two")
        for name in ("one", "two"):
            read(connection, name, by("rapidocr", page(name).id))
        compose(connection, note_id, routed=())
        rereading.queue(connection, [page("one").id], again="instead", reader=None, now=NOW)
        correct(connection, "two")
        assert work.due(connection, "note", now=NOW, limit=1) == [note_id]


def test_a_page_that_could_not_be_read_again_keeps_its_text(stock: Ledger) -> None:
    queue(stock, "light")
    with stock.write() as connection:
        claim = begin(connection, "transcription", page("light").id)
        transcriptions.park(connection, claim, hold="answer", error="it looped", now=NOW)
        (shown,) = (each for each in _pages(connection) if each.page.id == page("light").id)
        assert shown.transcript is not None
        assert (shown.state, shown.problem, shown.transcript.text) == ("parked", None, "milk eggs")
        assert transcriptions.retry(connection, now=NOW) == 1
        assert transcriptions.wish(connection, page("light").id) == Wish(again="instead", reader="mlx")


def _pages(connection: Connection) -> list[notes.PageOfNote]:
    ids = connection.execute(select(tables.note.c.id)).scalars().all()
    return [each for note_id in ids for each in notes.pages(connection, note_id)]


def test_a_reading_beside_changes_neither_page_nor_note(stock: Ledger) -> None:
    queue(stock, "light", again="beside")
    with stock.write() as connection:
        before = work.due(connection, "note", now=NOW, limit=99)
        claim = begin(connection, "transcription", page("light").id)
        transcriptions.finish_beside(connection, claim, by("mlx", page("light").id, "silk"), now=NOW)
        standing = transcriptions.newest(connection, page("light").id)
        assert standing is not None
        assert standing.text == "milk eggs"
        assert (row(connection, "light").state, row(connection, "light").read_by) == ("done", "rapidocr")
        assert transcriptions.wish(connection, page("light").id) == Wish()
        assert work.due(connection, "note", now=NOW, limit=99) == before
        (kept,) = beside.of_pages(connection, [page("light").id])[page("light").id]
        assert (kept.transcript.text, kept.kept_at) == ("silk", NOW)


def test_the_newest_readings_beside_a_page_are_kept(stock: Ledger) -> None:
    with stock.write() as connection:
        for number in range(5):
            beside.keep(connection, by("mlx", page("light").id, f"reading{number}"), now=NOW + number)
        found = beside.of_pages(connection, [page("light").id, page("better").id])
    assert list(found) == [page("light").id]
    assert [each.transcript.text for each in found[page("light").id]] == ["reading4", "reading3", "reading2"]


def test_readings_are_told_from_corrections(stock: Ledger) -> None:
    with stock.read() as connection:
        (reading,) = transcriptions.readings(connection, page("corrected").id)
        assert (reading.version, reading.text) == (1, "milk eggs")
