"""A daemon of a test of its own: what it says goes into a file, and the test may wait for what it does."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house import House


class StandingDaemon:
    """``notesyncd run`` as a process; ``said`` is the file that its standard error goes to."""

    def __init__(self, house: House) -> None:
        self.said = house.root / "daemon.log"
        with self.said.open("a") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "notesyncd", "run"],
                env=house.environment(),
                cwd=house.root,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """End it in order, and see that it does so."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, self.tail()

    def tail(self) -> str:
        """The end of what it said."""
        return self.said.read_text(errors="replace")[-4000:]


@contextmanager
def standing_daemon(house: House) -> Iterator[StandingDaemon]:
    """Start a daemon and wait until it watches; it is killed at the end if it still runs."""
    daemon = StandingDaemon(house)
    try:
        wait_for(lambda: house.status()["daemon"]["version"], 60, daemon.tail)
        yield daemon
    finally:
        daemon.kill()


def wait_for(condition: Callable[[], object], seconds: float, say: Callable[[], object] = lambda: "") -> float:
    """Wait until ``condition`` holds; returns how many seconds that took, and fails with what ``say`` tells."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, f"it did not happen within {seconds} s\n{say()}"
        time.sleep(0.1)
    return time.monotonic() - begin


def count(house: House, table: str, state: str) -> int:
    """How many rows of a table are in a state; 0 while there is no ledger that can be asked."""
    try:
        return int(house.query(f"SELECT count(*) FROM {table} WHERE state = ?", state)[0][0])
    except sqlite3.OperationalError:
        return 0


def hunt(house: House, table: str, seconds: float = 30.0) -> None:
    """Wait, with a sharp eye, until a row of a table is ``running``."""
    until = time.monotonic() + seconds
    while not count(house, table, "running"):
        assert time.monotonic() < until, f"no {table} was ever running"
        time.sleep(0.002)


def originals(house: House) -> dict[str, Path]:
    """The originals that are kept, by their names: the digests of what they should hold."""
    return {path.name: path for path in (house.state / "artifacts" / "originals").glob("*/*")}
