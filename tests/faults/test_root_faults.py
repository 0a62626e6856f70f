"""A watched folder is taken away and comes back: what stands in it is taken in once, and soon; nothing is called deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notesyncd.daemon.run import SUPERVISE_SECONDS
from tests.faults.daemons import Running, assert_each_once, running, set_up
from tests.faults.faults_of_roots import FAULTS, Covered, Deleted, DiskPulled, Fault, Renamed, Unmounted, fault_of
from tests.faults.tiny import Drops
from tests.house import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HEALED_WITHIN = 15.0
"""Seconds until the first file arrives: the next supervision, the sweep that it asks for, and a machine with other work."""
BY_EVENT = 0.8 * SUPERVISE_SECONDS
"""A file that is there sooner was told of by an event."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, settle=0.2)


@pytest.fixture
def drops() -> Drops:
    return Drops()


@pytest.fixture
def fault(request: pytest.FixtureRequest, house: House) -> Iterator[Fault]:
    with fault_of(request.param, house.inbox) as fault:
        yield fault


def drop_some(daemon: Running, drops: Drops, root: Path) -> None:
    """Before the fault: some pages, one of them deeper."""
    deeper = root / "2026"
    deeper.mkdir()
    for folder in (root, deeper, root):
        daemon.takes_in(drops.into(folder))


def is_whole_again(daemon: Running, drops: Drops, root: Path) -> None:
    """After the fault: one file comes soon, the next ones by event, in folders that are new as well."""
    daemon.takes_in(drops.into(root), seconds=HEALED_WITHIN)
    daemon.takes_in(drops.into(root), seconds=BY_EVENT)
    deeper = root / "afterwards"
    deeper.mkdir()
    daemon.takes_in(drops.into(deeper), seconds=BY_EVENT)


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_a_fault_that_lasts_is_a_state_and_heals(house: House, drops: Drops, fault: Fault) -> None:
    root = house.inbox
    with running(house) as daemon:
        drop_some(daemon, drops, root)
        before = daemon.states()
        fault.strike()
        told = daemon.becomes(root, state="missing")
        assert told["reason"]
        time.sleep(SUPERVISE_SECONDS + 1)
        assert daemon.becomes(root, state="missing")["reason"]
        assert daemon.states() == before  # nothing is "gone"
        if root.exists():  # an empty mount point, or another disk
            daemon.takes_in(drops.into(root), seconds=HEALED_WITHIN)
        fault.heal()
        is_whole_again(daemon, drops, root)
        daemon.becomes(root, state="ok")
        assert_each_once(daemon, drops, besides={"gone"})


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_a_fault_that_nobody_saw_heals(house: House, drops: Drops, fault: Fault) -> None:
    """It is over before the next supervision; a disk comes back with the device and inode numbers it had."""
    root = house.inbox
    with running(house) as daemon:
        drop_some(daemon, drops, root)
        if not isinstance(fault, Covered):  # which leaves the watch as it was, so that nobody looks again by and by
            drops.into(root)  # on its way at that moment
        fault.strike()
        fault.heal()
        is_whole_again(daemon, drops, root)
        for path in drops.standing():
            daemon.takes_in(path, seconds=HEALED_WITHIN)
        daemon.becomes(root, state="ok")
        assert_each_once(daemon, drops, besides={"gone"})


@pytest.mark.parametrize("fault", [Renamed, Deleted], indirect=True)
def test_files_that_came_with_the_new_folder_are_taken_in(house: House, drops: Drops, fault: Fault) -> None:
    """No event tells of these."""
    root = house.inbox
    made = root.with_name("made")
    (made / "2027").mkdir(parents=True)
    with running(house) as daemon:
        drop_some(daemon, drops, root)
        came = [drops.into(made), drops.into(made / "2027")]
        fault.strike()
        daemon.becomes(root, state="missing")
        made.rename(root)
        for old in came:
            new = root / old.relative_to(made)
            drops.digests[new] = drops.digests.pop(old)
            daemon.takes_in(new, seconds=HEALED_WITHIN)
        daemon.takes_in(drops.into(root / "2027"), seconds=BY_EVENT)
        assert_each_once(daemon, drops, besides={"gone"})


def test_a_disk_that_comes_back_with_its_files_leaves_each_as_it_was(house: House, drops: Drops) -> None:
    with fault_of(DiskPulled, house.inbox) as fault, running(house) as daemon:
        drop_some(daemon, drops, house.inbox)
        rows = house.query("SELECT id, raw_path, digest, state, first_seen, changed_at FROM source_file")
        for _ in range(2):
            fault.strike()
            daemon.becomes(house.inbox, state="missing")
            fault.heal()
            daemon.becomes(house.inbox, state="ok")
            assert house.query("SELECT id, raw_path, digest, state, first_seen, changed_at FROM source_file") == rows
        is_whole_again(daemon, drops, house.inbox)
        assert_each_once(daemon, drops)


def test_the_trouble_of_one_folder_does_not_delay_another(house: House, drops: Drops) -> None:
    sound, gone, unmounted = house.inbox, house.root / "gone", house.root / "disk of its own"
    for folder in (gone, unmounted):
        folder.mkdir()
    set_up(house, watch=[{"folder": folder, "settle_seconds": 0.2} for folder in (gone, unmounted, sound)])
    with fault_of(Unmounted, unmounted) as other, fault_of(Renamed, gone) as one, running(house) as daemon:
        for folder in (sound, gone, unmounted):
            daemon.takes_in(drops.into(folder))
        before = daemon.states()["registered"]
        one.strike()
        other.strike()
        end = time.monotonic() + 2.5 * SUPERVISE_SECONDS
        while time.monotonic() < end:  # before, while and after it is found out
            daemon.takes_in(drops.into(sound), seconds=BY_EVENT)
            before += 1
            time.sleep(0.3)
        for folder, state in ((gone, "missing"), (unmounted, "missing"), (sound, "ok")):
            daemon.becomes(folder, state=state)
        assert daemon.states() == {"registered": before}
        one.heal()
        other.heal()
        for folder in (gone, unmounted):
            is_whole_again(daemon, drops, folder)
        daemon.takes_in(drops.into(sound), seconds=BY_EVENT)
        assert_each_once(daemon, drops, besides={"gone"})
