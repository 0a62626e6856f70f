"""A machine that slept, or whose clock was set: the daemon looks everywhere, and nothing waits for a time gone by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from notesyncd.daemon.run import Daemon
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.ledger.store import Ledger
from tests.unit.pipeline.conftest import Intake


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """A folder of which no event tells, and which is gone through once a day; its clocks are real, but for ``shift``."""
    with Ledger(tmp_path / "ledger.sqlite3", daemon=True) as ledger, Decoder() as decoder:
        intake = Intake(tmp_path, ledger, decoder, mode="poll", poll_seconds=86_400.0, settle_seconds=0.0)
        intake.clock.wall = 0.0
        intake.services.clock = lambda: time.time() + intake.clock.wall
        intake.services.monotonic = time.monotonic
        yield intake


@contextmanager
def running(intake: Intake) -> Iterator[None]:
    daemon = Daemon(
        services=intake.services,
        plugins_of_places={},
        reading_threads=0,
        rescan_seconds=86_400.0,
        check_reload=lambda: None,
    )
    thread = threading.Thread(target=daemon.forever)
    thread.start()
    try:
        yield
    finally:
        daemon.stop()
        thread.join(60)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def draw(intake: Intake, name: str, shade: int) -> None:
    Image.new("L", (8, 8), shade).save(intake.folder / name)


@pytest.mark.parametrize("shift", [3600.0, -86_400.0 * 365], ids=["slept", "set back"])
def test_a_jump_of_the_clock_makes_the_daemon_look_everywhere(intake: Intake, shift: float) -> None:
    draw(intake, "a.png", 10)
    with running(intake):
        until(lambda: intake.states() == {"a.png": "registered"})
        draw(intake, "b.png", 20)
        time.sleep(6)  # a supervision passes, and finds nothing amiss
        assert intake.states() == {"a.png": "registered"}
        intake.clock.wall = shift
        until(lambda: intake.states() == {"a.png": "registered", "b.png": "registered"})
