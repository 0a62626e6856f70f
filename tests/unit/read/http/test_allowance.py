"""No more pages leave in a day than are allowed, whoever counts."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notesyncd.api import TransientError
from notesyncd.read.http.allowance import Allowance


class Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment.astimezone()


NOON = datetime(2026, 3, 10, 12, 0, 0)


def test_the_limit_is_kept_and_names_its_setting(tmp_path: Path) -> None:
    allowance = Allowance(tmp_path / "http", 2, now=Clock(NOON))
    allowance.take()
    allowance.take()

    with pytest.raises(TransientError, match="max_pages_per_day") as raised:
        allowance.take()
    assert raised.value.retry_after == pytest.approx(12 * 3600, abs=3700)


def test_looking_counts_nothing(tmp_path: Path) -> None:
    allowance = Allowance(tmp_path, 1, now=Clock(NOON))
    for _ in range(5):
        allowance.check()
    allowance.take()
    with pytest.raises(TransientError):
        allowance.check()


def test_a_restart_goes_on_counting(tmp_path: Path) -> None:
    Allowance(tmp_path, 1, now=Clock(NOON)).take()

    with pytest.raises(TransientError):
        Allowance(tmp_path, 1, now=Clock(NOON)).take()


def test_a_new_day_begins_anew_and_old_days_go(tmp_path: Path) -> None:
    clock = Clock(NOON)
    allowance = Allowance(tmp_path, 1, now=clock)
    for _ in range(12):
        allowance.take()
        clock.moment += timedelta(days=1)

    assert len(list(tmp_path.iterdir())) <= 9


def test_a_day_that_comes_back_goes_on_with_its_count(tmp_path: Path) -> None:
    clock = Clock(NOON)
    allowance = Allowance(tmp_path, 1, now=clock)
    allowance.take()
    clock.moment += timedelta(days=1)
    allowance.take()
    clock.moment -= timedelta(days=1)

    with pytest.raises(TransientError):
        allowance.take()


def test_threads_share_one_count(tmp_path: Path) -> None:
    allowance = Allowance(tmp_path, 30, now=Clock(NOON))

    def take(_: int) -> bool:
        try:
            allowance.take()
        except TransientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(60))) == 30


def test_processes_share_one_count(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from notesyncd.api import TransientError\n"
        "from notesyncd.read.http.allowance import Allowance\n"
        "allowance = Allowance(Path(sys.argv[1]), 50)\n"
        "taken = 0\n"
        "for _ in range(40):\n"
        "    try:\n"
        "        allowance.take(); taken += 1\n"
        "    except TransientError:\n"
        "        pass\n"
        "print(taken)\n"
    )
    noon = {**os.environ, "TZ": f"NOON{time.gmtime().tm_hour - 12:+d}"}  # all see the same day
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, env=noon, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate(timeout=120)[0]) for process in processes) == 50


def test_a_page_waits_while_another_is_counted(tmp_path: Path) -> None:
    count = tmp_path / "2026-03-10.sent"
    with count.open("ab") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        thread = threading.Thread(target=Allowance(tmp_path, 5, now=Clock(NOON)).take)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        assert count.stat().st_size == 0
    thread.join(30)
    assert count.stat().st_size == 1


def test_what_can_not_be_counted_is_not_sent(tmp_path: Path) -> None:
    in_the_way = tmp_path / "http"
    in_the_way.write_text("a file where a folder should be")

    with pytest.raises(TransientError, match="can't be counted"):
        Allowance(in_the_way, 5).take()
