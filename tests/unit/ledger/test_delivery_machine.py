"""Anything may go wrong at any moment, and yet: one copy, never an older text, never over the user's, never back from the dead.

The same disturbances and promises as in the design's model of the delivery rules, on the real ledger and deliveries.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.unit.deliver.remote import AMBIGUOUS, DEATHS, REFUSALS
from tests.unit.ledger.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.deliver.remote import Kind, Thing

PLACES = ("A", "B")
FOCUS = {
    "faults": {"retry", "restart"},
    "user": {"edit", "delete", "purge", "duplicate", "redeliver", "retry"},
    "restore": {"backup", "restore", "lose", "delete", "redeliver", "retry", "edit"},
    "config": {"retarget", "delete", "redeliver", "retry"},
}
"""What may happen in one run beside mishaps and corrections; everything at once would be too thin."""
FAIR: tuple[str, ...] = ()
FOUL = [("ok",) * fair + (mishap,) for fair in range(4) for mishap in (*REFUSALS, *AMBIGUOUS, *DEATHS)]


@dataclass(frozen=True)
class Daemon:
    """What the daemon does after each thing that happens: without it, nothing would come of it.

    Attributes:
        corrected: a correction came first.
        patience: seconds that pass, unless the delivery is due sooner.
        lands: what is under way for the longest time is carried out in the end.
        weather: what happens to each request.
        killed_after: kill -9 after so many commits.
    """

    corrected: bool
    patience: float
    lands: bool
    weather: tuple[str, ...]
    killed_after: int | None


DAEMON = st.builds(
    Daemon,
    corrected=st.booleans(),
    patience=st.sampled_from([1e9, 20.0, 0.0]),
    lands=st.booleans(),
    weather=st.sampled_from([*FOUL, *[FAIR] * len(FOUL)]),
    killed_after=st.sampled_from([None, None, None, None, 1, 2, 3, 4, 5]),
)


def may(what: str):
    """Only in runs whose focus allows it."""
    return precondition(lambda self: what in FOCUS[self.focus])


class DeliveryMachine(RuleBasedStateMachine):
    def __init__(self, folder: Path, template: Path, kind: Kind) -> None:
        super().__init__()
        folder.mkdir()
        self.folder, self.kind = folder, kind
        self.focus = "faults"
        self.world = World(folder, template, kind)
        self.remote = self.world.remote
        self.remote.may_create = self.comes_back
        self.remote.newer = self.is_newer
        self.kept: tuple[Path, str] | None = None
        self.deleted: set[str] = set()  # places where the user deleted the note and nobody asked for it again
        self.asked: set[str] = set()  # places for which `redeliver` was asked and must have an effect
        self.restored = self.lost = False

    @initialize(focus=st.sampled_from(sorted(FOCUS)), then=DAEMON)
    def begins(self, focus: str, then: Daemon) -> None:
        self.focus = focus
        self.goes_on(then)

    def teardown(self) -> None:
        self.comes_to_rest()
        self.world.stop()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------------------------------------------------- the daemon

    def goes_on(self, daemon: Daemon) -> None:
        if daemon.corrected:
            self.world.correct()
        begun = self.world.begin_compose()
        if begun is not None:
            self.world.end_compose(*begun)
        due_at = self.world.next_due()
        if due_at is not None and due_at > self.world.now:
            self.world.pass_time(min(due_at - self.world.now, daemon.patience), late_requests_land=daemon.lands)
        self.world.deliver(*daemon.weather, killed_after=daemon.killed_after)

    @rule(then=DAEMON)
    def nothing_else_happens(self, then: Daemon) -> None:
        self.goes_on(then)

    @rule(then=DAEMON)
    def a_correction_overtakes_a_compose(self, then: Daemon) -> None:
        self.world.correct()
        begun = self.world.begin_compose()
        self.world.correct()
        assert begun is None or not self.world.end_compose(*begun)
        self.goes_on(then)

    @may("restart")
    @rule(then=DAEMON)
    def the_daemon_ends_and_starts(self, then: Daemon) -> None:
        self.world.restart()
        self.goes_on(then)

    @may("retarget")
    @rule(place=st.sampled_from(["A", "B", None]), then=DAEMON)
    def the_sink_points_elsewhere(self, place: str | None, then: Daemon) -> None:
        self.world.restart(place)
        self.goes_on(then)

    # ---------------------------------------------------------------------------------------------------- the other side

    @rule(seconds=st.sampled_from([1.0, 70.0]), then=DAEMON)
    def time_passes(self, seconds: float, then: Daemon) -> None:
        self.world.pass_time(seconds, late_requests_land=then.lands)
        self.goes_on(then)

    @precondition(lambda self: self.remote.air)
    @rule(data=st.data(), then=DAEMON)
    def a_late_request_lands(self, data: st.DataObject, then: Daemon) -> None:
        request = data.draw(st.sampled_from(self.remote.air))
        self.remote.air.remove(request)
        self.remote.land(request)
        self.goes_on(then)

    def _ours(self) -> list[Thing]:
        return [thing for place in PLACES for thing in self.remote.ours(place)]

    @may("edit")
    @precondition(lambda self: self.kind != "slack" and self._ours())
    @rule(data=st.data(), then=DAEMON)
    def the_user_edits(self, data: st.DataObject, then: Daemon) -> None:
        self.remote.edit(data.draw(st.sampled_from(self._ours())))
        self.goes_on(then)

    @may("delete")
    @precondition(lambda self: self._ours())
    @rule(data=st.data(), then=DAEMON)
    def the_user_deletes(self, data: st.DataObject, then: Daemon) -> None:
        thing = data.draw(st.sampled_from(self._ours()))
        self.remote.delete(thing)
        self.deleted.add(thing.place)
        self.asked.discard(thing.place)
        self.goes_on(then)

    @may("duplicate")
    @precondition(lambda self: self.kind != "slack" and self._ours())
    @rule(data=st.data(), then=DAEMON)
    def the_user_duplicates(self, data: st.DataObject, then: Daemon) -> None:
        self.remote.duplicate(data.draw(st.sampled_from(self._ours())))
        self.goes_on(then)

    @may("purge")
    @precondition(lambda self: self.kind == "notion" and any(not thing.alive for thing in self.remote.things))
    @rule(then=DAEMON)
    def the_trash_is_emptied(self, then: Daemon) -> None:
        for thing in self.remote.things:
            thing.purged = thing.purged or not thing.alive
        self.goes_on(then)

    # -------------------------------------------------------------------------------------------------------- a person

    @may("retry")
    @rule(then=DAEMON)
    def a_person_retries(self, then: Daemon) -> None:
        place = self.world.place
        if place and any(hold == "restored" for _, _, hold in self.world.rows(place)):
            self.deleted.discard(place)  # a person has answered: create it
        self.world.retry()
        self.goes_on(then)

    @may("redeliver")
    @precondition(lambda self: self.world.place)
    @rule(then=DAEMON)
    def a_person_asks_for_it_again(self, then: Daemon) -> None:
        assert self.world.place
        if self.world.redeliver() == "recreate":
            self.deleted.discard(self.world.place)
            self.asked.add(self.world.place)
            self.world.pass_time(1)
        self.goes_on(then)

    @may("backup")
    @rule(then=DAEMON)
    def a_backup_is_made(self, then: Daemon) -> None:
        self.kept = self.world.backup(), self.world.text
        self.goes_on(then)

    @may("restore")
    @precondition(lambda self: self.kept is not None)
    @rule(then=DAEMON)
    def a_backup_is_restored(self, then: Daemon) -> None:
        assert self.kept is not None
        self.restored = True
        backup, text = self.kept
        self.world.restore(backup)
        self.world.text = text
        # what was asked since the backup is lost with it, and old tombstones stand again
        self.deleted |= self.asked | {place for place in PLACES if self.world.copy(place).tombstone}
        self.asked.clear()
        self.goes_on(then)

    @may("lose")
    @precondition(lambda self: not self.lost)
    @rule(then=DAEMON)
    def the_ledger_is_lost(self, then: Daemon) -> None:
        self.kept, self.lost, self.restored = None, True, False
        self.world.lose_ledger()
        self.deleted |= self.asked
        self.asked.clear()
        self.goes_on(then)

    # ------------------------------------------------------------------------------------------------- what must hold

    def comes_back(self, place: str) -> str | None:
        if place in self.deleted and not self.traceless(place):
            return "a note the user deleted came back"
        return None

    def traceless(self, place: str) -> bool:
        """Inherent: deleted before a receipt was kept, where neither side keeps a trace of the deletion."""
        copy = self.world.copy(place)
        if copy.receipt or copy.tombstone:
            return False
        if self.kind == "notion":
            since = copy.since.timestamp() if copy.since else 0.0
            gone = [thing for thing in self.remote.things if thing.place == place and not thing.alive]
            return all(thing.purged for thing in gone if thing.born > since)
        return self.kind == "slack" or (self.lost and not self.restored)

    def is_newer(self, stands: str, text: str) -> bool:
        return stands > text and not self.restored

    @invariant()
    def no_promise_was_broken(self) -> None:
        assert self.remote.breaches == []

    @rule(lands=st.booleans())
    def comes_to_rest(self, *, lands: bool = True) -> None:
        self.world.settle(late_requests_land=lands)
        self.no_promise_was_broken()
        for place in PLACES:
            assert len(self.remote.ours(place)) <= 1, "two copies made by us"
            assert not any(thing.doubled for thing in self.remote.ours(place)), "a part stands there twice"
            for revision, state, _ in self.world.rows(place)[:-1]:
                assert state in ("done", "superseded", "removed"), f"revision {revision} is left {state}"
        if not (self.restored or self.lost):
            assert not any(thing.suggested and not thing.edited for thing in self._ours()), "a false conflict"
        self.newest_row_is_settled()

    def newest_row_is_settled(self) -> None:
        place = self.world.place
        rows = self.world.rows(place) if place else []
        if not place or not rows:
            stands = place and self.remote.ours(place)
            assert not stands or self.restored or self.lost, "a copy stands there and no delivery keeps it in step"
            return
        revision, state, hold = rows[-1]
        standing = self.remote.ours(place)
        if state == "removed":
            assert place not in self.asked, "redeliver has no effect"
            assert not standing, "a living copy of ours counts as removed"
            assert place in self.deleted, "taken for deleted by the user, who did not"
        elif state in ("parked", "failed"):
            assert hold != "away", "the sink is back and its rows stay parked"
        else:
            assert (revision, state) == (self.world.revision(), "done")
            self.asked.discard(place)
            assert standing or place in self.deleted, "done, and nothing stands there"
            if standing and not standing[0].edited and not standing[0].suggested:
                assert self.world.standing(place) == [self.world.text]


@pytest.mark.parametrize("kind", ["notion", "slack", "file"])
def test_whatever_happens(fast_folder: Path, template: Path, caplog: pytest.LogCaptureFixture, kind: Kind) -> None:
    caplog.set_level(logging.CRITICAL, "notesyncd")  # a failing run is read by its steps
    numbers = count(1)
    run_state_machine_as_test(
        lambda: DeliveryMachine(fast_folder / str(next(numbers)), template, kind),
        settings=settings(max_examples=60, stateful_step_count=12, deadline=None),
    )
