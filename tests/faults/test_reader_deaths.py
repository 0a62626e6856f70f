"""A model's process that dies over a page costs the page a strike, never the daemon; the daemon's own death costs none."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from notesyncd.testing.pages import render_page, save_page
from tests.checkpoints import make_checkpoint
from tests.house import House

pytestmark = [
    pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs the mlx extra"),
    pytest.mark.slow,
]

PATIENCE = 120.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house whose reader is a model of random weights; what it answers is nonsense, and no matter here."""
    house = House(tmp_path)
    model = make_checkpoint(tmp_path / "model")
    reader = f'reader = "mlx"\nmodel = {str(model)!r}\n'
    house.config.write_text(house.config.read_text().replace('reader = "rapidocr"\n', reader))
    save_page(render_page("water the beans\nsow the radishes", effects="scan", seed=5), house.inbox / "page.jpg")
    return house


@pytest.fixture
def daemon(house: House) -> Iterator[subprocess.Popen[str]]:
    process = house.start("run")
    yield process
    process.kill()
    process.communicate()


def wait_for(what: Callable[[], object], why: str) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, why
        time.sleep(0.02)


def reader_of(daemon: subprocess.Popen[str]) -> psutil.Process | None:
    for child in psutil.Process(daemon.pid).children():
        if "notesyncd.read.process.child" in child.cmdline():
            return child
    return None


class Looks(FileSystemEventHandler):
    """Counts how often a reader opened a picture: then its model is loaded and it begins to read."""

    def __init__(self) -> None:
        self.count = 0

    def on_opened(self, event: FileSystemEvent) -> None:
        self.count += Path(os.fsdecode(event.src_path)).name == "picture.ppm"


@pytest.fixture
def looks(house: House) -> Iterator[Looks]:
    pictures = house.state / "cache" / "readers" / "pictures"
    pictures.mkdir(mode=0o700, parents=True)
    looks, observer = Looks(), Observer()
    observer.schedule(looks, str(pictures), recursive=True)
    observer.start()
    yield looks
    observer.stop()
    observer.join()


def row(house: House) -> tuple[str, int, str | None]:
    ((state, strikes, hold),) = house.query("SELECT state, strikes, hold FROM transcription")
    return state, strikes, hold


def begun(looks: Looks, daemon: subprocess.Popen[str], times: int = 1) -> psutil.Process:
    """Wait until a reader reads the page for the so manieth time."""
    wait_for(lambda: looks.count >= times, "no reader was asked")
    reader = reader_of(daemon)
    assert reader is not None
    return reader


def hurry(house: House) -> None:
    """End the pause before the next attempt."""
    with sqlite3.connect(house.state / "ledger.sqlite3", timeout=30) as connection:
        connection.execute("UPDATE transcription SET due_at = 0 WHERE state = 'queued'")


def test_three_deaths_park_the_page_and_the_daemon_goes_on(
    house: House, looks: Looks, daemon: subprocess.Popen[str]
) -> None:
    for strikes in (1, 2, 3):
        reader = begun(looks, daemon, strikes)
        os.kill(reader.pid, signal.SIGKILL)
        wait_for(lambda: row(house)[1] == strikes, f"no strike {strikes}: {row(house)}")  # noqa: B023
        assert daemon.poll() is None
        if strikes < 3:
            assert row(house)[0] == "queued"
            hurry(house)
    assert row(house) == ("parked", 3, "poison")
    assert not any((house.state / "cache" / "readers" / "pictures").iterdir())
    wait_for(house.notes, "the note of the parked page was not delivered")


def test_the_daemons_own_death_is_no_strike(house: House, looks: Looks, daemon: subprocess.Popen[str]) -> None:
    reader = begun(looks, daemon)
    daemon.kill()
    daemon.wait()
    wait_for(lambda: not reader.is_running(), "the reader outlives its daemon")
    assert row(house)[:2] == ("running", 0)
    again = house.start("run", "--once")
    again.communicate(timeout=PATIENCE)
    state, strikes, hold = row(house)
    assert (state, strikes, hold) == ("parked", 0, "answer")  # random weights run in a loop
