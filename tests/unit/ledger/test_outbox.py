from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from notesyncd.api import RemoteCopy
from notesyncd.ledger import notes, outbox, store, tables, work
from notesyncd.ledger.outbox import Place
from tests.unit.ledger.builders import (
    NOW,
    OTHER_VAULT,
    SLACK,
    VAULT,
    compose,
    composed,
    copy,
    deliver,
    due,
    mark,
    moment,
    read,
    receipt,
    register,
    revise,
    rows,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from notesyncd.domain.delivery import Delivery
    from notesyncd.ledger.store import Ledger
    from notesyncd.ledger.work import Claim


def row(ledger: Ledger, note_id: str, place: Place = VAULT):
    """The newest delivery of a note to a place."""
    table = tables.delivery
    here = (table.c.note_id == note_id) & (table.c.sink == place.sink) & (table.c.identity == place.identity)
    with ledger.read() as connection:
        return connection.execute(select(table).where(here).order_by(table.c.revision.desc())).first()


def configure(ledger: Ledger, *places: Place, now: float = NOW) -> None:
    with ledger.write() as connection:
        outbox.configure(connection, dict.fromkeys(places, "plugin"), now=now)


# ------------------------------------------------------------------------------------------------- commit 3: new rows


def test_a_note_goes_where_it_is_routed(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", routed=(VAULT, SLACK))
    assert (rows(ledger, note_id, VAULT), rows(ledger, note_id, SLACK)) == ({1: "queued"}, {1: "queued"})


def test_routes_decide_the_first_delivery_only(ledger: Ledger) -> None:
    """A tag was corrected away: a note once delivered is kept in step all the same."""
    note_id = composed(ledger, "first", routed=(VAULT, SLACK))
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
        compose(connection, note_id, "second", routed=(VAULT,), configured=(VAULT, SLACK))
    assert rows(ledger, note_id, SLACK) == {1: "superseded", 2: "queued"}


def test_a_later_route_brings_a_note_to_a_further_place(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    revise(ledger, note_id, "second", configured=(VAULT, SLACK))
    assert rows(ledger, note_id, SLACK) == {2: "queued"}


def test_a_row_for_a_place_that_is_away_is_parked_and_says_so(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    revise(ledger, note_id, "second", configured=())
    kept = row(ledger, note_id)
    assert (kept.revision, kept.state, kept.hold) == (2, "parked", "away")
    assert kept.last_error == "this sink is not configured at present"


def test_a_row_for_a_paused_sink_is_parked_and_says_why(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        outbox.pause(connection, VAULT, reason="the token was refused", now=NOW)
    assert (row(ledger, note_id).state, row(ledger, note_id).hold) == ("parked", "auth")
    revise(ledger, note_id, "second")
    assert (row(ledger, note_id).state, row(ledger, note_id).hold) == ("parked", "auth")
    assert row(ledger, note_id).last_error == "the token was refused"


def test_adding_a_revision_twice_is_harmless(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    with ledger.write() as connection:
        outbox.add(connection, note_id, 1, routed=[VAULT], configured=[VAULT], now=NOW)
    assert rows(ledger, note_id) == {1: "done"}


# ---------------------------------------------------------------------------------------------------------- what is due


def test_the_delivery_that_waits_longest_comes_first(ledger: Ledger) -> None:
    with ledger.write() as connection:
        configure_here = {VAULT: "plugin", SLACK: "plugin"}
        outbox.configure(connection, configure_here, now=NOW)
        made = []
        for name, now in (("late", NOW - 1), ("early", NOW - 3), ("middle", NOW - 2), ("future", NOW + 5)):
            made.append(register(connection, name))
            read(connection, name)
            compose(connection, made[-1], name, now=now + 10)
            connection.execute(update(tables.delivery).where(tables.delivery.c.note_id == made[-1]).values(due_at=now))
        late, early, middle, _ = made
        found = outbox.due(connection, VAULT, now=NOW, limit=9)
        assert [one.note_id for one in found] == [early, middle, late]
        assert outbox.due(connection, VAULT, now=NOW) == found[:1]
        assert outbox.due(connection, VAULT, now=NOW, besides=[found[0].id]) == found[1:2]
        assert outbox.due(connection, SLACK, now=NOW) == []
        assert outbox.next_due(connection, "obsidian") == NOW - 3
        assert outbox.next_due(connection, "slack") is None
        assert outbox.get(connection, found[0].id) == found[0]
        assert outbox.get(connection, 12345) is None


def test_nothing_is_due_while_a_sink_is_paused(ledger: Ledger) -> None:
    """Also not in ``next_due``: a worker that waits for it would spin."""
    composed(ledger, "first")
    with ledger.write() as connection:
        connection.execute(update(tables.sink).values(paused_reason="refused"))
        assert outbox.due(connection, VAULT, now=NOW) == []
        assert outbox.next_due(connection, "obsidian") is None


def test_nothing_is_due_at_another_identity(ledger: Ledger) -> None:
    composed(ledger, "first")
    with ledger.write() as connection:
        connection.execute(update(tables.sink).values(identity=OTHER_VAULT.identity))
        assert outbox.due(connection, OTHER_VAULT, now=NOW) == []
        assert outbox.next_due(connection, "obsidian") is None


def test_a_row_that_must_wait_stays_queued_and_says_why(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery = due(ledger)
    with ledger.write() as connection:
        outbox.postpone_unbegun(connection, delivery.id, due_at=NOW + 65, reason="an earlier request")
        assert outbox.due(connection, VAULT, now=NOW + 64) == []
        assert outbox.next_due(connection, "obsidian") == NOW + 65
    kept = row(ledger, note_id)
    assert (kept.state, kept.attempts, kept.last_error) == ("queued", 0, "an earlier request")


def test_a_row_that_began_meanwhile_is_not_postponed(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.postpone_unbegun(connection, delivery.id, due_at=NOW + 65, reason="x")
    assert (row(ledger, note_id).state, row(ledger, note_id).due_at) == ("running", NOW)


# ---------------------------------------------------------------------------------------------------- commits 4 and 5


def test_a_revision_counts_as_sent_before_its_first_byte_leaves(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    _, _, before, sent = start(ledger)
    assert before == copy_of(note_id)
    assert copy(ledger, note_id) == copy_of(note_id, maybe_sent=(mark(sent),))


def copy_of(note_id: str, **values: object) -> RemoteCopy:
    return RemoteCopy(note_id=note_id, sink=VAULT.sink, identity=VAULT.identity, **values)  # type: ignore[arg-type]


def test_all_unanswered_revisions_are_remembered_once_each(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    for attempt in range(2):
        delivery, claim, _, first = start(ledger, now=NOW + attempt)
        with ledger.write() as connection:
            outbox.postpone(connection, delivery, claim, due_at=NOW + attempt + 1, error="no answer", now=NOW + attempt)
    second = revise(ledger, note_id, "second")
    _, _, before, _ = start(ledger)
    assert before.maybe_sent == (mark(first),)
    assert copy(ledger, note_id).maybe_sent == (mark(first), mark(second))


def test_a_finished_delivery_leaves_a_receipt_and_nothing_uncertain(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, _, sent = start(ledger)
    with ledger.write() as connection:
        outbox.save_progress(connection, delivery, claim, {"written": 1})
    assert copy(ledger, note_id).progress == {"written": 1}
    with ledger.write() as connection:
        outbox.finish(connection, delivery, claim, receipt=receipt(), digest=sent.digest, now=NOW + 3)
    assert copy(ledger, note_id) == copy_of(
        note_id, receipt=receipt(), delivered=mark(sent), last_byte_at=moment(NOW + 3).astimezone()
    )
    assert rows(ledger, note_id) == {1: "done"}


def _postponed(connection: Connection, delivery: Delivery, claim: Claim) -> None:
    outbox.postpone(connection, delivery, claim, due_at=NOW + 30, error="why", now=NOW + 3)


def _parked(connection: Connection, delivery: Delivery, claim: Claim) -> None:
    outbox.park(connection, delivery, claim, hold="auth", error="why", now=NOW + 3)


def _failed(connection: Connection, delivery: Delivery, claim: Claim) -> None:
    outbox.fail(connection, delivery, claim, error="why", now=NOW + 3)


@pytest.mark.parametrize(("end", "state"), [(_postponed, "queued"), (_parked, "parked"), (_failed, "failed")])
def test_an_end_without_a_receipt_leaves_the_revision_as_possibly_sent(
    ledger: Ledger, end: Callable[[Connection, Delivery, Claim], None], state: str
) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, _, sent = start(ledger)
    with ledger.write() as connection:
        end(connection, delivery, claim)
    kept = row(ledger, note_id)
    assert (kept.state, kept.last_error, kept.since) == (state, "why", NOW + 3)
    assert copy(ledger, note_id) == copy_of(
        note_id, maybe_sent=(mark(sent),), last_byte_at=moment(NOW + 3).astimezone()
    )


@pytest.mark.parametrize("end", [_postponed, _parked, _failed])
def test_the_end_of_a_delivery_that_was_taken_away_changes_nothing(
    ledger: Ledger, end: Callable[[Connection, Delivery, Claim], None]
) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, _, sent = start(ledger)
    with ledger.write() as connection:
        work.free_running(connection, now=NOW)
    before = copy(ledger, note_id)
    with pytest.raises(work.StaleClaim), ledger.write() as connection:
        end(connection, delivery, claim)
    with pytest.raises(work.StaleClaim), ledger.write() as connection:
        outbox.finish(connection, delivery, claim, receipt=receipt(), digest=sent.digest, now=NOW)
    with pytest.raises(work.StaleClaim), ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="gone", now=NOW)
    assert copy(ledger, note_id) == before
    assert rows(ledger, note_id) == {1: "queued"}


def test_what_a_look_found_is_kept(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, *_ = start(ledger)
    with ledger.write() as connection:
        connection.execute(update(tables.remote_copy).values(tombstone=1, unsure=1))
        outbox.looked(connection, delivery, receipt=None)
    assert (copy(ledger, note_id).tombstone, copy(ledger, note_id).unsure) == (True, False)
    with ledger.write() as connection:
        outbox.looked(connection, delivery, receipt=receipt("found"))
    assert (copy(ledger, note_id).tombstone, copy(ledger, note_id).receipt) == (False, receipt("found"))


def test_a_removal_is_a_fact_of_the_copy(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    revise(ledger, note_id, "second")
    with ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="deleted by the user", now=NOW)
    assert rows(ledger, note_id) == {1: "removed", 2: "removed"}
    revise(ledger, note_id, "third")
    assert rows(ledger, note_id)[3] == "removed"
    assert row(ledger, note_id).last_error == "deleted by the user"


def test_a_removal_that_was_confirmed_after_a_restore_is_sure_again(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="gone", now=NOW)
        outbox.restored(connection, now=NOW)
    revise(ledger, note_id, "second")
    assert rows(ledger, note_id) == {1: "superseded", 2: "queued"}  # looks: the tombstone may be out of date
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="gone", now=NOW)
    revise(ledger, note_id, "third")
    assert rows(ledger, note_id)[3] == "removed"


def test_a_removal_at_one_place_concerns_no_other(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", routed=(VAULT, SLACK))
    delivery, claim, *_ = start(ledger, VAULT)
    with ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="gone", now=NOW)
    assert rows(ledger, note_id, SLACK) == {1: "queued"}
    assert not copy(ledger, note_id, SLACK).tombstone


# --------------------------------------------------------------------------------------------------------------- sinks


def test_a_start_parks_and_unparks_by_identity(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    configure(ledger, OTHER_VAULT, SLACK)
    assert (row(ledger, note_id).state, row(ledger, note_id).hold) == ("parked", "away")
    configure(ledger)
    assert row(ledger, note_id).state == "parked"
    configure(ledger, VAULT, now=NOW + 7)
    kept = row(ledger, note_id)
    assert (kept.state, kept.hold, kept.last_error, kept.due_at) == ("queued", None, None, NOW + 7)


def test_a_start_leaves_what_waits_for_a_person(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.park(connection, delivery, claim, hold="restored", error="asks", now=NOW)
    configure(ledger, VAULT)
    assert (row(ledger, note_id).state, row(ledger, note_id).hold) == ("parked", "restored")


def test_a_start_unpauses_every_sink(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        outbox.pause(connection, VAULT, reason="refused", now=NOW)
    configure(ledger, VAULT)
    assert due(ledger).note_id == note_id


def test_pausing_a_sink_parks_its_own_rows_only(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", routed=(VAULT, SLACK))
    with ledger.write() as connection:
        outbox.pause(connection, SLACK, reason="refused", now=NOW)
    assert (rows(ledger, note_id, VAULT), rows(ledger, note_id, SLACK)) == ({1: "queued"}, {1: "parked"})


# --------------------------------------------------------------------------------------------------------------- retry


def test_retry_unpauses_a_sink_even_if_no_row_is_parked_for_it(ledger: Ledger) -> None:
    composed(ledger, "first")
    with ledger.write() as connection:
        connection.execute(update(tables.sink).values(paused_reason="refused"))
        assert outbox.retry(connection, now=NOW) == 0
        assert len(outbox.due(connection, VAULT, now=NOW)) == 1


@pytest.mark.parametrize(
    ("sink", "queued"),
    [(None, {"obsidian", "slack"}), ("slack", {"slack"}), ("obsidian", {"obsidian"}), ("other", set())],
)
def test_retry_of_one_sink_leaves_the_others(ledger: Ledger, sink: str | None, queued: set[str]) -> None:
    composed(ledger, "first", routed=(VAULT, SLACK))
    with ledger.write() as connection:
        for place in (VAULT, SLACK):
            outbox.pause(connection, place, reason="refused", now=NOW)
        assert outbox.retry(connection, now=NOW + 9, sink=sink) == len(queued)
        found = {place.sink for place in (VAULT, SLACK) if outbox.due(connection, place, now=NOW + 9)}
    assert found == queued


def test_retry_of_one_note_leaves_the_others(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        other = register(connection, "other")
        read(connection, "other")
        compose(connection, other, "other")
        outbox.pause(connection, VAULT, reason="refused", now=NOW)
        assert outbox.retry(connection, now=NOW, note_id=note_id) == 1
        assert [one.note_id for one in outbox.due(connection, VAULT, now=NOW, limit=9)] == [note_id]


@pytest.mark.parametrize("hold", ["away", "approval"])
def test_retry_does_not_touch_what_waits_for_its_sink_or_for_approval(ledger: Ledger, hold: str) -> None:
    composed(ledger, "first")
    if hold == "away":
        configure(ledger)
    else:
        with ledger.write() as connection:
            connection.execute(update(tables.delivery).values(state="parked", hold=hold))
    with ledger.write() as connection:
        assert outbox.retry(connection, now=NOW) == 0


def test_a_failed_row_of_a_sink_that_is_away_stays_failed(ledger: Ledger) -> None:
    """Queued, it would wait in a queue that nobody serves."""
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.fail(connection, delivery, claim, error="why", now=NOW)
    configure(ledger, SLACK)
    with ledger.write() as connection:
        assert outbox.retry(connection, now=NOW) == 0
    assert rows(ledger, note_id) == {1: "failed"}


def test_a_retried_row_begins_afresh(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.fail(connection, delivery, claim, error="why", now=NOW)
        connection.execute(update(tables.delivery).values(deaths=4))
        assert outbox.retry(connection, now=NOW + 5) == 1
    kept = row(ledger, note_id)
    assert (kept.state, kept.attempts, kept.deaths, kept.due_at) == ("queued", 0, 0, NOW + 5)


# ------------------------------------------------------------------------------------------------ redeliver, backfill


def test_redeliver_of_a_tombstone_begins_a_new_life(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    revise(ledger, note_id, "second")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.save_progress(connection, delivery, claim, {"written": 1})
        outbox.removed(connection, delivery, claim, reason="gone", now=NOW + 1)
        assert outbox.redeliver(connection, note_id, VAULT, now=NOW + 2) == "recreate"
    since = moment(NOW + 2).astimezone()
    assert copy(ledger, note_id) == copy_of(note_id, since=since, last_byte_at=moment().astimezone())
    assert rows(ledger, note_id) == {1: "done", 2: "queued"}


def test_redeliver_at_a_paused_sink_is_parked_until_it_may_be_sent(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    with ledger.write() as connection:
        outbox.pause(connection, VAULT, reason="refused", now=NOW)
        assert outbox.redeliver(connection, note_id, VAULT, now=NOW) == "queued"
        assert outbox.due(connection, VAULT, now=NOW) == []
        assert outbox.retry(connection, now=NOW) == 1
        assert len(outbox.due(connection, VAULT, now=NOW)) == 1


def test_redeliver_knows_where_a_note_never_went(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    with ledger.write() as connection:
        assert outbox.redeliver(connection, note_id, SLACK, now=NOW) == "nothing"


def test_a_new_sink_starts_from_now_and_is_filled_on_demand(ledger: Ledger) -> None:
    first = composed(ledger, "first")
    with ledger.write() as connection:
        second = register(connection, "other", now=NOW + 5)
        read(connection, "other", now=NOW + 5)
        compose(connection, second, "other", routed=(), configured=(VAULT, SLACK), now=NOW + 5)
        register(connection, "unread", now=NOW + 6)
        outbox.configure(connection, {VAULT: "plugin", SLACK: "plugin"}, now=NOW)
        assert outbox.never_at(connection, "slack") == [first, second]
        assert outbox.never_at(connection, "slack", since=NOW + 1) == [second]
        assert outbox.never_at(connection, "obsidian") == [second]
        assert outbox.backfill(connection, SLACK, [first, second], now=NOW) == 2
        assert outbox.backfill(connection, SLACK, [first, second], now=NOW) == 0
        assert outbox.never_at(connection, "slack") == []
        assert {one.note_id for one in outbox.due(connection, SLACK, now=NOW, limit=9)} == {first, second}


def test_a_place_behind_an_old_name_is_a_new_sink(ledger: Ledger) -> None:
    """The name points to another vault: what the first one has, the second one never had."""
    note_id = composed(ledger, "first")
    deliver(ledger)
    with ledger.write() as connection:
        assert outbox.never_at(connection, "obsidian", identity=VAULT.identity) == []
        assert outbox.never_at(connection, "obsidian", identity=OTHER_VAULT.identity) == [note_id]


def test_a_note_without_a_revision_is_not_filled_in(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page")
        assert outbox.backfill(connection, VAULT, [note_id, "unknown"], now=NOW) == 0


# ------------------------------------------------------------------------------------------------------------- restore


def test_a_restore_makes_every_copy_unsure_and_looks_at_each(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    revise(ledger, note_id, "second")
    deliver(ledger)
    with ledger.write() as connection:
        outbox.restored(connection, now=NOW + 50)
        assert outbox.silent_since(connection) == NOW + 50
    assert rows(ledger, note_id) == {1: "done", 2: "queued"}
    assert copy(ledger, note_id).unsure
    assert row(ledger, note_id).due_at == NOW + 50


def test_a_restore_frees_what_was_running_in_the_backup(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    start(ledger)
    with ledger.write() as connection:
        outbox.restored(connection, now=NOW)
    assert rows(ledger, note_id) == {1: "queued"}


def test_a_restore_leaves_what_waits_for_a_person(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, *_ = start(ledger)
    with ledger.write() as connection:
        outbox.fail(connection, delivery, claim, error="why", now=NOW)
        outbox.restored(connection, now=NOW)
    assert rows(ledger, note_id) == {1: "failed"}


@pytest.mark.parametrize(("appeared_at", "unsure"), [(NOW - 1, True), (NOW + 1, False)])
def test_a_note_that_is_older_than_the_restore_may_stand_somewhere(
    ledger: Ledger, appeared_at: float, *, unsure: bool
) -> None:
    with ledger.write() as connection:
        outbox.restored(connection, now=NOW)
    note_id = composed(ledger, "first", appeared_at=appeared_at)
    assert copy(ledger, note_id).unsure is unsure
    start(ledger)
    assert copy(ledger, note_id).unsure is unsure


def test_without_a_restore_no_copy_is_unsure(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", appeared_at=NOW - 1e9)
    assert copy(ledger, note_id) == copy_of(note_id)
    with ledger.read() as connection:
        assert outbox.silent_since(connection) == float(store.get_meta(connection, "born_at") or 0)


# -------------------------------------------------------------------------------------------------------------- lists


def test_states_tell_the_newest_delivery_of_each_copy(ledger: Ledger) -> None:
    note_id = composed(ledger, "first", routed=(VAULT, SLACK))
    deliver(ledger, VAULT, remote_id="Notes/first.md")
    revise(ledger, note_id, "second", configured=(VAULT,))
    with ledger.read() as connection:
        told = outbox.states(connection, note_id)
        assert {(place, revision, state) for place, revision, state, *_ in told} == {
            (VAULT, 2, "queued"),
            (SLACK, 2, "parked"),
        }
        assert {place: kept for place, *_, kept in told} == {VAULT: receipt("Notes/first.md"), SLACK: None}
        assert set(outbox.copies_of(connection, note_id)) == {VAULT}
