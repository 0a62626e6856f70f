from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from notesyncd.ledger import scans, tables, transcriptions, work
from tests.unit.ledger.builders import NOW, begin, facts, page, placed, register, transcript

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger

ROW = page("page").id


@pytest.fixture
def queued(ledger: Ledger) -> Ledger:
    """A ledger with one queued transcription."""
    with ledger.write() as connection:
        register(connection, "page")
    return ledger


def row(ledger: Ledger, page_id: str = ROW):
    table = tables.transcription
    with ledger.read() as connection:
        return connection.execute(select(table).where(table.c.page_id == page_id)).one()


def set_row(ledger: Ledger, **values: object) -> None:
    with ledger.write() as connection:
        connection.execute(update(tables.transcription).where(tables.transcription.c.page_id == ROW).values(**values))


def test_a_row_is_claimed_once(queued: Ledger) -> None:
    with queued.write() as connection:
        claim = work.begin(connection, "transcription", ROW, now=NOW, run_tag="one")
        assert claim is not None
        assert (claim.number, claim.attempts) == (1, 1)
        assert work.begin(connection, "transcription", ROW, now=NOW, run_tag="two") is None
    assert (row(queued).state, row(queued).run_tag) == ("running", "one")


def test_a_row_begins_only_when_it_is_due(queued: Ledger) -> None:
    with queued.write() as connection:
        assert work.begin(connection, "transcription", ROW, now=NOW - 1, run_tag="early") is None
        assert work.begin(connection, "transcription", ROW, now=NOW, run_tag="in time") is not None


def test_a_stale_claim_rolls_back_its_result(queued: Ledger) -> None:
    """A unit that was freed meanwhile and is run by somebody else changes nothing at its end."""
    with queued.write() as connection:
        stale = begin(connection, "transcription", ROW)
    with queued.write() as connection:
        work.free_running(connection, now=NOW)
        fresh = begin(connection, "transcription", ROW)
    with pytest.raises(work.StaleClaim), queued.write() as connection:
        connection.execute(insert(tables.meta).values(key="written before the end", value="x"))
        transcriptions.finish(
            connection, stale, outcome="text", transcript=transcript(ROW, "zombie"), to_raster=None, now=NOW
        )
    with queued.write() as connection:
        assert transcriptions.newest(connection, ROW) is None
        assert (
            connection.execute(select(tables.meta).where(tables.meta.c.key == "written before the end")).first() is None
        )
        transcriptions.finish(
            connection, fresh, outcome="text", transcript=transcript(ROW, "alive"), to_raster=None, now=NOW
        )
        newest = transcriptions.newest(connection, ROW)
        assert newest is not None
        assert newest.text == "alive"


def test_a_row_is_not_ended_twice(queued: Ledger) -> None:
    with queued.write() as connection:
        claim = begin(connection, "transcription", ROW)
        work.end(connection, claim, state="done", now=NOW)
    with pytest.raises(work.StaleClaim), queued.write() as connection:
        work.end(connection, claim, state="failed", now=NOW)
    assert row(queued).state == "done"


def test_every_end_is_kept_as_an_attempt(queued: Ledger) -> None:
    with queued.write() as connection:
        claim = begin(connection, "transcription", ROW)
        work.end(connection, claim, state="queued", now=NOW + 5, error="the reader is busy")
        attempt = connection.execute(select(tables.attempt)).one()
    assert attempt.kind == "transcription"
    assert attempt.subject == ROW
    assert (attempt.claim, attempt.outcome, attempt.error) == (1, "queued", "the reader is busy")
    assert (attempt.run_tag, attempt.ended_at) == ("test", NOW + 5)


def test_attempts_rise_until_the_row_is_done(queued: Ledger) -> None:
    for attempts in (1, 2, 3):
        with queued.write() as connection:
            claim = begin(connection, "transcription", ROW)
            assert claim.attempts == attempts
            work.end(connection, claim, state="queued", now=NOW, error="again")
    with queued.write() as connection:
        work.end(connection, begin(connection, "transcription", ROW), state="done", now=NOW)
    assert (row(queued).attempts, row(queued).last_error) == (0, None)


def test_a_released_row_loses_nothing(queued: Ledger) -> None:
    with queued.write() as connection:
        work.release(connection, begin(connection, "transcription", ROW))
    assert (row(queued).state, row(queued).attempts, row(queued).deaths) == ("queued", 0, 0)


def test_releasing_a_row_that_somebody_else_took_changes_nothing(queued: Ledger) -> None:
    with queued.write() as connection:
        stale = begin(connection, "transcription", ROW)
        work.release(connection, stale)
        begin(connection, "transcription", ROW)
        work.release(connection, stale)
    assert row(queued).state == "running"


def test_what_a_dead_daemon_left_running_is_queued_again(queued: Ledger) -> None:
    with queued.write() as connection:
        begin(connection, "transcription", ROW)
    with queued.write() as connection:
        assert work.free_running(connection, now=NOW + 1) == 1
        assert work.free_running(connection, now=NOW + 1) == 0
    assert (row(queued).state, row(queued).run_tag, row(queued).deaths) == ("queued", None, 1)


def test_an_end_breaks_the_row_of_deaths(queued: Ledger) -> None:
    set_row(queued, deaths=9)
    with queued.write() as connection:
        work.end(connection, begin(connection, "transcription", ROW), state="queued", now=NOW, error="try later")
    assert row(queued).deaths == 0


def test_what_ran_at_three_deaths_in_a_row_is_tried_last(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "deadly", now=NOW - 100)
        register(connection, "good", now=NOW)
        deadly, good = page("deadly").id, page("good").id
        for _ in range(work.TRIED_LAST_AFTER):
            assert work.due(connection, "transcription", now=NOW, limit=2) == [deadly, good]
            begin(connection, "transcription", deadly)
            work.free_running(connection, now=NOW)
        assert work.due(connection, "transcription", now=NOW, limit=2) == [good, deadly]
        assert work.due(connection, "transcription", now=NOW, limit=1) == [good]
        assert work.due(connection, "transcription", now=NOW, limit=1, besides=[good]) == [deadly]


def test_ten_deaths_in_a_row_park_a_row(queued: Ledger) -> None:
    with queued.write() as connection:
        for _ in range(work.PARKED_AFTER - 1):
            begin(connection, "transcription", ROW)
            work.free_running(connection, now=NOW)
            assert work.parked_by_deaths(connection) == []
        begin(connection, "transcription", ROW)
        work.free_running(connection, now=NOW)
        assert work.parked_by_deaths(connection) == [ROW]
        assert work.due(connection, "transcription", now=NOW, limit=1) == []
    assert (row(queued).state, row(queued).hold) == ("parked", "deaths")
    assert "died 10 times" in row(queued).last_error


def test_a_person_can_retry_what_was_parked_by_deaths(queued: Ledger) -> None:
    set_row(queued, state="parked", hold="deaths", deaths=10)
    with queued.write() as connection:
        assert transcriptions.retry(connection, now=NOW) == 1
    assert (row(queued).state, row(queued).hold, row(queued).deaths) == ("queued", None, 0)


def test_the_row_that_waits_longest_comes_first(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for name, due_at in (("late", NOW - 1), ("early", NOW - 3), ("middle", NOW - 2), ("future", NOW + 1)):
            scans.add(connection, facts(name), placed([page(name)]), now=due_at)
        found = work.due(connection, "transcription", now=NOW, limit=9)
        assert found == [page(name).id for name in ("early", "middle", "late")]
        assert work.due(connection, "transcription", now=NOW, limit=2) == found[:2]
        assert work.due(connection, "transcription", now=NOW, limit=2, besides=found[:2]) == found[2:]


def test_next_due_names_the_earliest_queued_row(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert work.next_due(connection, "transcription") is None
        for name, due_at in (("b", NOW + 20), ("a", NOW + 10)):
            scans.add(connection, facts(name), placed([page(name)]), now=due_at)
        assert work.next_due(connection, "transcription") == NOW + 10
        begin(connection, "transcription", page("a").id, now=NOW + 10)
        assert work.next_due(connection, "transcription") == NOW + 20
