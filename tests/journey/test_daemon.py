"""The daemon as a process: it hears of files, notices other writers, ends in order, reads its configuration again."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notesyncd.testing.pages import mark_text, render_marked_page, save_page
from tests.house import House

PATIENCE = 60.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, settle=0.2)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def running(house: House) -> Iterator[subprocess.Popen[str]]:
    daemon = house.start("run")
    try:
        until(lambda: (house.state / "ledger.sqlite3").exists() and house.status()["daemon"]["running"])
        yield daemon
    finally:
        daemon.kill()
        daemon.communicate()


def test_a_dropped_page_becomes_a_note_and_sigterm_ends_in_order(house: House) -> None:
    with running(house) as daemon:
        time.sleep(1)
        save_page(render_marked_page(mark_text(1)), house.inbox / "page.jpg")
        until(house.notes)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=40) == 0
    assert list(house.marks()) == [mark_text(1)]
    assert not house.status()["daemon"]["running"]


def test_a_correction_from_another_process_is_noticed_and_delivered(house: House) -> None:
    save_page(render_marked_page(mark_text(1)), house.inbox / "page.jpg")
    with running(house):
        until(house.notes)
        (page,) = house.query("SELECT id FROM page")[0]
        house.run("correct", page[:12], "--word", "w1", "--text", "SIGN")
        begin = time.monotonic()
        until(lambda: "SIGN" in house.notes()[0].read_text())
        assert time.monotonic() - begin < 15  # noticed within a second; the sweep that would find it comes after 300


def test_a_second_daemon_is_refused_with_the_first_ones_process(house: House) -> None:
    with running(house) as first:
        second = house.start("run", "--once")
        _, err = second.communicate(timeout=60)
        assert second.returncode == 1
        assert str(first.pid) in err


def test_sighup_takes_a_valid_configuration_and_keeps_the_old_one_otherwise(house: House) -> None:
    other = house.root / "other inbox"
    other.mkdir()
    with running(house) as daemon:
        good = house.config.read_text()
        house.config.write_text(good.replace("group =", "grup ="))
        daemon.send_signal(signal.SIGHUP)
        until(lambda: house.query("SELECT value FROM meta WHERE key = 'daemon_report' AND value LIKE '%grup%'"))
        assert daemon.poll() is None
        house.config.write_text(good + f'\n[[watch]]\nfolder = "{other}"\n')
        daemon.send_signal(signal.SIGHUP)
        until(lambda: house.query("SELECT value FROM meta WHERE key = 'daemon_report' AND value LIKE '%other inbox%'"))
        save_page(render_marked_page(mark_text(2)), other / "page.jpg")
        until(house.notes)
    assert list(house.marks()) == [mark_text(2)]


def test_an_unmounted_vault_waits_and_heals(house: House) -> None:
    away = house.vault.rename(house.root / "away")
    save_page(render_marked_page(mark_text(3)), house.inbox / "page.jpg")
    house.run("run", "--once", expect=1)
    told = house.status()
    (waiting,) = told["waiting"]
    assert waiting["what"] == "delivery to obsidian"
    assert waiting["state"] == "queued"
    assert waiting["due_at"]
    assert not house.vault.exists()
    away.rename(house.vault)
    assert json.loads(house.run("retry", "--json"))["deliveries"] == 1  # nobody wants to wait for its pause to end
    house.run("run", "--once")
    assert list(house.marks()) == [mark_text(3)]


def test_a_missing_watched_folder_is_a_configuration_error_that_touches_nothing(house: House) -> None:
    house.inbox.rmdir()
    process = house.start("run", "--once")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 78
    assert str(house.inbox) in err
    assert not house.state.exists()
