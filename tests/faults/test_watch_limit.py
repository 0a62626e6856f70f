"""Where the system allows too few watches, the folder is gone through instead, and the status says so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.daemons import Running, assert_each_once, running, set_up
from tests.faults.tiny import Drops
from tests.house import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FOLDERS, WATCHES = 100, 50


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    for folder in folders(house):
        folder.mkdir()
    return house


@pytest.fixture
def drops() -> Drops:
    return Drops()


def folders(house: House) -> list[Path]:
    return [house.inbox / f"{number:03}" for number in range(FOLDERS)]


def limited(setting: str, limit: int) -> list[str]:
    """Return the command of a daemon in a user namespace of its own, where ``setting`` is so low."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare of Linux")
    begin = ["unshare", "-Ur", "sh", "-c", f'echo {limit} > /proc/sys/user/{setting} && exec "$@"', "sh"]
    tried = subprocess.run([*begin, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"needs a user namespace of its own: {tried.stderr.strip()}")
    return [*begin, sys.executable, "-m", "notesyncd", "run"]


def drop_one_into_each(daemon: Running, drops: Drops) -> None:
    """And wait until all are taken in."""
    expected = daemon.states()["registered"] + FOLDERS
    for folder in folders(daemon.house):
        drops.into(folder)
    daemon.until(lambda: daemon.states()["registered"] == expected, f"{expected} registered")


def test_a_folder_that_can_not_be_watched_whole_is_polled_until_it_can(house: House, drops: Drops) -> None:
    set_up(house, watch=[{"folder": house.inbox, "settle_seconds": 0.2, "poll_seconds": 1.0}])
    with running(house, limited("max_inotify_watches", WATCHES)) as daemon:
        drop_one_into_each(daemon, drops)
        told = daemon.becomes(house.inbox, mode="poll")
        assert told["state"] == "ok"
        assert f"only {WATCHES} of its {FOLDERS + 1} folders may be watched" in told["reason"]
        assert "sysctl fs.inotify.max_user_watches" in told["reason"]
        drop_one_into_each(daemon, drops)
        assert_each_once(daemon, drops)
        raised = ["nsenter", "-t", str(daemon.process.pid), "-U", "--preserve-credentials"]
        raised += ["sh", "-c", "echo 1000 > /proc/sys/user/max_inotify_watches"]
        subprocess.run(raised, check=True)
        daemon.becomes(house.inbox, mode="native", state="ok")
        drop_one_into_each(daemon, drops)
        assert_each_once(daemon, drops)


def test_where_native_is_asked_for_it_stays_so_and_the_sweeps_find_the_rest(house: House, drops: Drops) -> None:
    set_up(house, watch=[{"folder": house.inbox, "settle_seconds": 0.2, "mode": "native"}], rescan_seconds=2)
    with running(house, limited("max_inotify_watches", WATCHES)) as daemon:
        drop_one_into_each(daemon, drops)
        told = daemon.becomes(house.inbox, state="trouble")
        assert told["mode"] == "native"
        assert f"only {WATCHES} of its {FOLDERS + 1} folders may be watched" in told["reason"]
        drop_one_into_each(daemon, drops)
        assert daemon.folder(house.inbox)["mode"] == "native"
        assert_each_once(daemon, drops)


@pytest.mark.parametrize("setting", ["max_inotify_instances", "max_inotify_watches"])
def test_a_folder_that_can_not_be_watched_at_all_is_polled(house: House, drops: Drops, setting: str) -> None:
    set_up(house, watch=[{"folder": house.inbox, "settle_seconds": 0.2, "poll_seconds": 1.0}])
    with running(house, limited(setting, 0)) as daemon:
        told = daemon.becomes(house.inbox, mode="poll", state="ok")
        assert "the system allows no more watchers" in told["reason"]
        drop_one_into_each(daemon, drops)
        assert_each_once(daemon, drops)
