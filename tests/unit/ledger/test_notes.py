from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from notesyncd.ledger import notes, outbox, tables, transcriptions, work
from tests.unit.ledger.builders import (
    NOW,
    VAULT,
    begin,
    compose,
    composed,
    facts,
    note,
    page,
    read,
    register,
    revise,
    rows,
    sha,
)

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger


def state(ledger: Ledger, note_id: str) -> str:
    with ledger.read() as connection:
        return connection.execute(select(tables.note.c.state).where(tables.note.c.id == note_id)).scalar_one()


# ---------------------------------------------------------------------------------------------------------- when it is due


def test_a_note_waits_for_its_group_to_close(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page", closes_at=NOW + 120)
        read(connection, "page")
        assert work.due(connection, "note", now=NOW + 119, limit=1) == []
        assert work.due(connection, "note", now=NOW + 120, limit=1) == [note_id]


def test_a_note_of_a_closed_group_is_due_at_once(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page", closes_at=NOW - 120)
        read(connection, "page")
        assert work.due(connection, "note", now=NOW, limit=1) == [note_id]


def test_closing_the_groups_makes_their_notes_due(ledger: Ledger) -> None:
    with ledger.write() as connection:
        queued = register(connection, "read", closes_at=NOW + 120)
        waiting = register(connection, "unread", closes_at=NOW + 120)
        read(connection, "read")
        notes.close_groups(connection, now=NOW)
        assert work.due(connection, "note", now=NOW, limit=9) == [queued]
        read(connection, "unread")
        assert set(work.due(connection, "note", now=NOW, limit=9)) == {queued, waiting}


def test_a_page_that_joins_makes_the_note_wait_again(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "1")
        read(connection, "1")
        register(connection, "2", note_id=note_id)
    assert state(ledger, note_id) == "waiting"
    with ledger.write() as connection:
        read(connection, "2")
    assert state(ledger, note_id) == "queued"


def test_queueing_a_note_voids_its_running_compose(ledger: Ledger) -> None:
    """A correction that comes while the note is composed is not lost, and the older text is not kept."""
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
        claim = begin(connection, "note", note_id)
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
    with pytest.raises(work.StaleClaim), ledger.write() as connection:
        notes.finish(connection, claim, note=note(note_id, "void", revision=2), routed=(), configured=(), now=NOW)
    with ledger.write() as connection:
        assert notes.next_revision(connection, note_id) == 2
        assert work.due(connection, "note", now=NOW, limit=1) == [note_id]
        compose(connection, note_id, "corrected")
        assert notes.last_digest(connection, note_id) == sha("corrected")


# -------------------------------------------------------------------------------------------------------------- commit 3


def test_a_composed_note_has_a_revision_and_one_delivery_for_each_place(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.read() as connection:
        assert notes.revision(connection, note_id) == note(note_id, "first")
        assert notes.last_digest(connection, note_id) == sha("first")
    assert state(ledger, note_id) == "done"
    assert rows(ledger, note_id) == {1: "queued"}


def test_nothing_new_makes_no_revision_and_no_delivery(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
        claim = begin(connection, "note", note_id)
        notes.finish(connection, claim, note=None, routed=[VAULT], configured=[VAULT], now=NOW)
        assert notes.next_revision(connection, note_id) == 2
    assert state(ledger, note_id) == "done"
    assert rows(ledger, note_id) == {1: "queued"}


def test_a_note_of_blank_pages_is_done_without_a_revision_and_is_listed(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page")
        claim = begin(connection, "transcription", page("page").id)
        transcriptions.finish(connection, claim, outcome="blank", transcript=None, to_raster=None, now=NOW)
        notes.finish(
            connection, begin(connection, "note", note_id), note=None, routed=[VAULT], configured=[VAULT], now=NOW
        )
        (listed,) = notes.find(connection)
    assert (listed.id, listed.state, listed.revision, listed.title) == (note_id, "done", 0, None)
    assert rows(ledger, note_id) == {}


def test_revisions_are_found_by_number_and_by_content(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", "second", "first")
    with ledger.read() as connection:
        assert notes.revision(connection, note_id) == note(note_id, "first", revision=3)
        assert notes.revision(connection, note_id, 2) == note(note_id, "second", revision=2)
        assert notes.revision(connection, note_id, 4) is None
        assert notes.revision_with(connection, note_id, sha("second")) == note(note_id, "second", revision=2)
        assert notes.revision_with(connection, note_id, sha("first")) == note(note_id, "first", revision=3)
        assert notes.revision_with(connection, note_id, sha("never")) is None


def test_a_note_that_can_not_be_composed_waits_for_a_person(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
        notes.fail(connection, begin(connection, "note", note_id), error="a template is broken", now=NOW)
        (listed,) = notes.find(connection)
        assert (listed.state, listed.last_error) == ("failed", "a template is broken")
        assert notes.retry(connection, now=NOW, note_id="another") == 0
        assert notes.retry(connection, now=NOW) == 1
        assert work.due(connection, "note", now=NOW, limit=1) == [note_id]


def test_a_retried_note_is_held_by_nothing(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        connection.execute(update(tables.note).values(state="parked", hold="deaths", deaths=10))
        notes.retry(connection, now=NOW)
        kept = connection.execute(select(tables.note).where(tables.note.c.id == note_id)).one()
        assert (kept.state, kept.hold, kept.deaths) == ("queued", None, 0)


# ----------------------------------------------------------------------------------------------------------------- reading


def test_pages_stand_in_the_order_they_were_taken(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "b-late-1", "b-late-2", taken_at=NOW + 9)
        register(connection, "z-early", note_id=note_id, taken_at=NOW)
        register(connection, "a-early", note_id=note_id, taken_at=NOW)
        found = notes.pages(connection, note_id)
    assert [one.page for one in found] == [page(name) for name in ("a-early", "z-early", "b-late-1", "b-late-2")]
    assert [one.number for one in found] == [1, 1, 1, 2]
    assert found[0].source == facts("a-early").name


def test_a_page_tells_how_it_ended(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "good", "bad", "unread")
        read(connection, "good", "milk")
        transcriptions.fail(connection, begin(connection, "transcription", page("bad").id), error="torn", now=NOW)
        good, bad, unread = notes.pages(connection, note_id)
    assert (good.state, good.outcome, good.problem) == ("done", "text", None)
    assert good.transcript is not None
    assert good.transcript.text == "milk"
    assert (bad.state, bad.problem, bad.transcript) == ("failed", "torn", None)
    assert (unread.state, unread.problem, unread.transcript) == ("queued", None, None)


def test_the_reason_of_a_page_that_is_only_postponed_is_no_problem_of_the_note(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page")
        claim = begin(connection, "transcription", page("page").id)
        transcriptions.postpone(connection, claim, due_at=NOW, error="busy", now=NOW)
        assert notes.pages(connection, note_id)[0].problem is None


def test_capture_times_without_a_zone_stay_without_one(ledger: Ledger) -> None:
    naive, aware = datetime(2033, 5, 1, 12, 0), datetime(2033, 5, 1, 12, 0, tzinfo=UTC)
    with ledger.write() as connection:
        note_id = register(connection, "1")
        register(connection, "2", note_id=note_id)
        for name, taken in (("1", naive), ("2", aware)):
            here = tables.scan.c.digest == facts(name).scan.digest
            connection.execute(update(tables.scan).where(here).values(captured_at=taken.isoformat()))
        assert [one.captured_at for one in notes.pages(connection, note_id)] == [naive, aware]


# ------------------------------------------------------------------------------------------------------------------- lists


@pytest.fixture
def three(ledger: Ledger) -> list[str]:
    """Three notes, the oldest first."""
    with ledger.write() as connection:
        return [register(connection, name, now=NOW + number) for number, name in enumerate(("a", "b", "c"))]


def test_notes_are_listed_newest_first(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        assert [row.id for row in notes.find(connection)] == three[::-1]
        assert [row.id for row in notes.find(connection, limit=2)] == three[:0:-1]
        assert [row.id for row in notes.find(connection, since=NOW + 1)] == three[:0:-1]
        assert [row.id for row in notes.find(connection, ids=[three[0]])] == three[:1]
        assert notes.find(connection, ids=[]) == []
        assert [row.page_count for row in notes.find(connection)] == [1, 1, 1]


def test_notes_and_pages_are_found_by_the_beginning_of_their_ids(ledger: Ledger, three: list[str]) -> None:
    with ledger.read() as connection:
        for note_id in three:
            assert note_id in [row.id for row in notes.find(connection, prefix=note_id[:6])]
            assert [row.id for row in notes.find(connection, prefix=note_id)] == [note_id]
            assert [row.id for row in notes.find(connection, prefix=note_id.upper())] == [note_id]
        assert len(notes.find(connection, prefix="")) == 3
        assert notes.find(connection, prefix="%") == []
        assert notes.find(connection, prefix="_") == []
        assert notes.page_with(connection, page("a").id[:12]) == [page("a").id]
        assert notes.page_with(connection, "x") == []


def test_a_revision_after_a_delivery_goes_to_the_same_place(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    revise(ledger, note_id, "second")
    assert rows(ledger, note_id) == {1: "superseded", 2: "queued"}
    with ledger.read() as connection:
        assert [place for place, *_ in outbox.states(connection, note_id)] == [VAULT]
