from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from notesyncd.api import Change, Correction, Transform, Word
from notesyncd.ledger import notes, tables, transcriptions, work
from tests.unit.ledger.builders import NOW, begin, compose, moment, page, read, register, transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from notesyncd.ledger.store import Ledger
    from notesyncd.ledger.work import Claim

PAGE = page("page").id


def row(connection: Connection, page_id: str = PAGE):
    table = tables.transcription
    return connection.execute(select(table).where(table.c.page_id == page_id)).one()


def note_state(connection: Connection, note_id: str) -> str:
    return connection.execute(select(tables.note.c.state).where(tables.note.c.id == note_id)).scalar_one()


def correction(number: int, *, before: str = "milk", after: str | None = "silk", undoes: str | None = None) -> Change:
    made = Correction(
        id=f"c{number}",
        page_id=PAGE,
        transcript_version=1,
        kind="undo" if undoes else "replace",
        word_ids=("w1",),
        by="somebody",
        at=moment(NOW + number),
        before=before,
        after=after,
        undoes=undoes,
    )
    words = Word(id="w1", text=before), Word(id="w1", text=after or "", flags=("corrected",))
    return Change(correction=made, removed=words[:1], added=words[1:], line_id="l1", after_word_id=None)


# ------------------------------------------------------------------------------------------------------ commit 2: read


def test_a_reading_is_kept_whole(ledger: Ledger) -> None:
    turned = Transform(rows=((0.0, 1.0, 0.0), (-1.0, 0.0, 100.0), (0.0, 0.0, 1.0)))
    with ledger.write() as connection:
        register(connection, "page")
        assert transcriptions.newest(connection, PAGE) is None
        assert transcriptions.upright(connection, PAGE) is None
        transcriptions.finish(
            connection,
            begin(connection, "transcription", PAGE),
            outcome="text",
            transcript=transcript(PAGE),
            to_raster=turned,
            now=NOW,
        )
        assert transcriptions.newest(connection, PAGE) == transcript(PAGE)
        assert transcriptions.upright(connection, PAGE) == turned
        assert (row(connection).state, row(connection).outcome, row(connection).version) == ("done", "text", 1)


def test_a_second_reading_overwrites_nothing(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "page")
        read(connection, "page", "milk")
        connection.execute(tables.transcription.update().values(state="queued"))
        read(connection, "page", "silk")
        newest = transcriptions.newest(connection, PAGE)
        assert newest is not None
        assert (newest.version, newest.text) == (2, "silk")
        versions = connection.execute(select(tables.transcript.c.version)).scalars().all()
        assert versions == [1, 2]


def test_a_note_is_queued_only_when_all_its_pages_are_settled(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "1", "2", "3")
        for name in ("1", "2"):
            read(connection, name)
            assert note_state(connection, note_id) == "waiting"
            assert work.due(connection, "note", now=NOW, limit=1) == []
        read(connection, "3")
        assert work.due(connection, "note", now=NOW, limit=1) == [note_id]


def _blank(connection: Connection, claim: Claim) -> None:
    transcriptions.finish(connection, claim, outcome="blank", transcript=None, to_raster=None, now=NOW)


def _parked(connection: Connection, claim: Claim) -> None:
    transcriptions.park(connection, claim, hold="auth", error="the server wants a key", now=NOW)


def _failed(connection: Connection, claim: Claim) -> None:
    transcriptions.fail(connection, claim, error="no reader can read this", now=NOW)


def _poisoned(connection: Connection, claim: Claim) -> None:
    for _ in range(transcriptions.STRIKES - 1):
        transcriptions.strike(connection, claim, due_at=NOW, error="the reader died", now=NOW)
        claim = begin(connection, "transcription", claim.key)
    transcriptions.strike(connection, claim, due_at=NOW, error="the reader died", now=NOW)


@pytest.mark.parametrize("settle", [_blank, _parked, _failed, _poisoned])
def test_a_page_is_settled_also_when_it_gives_no_text(
    ledger: Ledger, settle: Callable[[Connection, Claim], None]
) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "good", "bad")
        read(connection, "good")
        assert note_state(connection, note_id) == "waiting"
        settle(connection, begin(connection, "transcription", page("bad").id))
        assert note_state(connection, note_id) == "queued"


def test_every_note_with_the_page_is_queued(ledger: Ledger) -> None:
    with ledger.write() as connection:
        both = {register(connection, "page"), register(connection, "page", "other")}
        read(connection, "other")
        read(connection, "page")
        assert set(work.due(connection, "note", now=NOW, limit=9)) == both


def test_a_postponed_page_is_tried_again_later_and_does_not_settle(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page")
        claim = begin(connection, "transcription", PAGE)
        transcriptions.postpone(connection, claim, due_at=NOW + 60, error="the server is busy", now=NOW)
        assert note_state(connection, note_id) == "waiting"
        assert work.due(connection, "transcription", now=NOW + 59, limit=1) == []
        assert work.due(connection, "transcription", now=NOW + 60, limit=1) == [PAGE]
        assert row(connection).last_error == "the server is busy"


# --------------------------------------------------------------------------------------------------------- strikes, retry


def test_the_third_strike_parks_a_page_as_poison(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "page")
        for strikes in (1, 2):
            claim = begin(connection, "transcription", PAGE)
            transcriptions.strike(connection, claim, due_at=NOW, error="the reader hung", now=NOW)
            assert (row(connection).state, row(connection).strikes) == ("queued", strikes)
        claim = begin(connection, "transcription", PAGE)
        transcriptions.strike(connection, claim, due_at=NOW, error="the reader hung", now=NOW)
        poisoned = row(connection)
        assert (poisoned.state, poisoned.hold, poisoned.strikes) == ("parked", "poison", 3)
        assert poisoned.last_error == "the reader hung (3 times)"


def test_a_page_that_was_read_has_no_strikes(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "page")
        claim = begin(connection, "transcription", PAGE)
        transcriptions.strike(connection, claim, due_at=NOW, error="the reader hung", now=NOW)
        read(connection, "page")
        assert (row(connection).strikes, row(connection).last_error) == (0, None)


def test_the_death_of_the_daemon_is_no_strike(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "page")
        for _ in range(5):
            begin(connection, "transcription", PAGE)
            work.free_running(connection, now=NOW)
        assert row(connection).strikes == 0


def test_retry_gives_parked_and_failed_pages_a_fresh_start(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for name, settle in (("parked", _parked), ("failed", _failed), ("poison", _poisoned)):
            register(connection, name)
            settle(connection, begin(connection, "transcription", page(name).id))
        register(connection, "done")
        read(connection, "done")
        assert transcriptions.retry(connection, now=NOW + 5, page_id=page("parked").id) == 1
        assert transcriptions.retry(connection, now=NOW + 5) == 2
        fresh = [row(connection, page(name).id) for name in ("parked", "failed", "poison")]
        assert {(r.state, r.hold, r.attempts, r.strikes, r.due_at) for r in fresh} == {("queued", None, 0, 0, NOW + 5)}


# ------------------------------------------------------------------------------------------------------------ corrections


@pytest.fixture
def read_page(ledger: Ledger) -> Ledger:
    """A ledger with one page that says "milk eggs", its note composed."""
    with ledger.write() as connection:
        note_id = register(connection, "page")
        read(connection, "page")
        compose(connection, note_id, routed=())
    return ledger


def corrected(ledger: Ledger, version: int, change: Change, text: str = "silk eggs") -> None:
    with ledger.write() as connection:
        transcriptions.correct(connection, transcript(PAGE, text, version=version), change, now=NOW)


def test_a_correction_is_kept_with_its_version_and_queues_the_note(read_page: Ledger) -> None:
    corrected(read_page, 2, correction(1))
    with read_page.read() as connection:
        newest = transcriptions.newest(connection, PAGE)
        assert newest is not None
        assert (newest.version, newest.text) == (2, "silk eggs")
        assert transcriptions.changes(connection, PAGE) == [correction(1)]
        assert transcriptions.change(connection, "c1") == correction(1)
        assert len(work.due(connection, "note", now=NOW, limit=9)) == 1


def test_a_correction_reaches_the_pages_of_the_note(read_page: Ledger) -> None:
    corrected(read_page, 2, correction(1))
    with read_page.read() as connection:
        (note_id,) = work.due(connection, "note", now=NOW, limit=9)
        (found,) = notes.pages(connection, note_id)
        assert found.transcript is not None
        assert found.transcript.text == "silk eggs"


def test_an_undone_correction_is_history(read_page: Ledger) -> None:
    corrected(read_page, 2, correction(1))
    corrected(read_page, 3, correction(2, before="silk", after="ilk"))
    corrected(read_page, 4, correction(3, before="ilk", after="silk", undoes="c2"))
    with read_page.read() as connection:
        assert [change.correction.id for change in transcriptions.changes(connection, PAGE)] == ["c1"]
        everything = transcriptions.changes(connection, PAGE, live=False)
        assert [change.correction.id for change in everything] == ["c1", "c2", "c3"]


def test_a_correction_may_come_while_the_page_is_read_again(read_page: Ledger) -> None:
    """The reading that ends afterwards finds it: corrections are anchored as of the end, not the beginning."""
    with read_page.write() as connection:
        connection.execute(tables.transcription.update().values(state="queued"))
        claim = begin(connection, "transcription", PAGE)
    corrected(read_page, 2, correction(1))
    with read_page.write() as connection:
        found = transcriptions.changes(connection, PAGE)
        assert found == [correction(1)]
        anchored = replace(found[0], line_id="l7")
        transcriptions.finish(
            connection,
            claim,
            outcome="text",
            transcript=transcript(PAGE, "silk eggs", version=3),
            to_raster=None,
            anchored=[anchored],
            now=NOW,
        )
        assert transcriptions.changes(connection, PAGE) == [anchored]
        newest = transcriptions.newest(connection, PAGE)
        assert newest is not None
        assert newest.version == 3


def test_a_correction_without_a_place_stays_as_a_conflict_and_may_be_anchored_later(read_page: Ledger) -> None:
    corrected(read_page, 2, correction(1))
    for version, anchored, conflicts, state in ((3, [], ["c1"], "conflict"), (4, [correction(1)], [], "live")):
        with read_page.write() as connection:
            connection.execute(tables.transcription.update().values(state="queued"))
            assert transcriptions.changes(connection, PAGE) == [correction(1)]
            transcriptions.finish(
                connection,
                begin(connection, "transcription", PAGE),
                outcome="text",
                transcript=transcript(PAGE, version=version),
                to_raster=None,
                anchored=anchored,
                conflicts=conflicts,
                now=NOW,
            )
            assert connection.execute(select(tables.correction.c.state)).scalar_one() == state


def test_a_correction_that_fails_leaves_nothing_behind(read_page: Ledger) -> None:
    corrected(read_page, 2, correction(1))
    with pytest.raises(IntegrityError), read_page.write() as connection:
        transcriptions.correct(connection, transcript(PAGE, "other", version=3), correction(1), now=NOW)
    with read_page.read() as connection:
        newest = transcriptions.newest(connection, PAGE)
        assert newest is not None
        assert newest.version == 2
