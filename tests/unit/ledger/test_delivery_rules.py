"""One test for each delivery rule of the design: the trace that the rule prevents, on the real ledger and deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from notesyncd.ledger import outbox, work
from notesyncd.ledger.outbox import Place
from tests.unit.ledger.world import SINK, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.deliver.remote import Kind, Request

    Make = Callable[[Kind], World]

KINDS = ("notion", "slack", "file")
LONG = 3600.0


@pytest.fixture
def make(fast_folder: Path, template: Path) -> Iterator[Make]:
    """Makes a world of a kind."""
    worlds: list[World] = []

    def world(kind: Kind) -> World:
        folder = fast_folder / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, template, kind))
        return worlds[-1]

    yield world
    for made in worlds:
        made.stop()
        assert made.remote.breaches == []


def in_step(world: World, place: str = "A") -> None:
    """One copy stands there, and it is the newest text."""
    assert world.standing(place) == [world.text]
    assert world.states(place)[-1] == "done"
    assert not any(thing.doubled for thing in world.remote.things)


# ------------------------------------------------------------------------------------------------------------ rule 1


@pytest.mark.parametrize("kind", KINDS)
def test_newest_only_after_a_crash(make: Make, kind: Kind) -> None:
    """r1 runs, r2 is composed, the daemon dies: r1 must not be sent after r2."""
    world = make(kind)
    world.compose()
    with world.ledger.read() as connection:
        (first,) = outbox.due(connection, Place(SINK, "A"), now=world.now)
    with world.ledger.write() as connection:
        assert outbox.begin(connection, first, digest="x", now=world.now, run_tag="dead") is not None
    world.revise()
    assert world.states() == ["running", "queued"]
    world.restart()
    assert world.states() == ["superseded", "queued"]
    world.settle()
    in_step(world)


@pytest.mark.parametrize("ending", ["impossible", "forbidden", "refused"])
def test_newest_only_when_the_older_one_ends(make: Make, ending: str) -> None:
    """r1 runs while r2 is composed, and ends failed, parked or to be tried again: it becomes superseded."""
    world = make("slack")
    world.compose()
    begin = world.remote.ask

    def meanwhile() -> None:
        world.remote.ask = begin  # type: ignore[method-assign]
        world.revise()
        begin()

    world.remote.ask = meanwhile  # type: ignore[method-assign]
    world.deliver(ending)
    assert world.states()[0] == "superseded"
    world.restart()
    world.settle()
    in_step(world)


def test_newest_only_after_a_retry(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.deliver("impossible")
    assert world.states() == ["failed"]
    world.revise()
    assert world.states() == ["superseded", "queued"]
    assert world.retry() == 0
    world.settle()
    in_step(world)


def test_newest_only_also_where_an_older_row_was_queued_by_hand(make: Make) -> None:
    """Whatever state the rows are in: an older one that is taken up gives way instead of beginning."""
    world = make("slack")
    world.compose()
    world.settle()
    world.revise()
    rows = outbox.tables.delivery
    with world.ledger.write() as connection:
        connection.execute(update(rows).values(state="queued", due_at=world.now))
        first, _ = outbox.due(connection, Place(SINK, "A"), now=world.now, limit=2)
        assert outbox.begin(connection, first, digest="x", now=world.now, run_tag="test") is None
    assert world.states() == ["superseded", "queued"]


def test_at_most_one_delivery_of_a_note_to_a_sink_runs(make: Make) -> None:
    world = make("slack")
    world.compose()
    with world.ledger.write() as connection:
        (first,) = outbox.due(connection, Place(SINK, "A"), now=world.now)
        begun = outbox.begin(connection, first, digest="x", now=world.now, run_tag="one")
    assert begun is not None
    world.revise()
    with world.ledger.write() as connection:
        (second,) = outbox.due(connection, Place(SINK, "A"), now=world.now)
        assert second.revision == 2
        assert outbox.begin(connection, second, digest="y", now=world.now, run_tag="two") is None
    assert world.states() == ["running", "queued"]


# ------------------------------------------------------------------------------------------------------------ rule 2


@pytest.mark.parametrize("kind", KINDS)
def test_find_first(make: Make, kind: Kind) -> None:
    """The ledger is lost after the copy was made: the new ledger looks before it writes."""
    world = make(kind)
    world.compose()
    world.deliver()
    first = world.text
    assert world.standing() == [first]
    world.lose_ledger()
    world.text = first  # the page is read again and says the same
    world.compose()
    world.settle()
    in_step(world)


@pytest.mark.parametrize("kind", KINDS)
def test_text_that_a_lost_ledger_sent_is_kept(make: Make, kind: Kind) -> None:
    """The page is read otherwise by now; what stands there may be the user's for all that the new ledger knows."""
    world = make(kind)
    world.compose()
    world.deliver()
    first = world.text
    world.lose_ledger()
    world.compose()
    world.settle()
    assert (world.standing(), world.remote.ours("A")[0].suggested) == ([first], world.text)


@pytest.mark.parametrize("kind", ["notion", "slack"])
@pytest.mark.parametrize("mishap", ["answer lost", "dies after", "late", "dies late"])
def test_find_unanswered(make: Make, kind: Kind, mishap: str) -> None:
    """An update left and was not acknowledged: though there is a receipt, the copy is looked at first."""
    world = make(kind)
    world.compose()
    world.settle()
    world.revise()
    world.remote.calls.clear()
    world.deliver(mishap)
    assert [mark.revision for mark in world.copy().maybe_sent] == [2]
    assert world.copy().receipt is not None
    world.remote.calls.clear()
    world.settle()
    assert world.remote.calls[0] == "find"
    assert world.copy().maybe_sent == ()
    in_step(world)


def test_no_find_where_all_was_answered(make: Make) -> None:
    world = make("notion")
    world.compose()
    world.settle()
    world.revise()
    world.remote.calls.clear()
    world.settle()
    assert world.remote.calls == ["update", "update"]


# ------------------------------------------------------------------------------------------------------------ rule 3


def test_quiet_from_last_byte_of_a_failed_answer(make: Make) -> None:
    """Time passes between commit 4 and the first byte: the quiet time counts from the answer that failed."""
    world = make("slack")
    world.compose()
    asking = world.remote.ask

    def slowly() -> None:
        world.pass_time(LONG)
        asking()

    world.remote.ask = slowly  # type: ignore[method-assign]
    world.deliver("ok", "late")
    world.remote.ask = asking  # type: ignore[method-assign]
    failed_at = world.now
    world.pass_time(30)
    world.deliver()
    assert world.remote.calls == ["find", "create"]
    world.settle()
    assert world.now >= failed_at + 60
    in_step(world)


@pytest.mark.parametrize("kind", ["notion", "slack"])
def test_quiet_from_last_byte_before_a_daemon_died(make: Make, kind: Kind) -> None:
    """What a killed daemon sent may land later: the next one keeps quiet from its own start."""
    world = make(kind)
    world.compose()
    world.pass_time(LONG)
    world.deliver("ok", "dies late")
    started = world.now
    assert world.remote.air
    assert world.deliver()
    assert world.remote.calls == ["find", "create"]
    world.settle()
    assert world.now >= started + 60
    in_step(world)


def test_quiet_after_the_birth_of_a_ledger(make: Make) -> None:
    """What an earlier, lost ledger sent may land later."""
    world = make("slack")
    world.compose()
    world.deliver("ok", "late")
    first = world.text
    world.lose_ledger()
    born, world.text = world.now, first
    world.compose()
    world.deliver()
    assert world.remote.calls == ["find", "create"]
    world.settle()
    assert world.now >= born + 60
    in_step(world)


@pytest.mark.parametrize("second", ["append", "create"])
def test_quiet_before_write(make: Make, second: str) -> None:
    """A part is still in the air: nothing is written to that copy, though find says where it stands."""
    world = make("notion")
    world.compose()
    world.deliver("ok", "ok", "late") if second == "append" else world.deliver("ok", "late")
    assert [request.verb for request in world.remote.air] == [second]
    calls = list(world.remote.calls)
    world.pass_time(30)
    world.deliver()
    assert world.remote.calls == calls
    assert "earlier request" in str(last_error(world))
    world.settle()
    in_step(world)


def last_error(world: World) -> str | None:
    table = outbox.tables.delivery
    with world.ledger.read() as connection:
        return connection.execute(outbox.select(table.c.last_error).order_by(table.c.revision.desc())).scalars().first()


def test_a_sink_without_a_network_never_waits(make: Make) -> None:
    world = make("file")
    world.compose()
    world.deliver("ok", "dies after")
    before = world.now
    world.settle()
    assert world.now - before < 10
    in_step(world)


# ------------------------------------------------------------------------------------------------------------ rule 4


@pytest.mark.parametrize("kind", KINDS)
def test_revision_by_digest(make: Make, kind: Kind) -> None:
    """After a restore the same number stands for another text: what stands there is not taken for it."""
    world = make(kind)
    world.compose()
    world.settle()
    backup = world.backup()
    sent_and_forgotten = world.revise()
    world.settle()
    world.restore(backup)
    corrected = world.revise()
    assert (world.revision(), world.standing()) == (2, [sent_and_forgotten])
    world.settle()
    thing = world.remote.ours("A")[0]
    # the text of the lost revision is unknown to the restored ledger: kept, and the newest one suggested beside it
    assert (world.standing(), thing.suggested) == ([sent_and_forgotten], corrected)


def test_what_stands_there_and_is_known_is_brought_in_step_after_a_restore(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.settle()
    backup = world.backup()
    world.restore(backup)
    world.revise()
    world.settle()
    in_step(world)


def test_key_before_receipt(make: Make) -> None:
    """The object at the receipt is gone, but another one of ours with the note's key lives."""
    world = make("slack")
    world.compose()
    world.settle()
    (first,) = world.remote.ours("A")
    world.remote.things.append(first.copy(id="slack-other"))
    world.remote.delete(first)
    world.restore(world.backup())
    world.revise()
    world.settle()
    receipt = world.copy().receipt
    assert receipt is not None
    assert receipt.remote_id == "slack-other"
    in_step(world)


# ------------------------------------------------------------------------------------------------------------ rule 5


def test_ours_is_all_sent(make: Make) -> None:
    """r2 landed, its answer was lost, r3 is due: the text of r2 is ours, not the user's."""
    world = make("notion")
    world.compose()
    world.settle()
    world.revise()
    world.deliver("dies after")
    world.revise()
    world.settle()
    in_step(world)
    assert all(thing.suggested is None for thing in world.remote.things)


def test_every_revision_sent_since_is_ours(make: Make) -> None:
    world = make("notion")
    world.compose()
    world.settle()
    for _ in range(4):
        world.revise()
        world.deliver("answer lost")
        world.pass_time(LONG)
        world.deliver("ok", "answer lost")
        world.pass_time(LONG)
    assert len(world.copy().maybe_sent) > 1
    world.settle()
    in_step(world)
    assert all(thing.suggested is None for thing in world.remote.things)


def test_what_the_user_wrote_is_not_overwritten(make: Make) -> None:
    for kind in ("notion", "file"):
        world = make(kind)
        world.compose()
        world.settle()
        (thing,) = world.remote.ours("A")
        world.remote.edit(thing)
        world.revise()
        world.settle()
        assert thing.parts[0] == f"what the user wrote in {thing.id}"
        assert thing.suggested == world.text


# ------------------------------------------------------------------------------------------------------------ rule 6


def test_progress_has_revision(make: Make) -> None:
    """r1 is written in two parts; what was counted for it must not count for r2."""
    world = make("notion")
    world.compose()
    world.settle()
    assert world.copy().progress is None
    world.revise()
    world.deliver("ok", "answer lost")
    assert world.copy().progress is not None
    world.revise()
    world.settle()
    assert world.copy().progress is None
    in_step(world)


@pytest.mark.parametrize("killed_after", [1, 2, 3, 4, 5])
def test_a_delivery_that_is_killed_between_its_parts_goes_on(make: Make, killed_after: int) -> None:
    world = make("notion")
    world.compose()
    world.deliver(killed_after=killed_after)
    world.settle()
    in_step(world)


@pytest.mark.parametrize("user_deletes", [False, True])
def test_rename_is_evidence(make: Make, *, user_deletes: bool) -> None:
    """The file was renamed, the daemon died, perhaps the user deleted it: progress had named the temporary file."""
    world = make("file")
    world.compose()
    world.deliver("ok", "dies after")
    assert world.copy().progress is not None
    if user_deletes:
        world.remote.delete(world.remote.ours("A")[0])
        world.settle()
        assert (world.standing(), world.states()) == ([], ["removed"])
        assert world.copy().tombstone
    else:
        world.settle()
        in_step(world)


def test_a_rename_that_did_not_happen_is_done_again(make: Make) -> None:
    world = make("file")
    world.compose()
    world.deliver("ok", "dies before")
    assert world.copy().progress is not None
    world.settle()
    in_step(world)


def test_progress_of_a_delivery_that_is_no_longer_ours_is_refused(make: Make) -> None:
    world = make("notion")
    world.compose()
    with world.ledger.write() as connection:
        (due,) = outbox.due(connection, Place(SINK, "A"), now=world.now)
        begun = outbox.begin(connection, due, digest="x", now=world.now, run_tag="zombie")
    assert begun is not None
    world.restart()
    with pytest.raises(work.StaleClaim), world.ledger.write() as connection:
        outbox.save_progress(connection, due, begun[0], {"written": 7})
    assert world.copy().progress is None


# ------------------------------------------------------------------------------------------------------------ rule 7


@pytest.mark.parametrize("kind", KINDS)
def test_tombstone_on_copy(make: Make, kind: Kind) -> None:
    """The user deletes the copy, corrections follow: none of them brings it back."""
    world = make(kind)
    world.compose()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.revise()
    world.settle()
    assert world.states() == ["done", "removed"]
    world.revise()
    assert world.states()[-1] == "removed"
    world.settle()
    assert world.standing() == []


def test_a_tombstone_takes_newer_rows_with_it(make: Make) -> None:
    """r3 is queued while r2 finds that the copy is gone."""
    world = make("slack")
    world.compose()
    world.settle()
    world.revise()
    landing = world.remote.carry_out

    def meanwhile(request: Request) -> str:
        world.remote.carry_out = landing  # type: ignore[method-assign]
        world.remote.delete(world.remote.ours("A")[0])
        world.revise()
        return landing(request)

    world.remote.carry_out = meanwhile  # type: ignore[method-assign]
    world.deliver()
    assert world.states() == ["done", "removed", "removed"]
    world.settle()
    assert world.standing() == []


@pytest.mark.parametrize("kind", KINDS)
def test_redeliver_new_life(make: Make, kind: Kind) -> None:
    """A removed note is asked for again: the old deletion counts no more."""
    world = make(kind)
    world.compose()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.revise()
    world.settle()
    world.pass_time(10)
    assert world.redeliver() == "recreate"
    assert not world.copy().tombstone
    world.settle()
    in_step(world)


def test_redeliver_on_a_living_copy_only_queues(make: Make) -> None:
    world = make("notion")
    world.compose()
    world.settle()
    (thing,) = world.remote.ours("A")
    before = world.copy()
    assert world.redeliver() == "queued"
    assert world.copy() == before
    world.settle()
    assert world.remote.ours("A") == [thing]
    in_step(world)


def test_redeliver_while_the_tombstone_is_looked_at(make: Make) -> None:
    """A restored ledger looks for a removed copy; in that moment a person asks for the note again."""
    world = make("slack")
    world.compose()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.revise()
    world.settle()
    world.restore(world.backup())
    world.pass_time(LONG)
    looking = world.remote.ask

    def meanwhile() -> None:
        world.remote.ask = looking  # type: ignore[method-assign]
        world.pass_time(1)
        assert world.redeliver() == "recreate"
        looking()

    world.remote.ask = meanwhile  # type: ignore[method-assign]
    world.deliver()
    assert world.states()[-1] == "queued"
    world.settle()
    in_step(world)


def test_redeliver_of_a_note_that_was_never_sent_there_does_nothing(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.restart("B")
    assert world.redeliver() == "nothing"


# ------------------------------------------------------------------------------------------------------------ rule 8


def test_copy_has_identity(make: Make) -> None:
    """The sink's name points elsewhere: a receipt means nothing there, and the new place begins from now."""
    world = make("file")
    world.compose()
    world.settle()
    world.restart("B")
    world.revise()
    world.settle()
    assert world.states("A") == ["done", "parked"]
    assert world.copy("B").receipt != world.copy("A").receipt
    in_step(world, "B")
    assert len(world.standing("A")) == 1


def test_return_of_sink(make: Make) -> None:
    """Revisions made while a sink is away wait for it; the newest one is sent when it is back."""
    world = make("slack")
    world.compose()
    world.settle()
    world.restart(None)
    world.revise()
    world.revise()
    assert world.rows() == [(1, "done", None), (2, "superseded", None), (3, "parked", "away")]
    world.settle()
    world.restart("A")
    world.settle()
    in_step(world)


def test_a_queued_row_of_a_sink_that_goes_away_is_parked_and_comes_back(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.restart(None)
    assert world.rows() == [(1, "parked", "away")]
    assert world.retry() == 0
    world.restart("A")
    world.settle()
    in_step(world)


def test_redeliver_to_a_sink_that_is_away_waits_for_it(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.settle()
    world.restart(None)
    with world.ledger.write() as connection:
        assert outbox.redeliver(connection, world.note_id, Place(SINK, "A"), now=world.now) == "queued"
    assert world.rows() == [(1, "parked", "away")]
    world.restart("A")
    world.settle()
    in_step(world)


def test_a_sink_that_was_refused_is_tried_again_after_a_restart_or_by_a_person(make: Make) -> None:
    for again in ("restart", "retry"):
        world = make("slack")
        world.compose()
        world.deliver("forbidden")
        assert world.rows() == [(1, "parked", "auth")]
        world.revise()
        assert world.rows()[-1] == (2, "parked", "auth")
        world.settle()
        assert world.standing() == []
        world.restart() if again == "restart" else world.retry()
        world.settle()
        in_step(world)


# ------------------------------------------------------------------------------------------------------------ rule 9


@pytest.mark.parametrize("kind", KINDS)
def test_restore_requeues(make: Make, kind: Kind) -> None:
    """What was sent after the backup is forgotten: the newest row of every copy is queued to look again."""
    world = make(kind)
    world.compose()
    world.settle()
    backup = world.backup()
    world.restore(backup)
    assert world.states() == ["queued"]
    world.remote.calls.clear()
    world.settle()
    assert world.remote.calls[0] == "find"
    in_step(world)


def test_a_tombstoned_look_never_creates(make: Make) -> None:
    world = make("slack")
    world.compose()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.revise()
    world.settle()
    world.restore(world.backup())
    assert world.states()[-1] == "queued"
    world.settle()
    assert (world.standing(), world.states()[-1]) == ([], "removed")


def test_a_living_hit_lifts_a_tombstone(make: Make) -> None:
    """The user took the note out of the trash after it had counted as removed."""
    world = make("notion")
    world.compose()
    world.settle()
    (thing,) = world.remote.ours("A")
    world.remote.delete(thing)
    world.revise()
    world.settle()
    assert world.copy().tombstone
    thing.alive = True
    world.restore(world.backup())
    world.settle()
    assert not world.copy().tombstone
    in_step(world)


@pytest.mark.parametrize("kind", ["slack", "file"])
def test_restore_asks(make: Make, kind: Kind) -> None:
    """The copy was made after the backup and deleted by the user: a restored ledger can't know, and asks."""
    world = make(kind)
    world.compose()
    backup = world.backup()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.restore(backup)
    world.settle()
    assert (world.standing(), world.rows()) == ([], [(1, "parked", "restored")])
    world.revise()
    world.settle()
    assert (world.standing(), world.rows()[-1]) == ([], (2, "parked", "restored"))
    assert world.retry() == 1
    world.settle()
    in_step(world)


def test_a_person_who_says_create_it_is_believed(make: Make) -> None:
    """The backup fell between naming the temporary file and the rename: that file is gone, and yet no proof."""
    world = make("file")
    world.compose()
    world.deliver(killed_after=3)
    assert world.copy().progress is not None
    backup = world.backup()
    world.settle()
    world.remote.delete(world.remote.ours("A")[0])
    world.restore(backup)
    world.settle()
    assert world.rows() == [(1, "parked", "restored")]
    world.retry()
    world.settle()
    in_step(world)


def test_a_note_that_came_after_the_restore_asks_nothing(make: Make) -> None:
    world = make("slack")
    backup = world.backup()
    world.restore(backup)
    with world.ledger.write() as connection:
        connection.execute(update(outbox.tables.scan).values(appeared_at=world.now + 1))
    world.compose()
    world.settle()
    in_step(world)


# ---------------------------------------------------------------------------------------------------- the note's side


def test_requeue_beats_running(make: Make) -> None:
    """A correction comes while the note is composed: the older text is not kept, the newer one is not lost."""
    world = make("slack")
    begun = world.begin_compose()
    assert begun is not None
    world.correct()
    assert not world.end_compose(*begun)
    assert world.revision() == 0
    world.settle()
    in_step(world)
