"""Anything may go wrong at any moment, and yet: one copy, never an older text, never over the user's, never back from the dead.

The same disturbances and promises as in the design's model of the delivery rules, on the real ledger and deliveries.
"""

from __future__ import annotations

import logging
import shutil
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.unit.deliver.remote import AMBIGUOUS, DEATHS, REFUSALS
from tests.unit.ledger.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.deliver.remote import Kind, Thing

PLACES = ("A", "B")
WEATHER = st.lists(st.sampled_from(["ok", "ok", *REFUSALS, *AMBIGUOUS, *DEATHS]), max_size=4)


class DeliveryMachine(RuleBasedStateMachine):
    def __init__(self, folder: Path, template: Path, kind: Kind) -> None:
        super().__init__()
        folder.mkdir()
        self.folder, self.kind = folder, kind
        self.world = World(folder, template, kind)
        self.remote = self.world.remote
        self.remote.may_create = self.comes_back
        self.remote.newer = self.is_newer
        self.composing = None
        self.kept: tuple[Path, str] | None = None
        self.deleted: set[str] = set()  # places where the user deleted the note and nobody asked for it again
        self.asked: set[str] = set()  # places for which `redeliver` was asked and must have an effect
        self.restored = self.lost = False

    def teardown(self) -> None:
        self.comes_to_rest()
        self.world.stop()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------------------------------------------------- the daemon

    @rule()
    def correction(self) -> None:
        self.world.correct()

    @precondition(lambda self: self.composing is None)
    @rule()
    def compose_begins(self) -> None:
        self.composing = self.world.begin_compose()

    @precondition(lambda self: self.composing is not None)
    @rule()
    def compose_ends(self) -> None:
        assert self.composing is not None
        self.world.end_compose(*self.composing)
        self.composing = None

    @rule()
    def composes(self) -> None:
        if self.composing is not None:
            self.compose_ends()
        begun = self.world.begin_compose()
        if begun is not None:
            self.world.end_compose(*begun)

    @rule(weather=WEATHER, killed_after=st.one_of(st.none(), st.integers(1, 6)))
    def delivers(self, weather: list[str], killed_after: int | None) -> None:
        started = self.world.services
        self.world.deliver(*weather, killed_after=killed_after)
        if self.world.services is not started:
            self.composing = None

    @rule(place=st.sampled_from(["", "", "", "A", "B", None]))
    def ends_and_starts(self, place: str | None) -> None:
        """Also where the sink points elsewhere afterwards, or was taken out of the configuration."""
        self.composing = None
        self.world.restart(place)

    # ---------------------------------------------------------------------------------------------------- the other side

    @rule(seconds=st.sampled_from([1.0, 20.0, 70.0, 4000.0]), lands=st.booleans())
    def time_passes(self, seconds: float, *, lands: bool) -> None:
        self.world.pass_time(seconds, late_requests_land=lands)

    @precondition(lambda self: self.remote.air)
    @rule(data=st.data(), lands=st.booleans())
    def late_request_lands(self, data: st.DataObject, *, lands: bool) -> None:
        request = data.draw(st.sampled_from(self.remote.air))
        self.remote.air.remove(request)
        if lands:
            self.remote.land(request)

    def _ours(self) -> list[Thing]:
        return [thing for place in PLACES for thing in self.remote.ours(place)]

    @precondition(lambda self: self.kind != "slack" and self._ours())
    @rule(data=st.data())
    def user_edits(self, data: st.DataObject) -> None:
        self.remote.edit(data.draw(st.sampled_from(self._ours())))

    @precondition(lambda self: self._ours())
    @rule(data=st.data())
    def user_deletes(self, data: st.DataObject) -> None:
        thing = data.draw(st.sampled_from(self._ours()))
        self.remote.delete(thing)
        self.deleted.add(thing.place)
        self.asked.discard(thing.place)

    @precondition(lambda self: self.kind != "slack" and self._ours())
    @rule(data=st.data())
    def user_duplicates(self, data: st.DataObject) -> None:
        self.remote.duplicate(data.draw(st.sampled_from(self._ours())))

    @precondition(lambda self: self.kind == "notion" and any(not thing.alive for thing in self.remote.things))
    @rule()
    def trash_is_emptied(self) -> None:
        for thing in self.remote.things:
            thing.purged = thing.purged or not thing.alive

    # -------------------------------------------------------------------------------------------------------- a person

    @rule()
    def retries(self) -> None:
        place = self.world.place
        if place and any(hold == "restored" for _, _, hold in self.world.rows(place)):
            self.deleted.discard(place)  # a person has answered: create it
        self.world.retry()

    @precondition(lambda self: self.world.place)
    @rule()
    def asks_again(self) -> None:
        assert self.world.place
        if self.world.redeliver() == "recreate":
            self.deleted.discard(self.world.place)
            self.asked.add(self.world.place)
            self.world.pass_time(1)

    @rule()
    def backup_is_made(self) -> None:
        self.kept = self.world.backup(), self.world.text

    @precondition(lambda self: self.kept is not None)
    @rule()
    def backup_is_restored(self) -> None:
        assert self.kept is not None
        self.composing, self.restored = None, True
        backup, text = self.kept
        self.world.restore(backup)
        self.world.text = text
        # what was asked since the backup is lost with it, and old tombstones stand again
        self.deleted |= self.asked | {place for place in PLACES if self.world.copy(place).tombstone}
        self.asked.clear()

    @precondition(lambda self: not self.lost)
    @rule()
    def ledger_is_lost(self) -> None:
        self.composing, self.kept, self.lost, self.restored = None, None, True, False
        self.world.lose_ledger()
        self.deleted |= self.asked
        self.asked.clear()

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
        if self.composing is not None:
            self.compose_ends()
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
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None),
    )
