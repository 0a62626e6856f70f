from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from notesyncd.ledger.lock import DaemonLock, LedgerBusy, file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from notesyncd.ledger.lock import DaemonLock
with DaemonLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "daemon.lock"


@pytest.fixture
def holder(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_daemon_is_refused_and_told_who_runs(lock: Path, holder: subprocess.Popen[str]) -> None:
    assert DaemonLock.holder(lock) == holder.pid
    with pytest.raises(LedgerBusy, match=f"process {holder.pid}"), DaemonLock(lock):
        pass
    assert DaemonLock.holder(lock) == holder.pid


def test_kill_9_frees_the_lock(lock: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert DaemonLock.holder(lock) is None
    with DaemonLock(lock):
        assert DaemonLock.holder(lock) == os.getpid()


def test_the_lock_is_free_again_after_an_orderly_end(lock: Path) -> None:
    assert DaemonLock.holder(lock) is None
    for _ in range(2):
        with DaemonLock(lock):
            assert DaemonLock.holder(lock) == os.getpid()
        assert DaemonLock.holder(lock) is None


def test_somebody_who_asks_for_the_holder_keeps_no_daemon_from_starting(lock: Path) -> None:
    """``holder`` takes the lock for an instant; a daemon that starts in that instant must not give up."""
    lock.touch()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            DaemonLock.holder(lock)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(30):
            with DaemonLock(lock):
                pass
    finally:
        done.set()
        for thread in asking:
            thread.join()


def test_a_file_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def enter(number: int) -> None:
        for _ in range(50):
            with file_lock(tmp_path / "lock"):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
