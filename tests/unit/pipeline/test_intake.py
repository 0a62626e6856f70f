"""How files become scans: left alone, taken in, tried again later; and what a folder's absence means."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from notesyncd.intake import cloud
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.ledger.store import Ledger
from notesyncd.pipeline.start import clock_fell_back
from tests.unit.pipeline.conftest import Intake


def test_a_file_that_has_been_lying_there_is_taken_in_at_once(intake: Intake) -> None:
    intake.clock.pass_time(60)  # its inode is as new as this test
    intake.put("a.png")
    intake.clock.pass_time(60)
    assert intake.sweep() == 1
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_a_file_that_was_just_written_is_left_alone_for_five_seconds(intake: Intake) -> None:
    intake.sweep()
    intake.hint(intake.put("a.png", days_old=0))
    intake.clock.pass_time(4.9)
    intake.tend()
    assert intake.states() == {"a.png": "settling"}
    intake.clock.pass_time(0.2)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_each_event_begins_the_quiet_time_anew(intake: Intake) -> None:
    intake.sweep()
    path = intake.put("a.png", days_old=0)
    for _ in range(5):
        intake.hint(path)
        intake.clock.pass_time(4)
        intake.tend()
        assert intake.states() == {"a.png": "settling"}
    intake.clock.pass_time(4)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_in_a_polled_folder_two_equal_looks_fifteen_seconds_apart_are_asked_for(
    tmp_path: Path, ledger: Ledger, decoder: Decoder
) -> None:
    """Times on a share are another machine's; the file's own age proves nothing there."""
    intake = Intake(tmp_path, ledger, decoder, mode="poll")
    intake.put("a.png", days_old=30)
    intake.clock.pass_time(3600)
    intake.sweep()
    intake.tend()
    intake.clock.pass_time(14)
    intake.tend()
    assert intake.states() == {"a.png": "settling"}
    intake.clock.pass_time(2)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_a_file_that_is_quiet_but_not_whole_is_tried_again_with_growing_pauses(intake: Intake) -> None:
    path = intake.put("a.png", days_old=0)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    intake.take_in()
    pauses = []
    for _ in range(10):
        file = intake.file("a.png")
        assert file.state == "incomplete"
        assert "PNG" in (file.reason or "")
        assert file.due_at is not None
        pauses.append(round(file.due_at - intake.clock.wall))
        intake.clock.pass_time(file.due_at - intake.clock.wall + 0.1)
        intake.tend()
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]
    path.write_bytes(whole)
    intake.sweep()
    intake.clock.pass_time(6)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_after_a_day_it_needs_a_person_and_is_looked_at_every_hour(intake: Intake) -> None:
    path = intake.put("a.png")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    intake.take_in()
    intake.clock.pass_time(86_400)
    intake.tend()
    file = intake.file("a.png")
    assert file.state == "incomplete"
    assert "copy it here anew, or remove it" in (file.reason or "")
    assert file.due_at == pytest.approx(intake.clock.wall + 3600)
    path.write_bytes(whole)
    intake.hint(path)
    intake.clock.pass_time(6)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_something_that_happens_to_an_unfinished_file_ends_its_pause(intake: Intake) -> None:
    """Its last writer closed it: not a byte changes, but now it may be read."""
    path = intake.put("a.png", days_old=0)
    with path.open("r+b"):
        intake.take_in()
        if intake.file("a.png").state == "registered":
            pytest.skip("needs a system that tells of writers")
        assert "open for writing" in (intake.file("a.png").reason or "")
        for _ in range(6):
            intake.clock.pass_time(400)
            intake.tend()
        waits = intake.file("a.png").due_at
        assert waits is not None
        assert waits > intake.clock.wall + 100
    intake.hint(path)
    intake.clock.pass_time(6)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


def test_a_file_that_vanishes_while_it_settles_is_gone_and_comes_back(intake: Intake) -> None:
    path = intake.put("a.png", days_old=0)
    intake.sweep()
    data = path.read_bytes()
    path.unlink()
    intake.take_in()
    assert intake.states() == {"a.png": "gone"}
    path.write_bytes(data)
    intake.take_in()
    assert intake.states() == {"a.png": "registered"}


def test_a_missing_folder_is_a_state_and_no_file_of_it_is_gone(intake: Intake) -> None:
    intake.put("a.png")
    intake.take_in()
    intake.put("b.png", days_old=0)
    intake.sweep()
    away = intake.folder.rename(intake.folder.with_name("away"))
    intake.clock.pass_time(6)
    intake.tend()
    intake.sweep()
    assert intake.states() == {"a.png": "registered", "b.png": "settling"}
    assert "can't be listed" in intake.stock.problems[str(intake.folder)]
    away.rename(intake.folder)
    intake.clock.pass_time(61)
    intake.sweep()
    intake.tend()
    assert intake.states() == {"a.png": "registered", "b.png": "registered"}
    assert intake.stock.problems == {}


def test_a_file_of_a_disk_that_is_not_mounted_is_not_gone(intake: Intake) -> None:
    """An empty mount point is a folder, too; that it lies on another device tells."""
    intake.put("a.png", days_old=0)
    intake.sweep()
    with intake.services.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE source_file SET dev = dev + 1")
    (intake.folder / "a.png").unlink()
    intake.clock.pass_time(6)
    intake.tend()
    file = intake.file("a.png")
    assert file.state == "settling"
    assert "not mounted" in (file.reason or "")


def test_what_returns_unchanged_is_not_decoded_again(intake: Intake) -> None:
    intake.put("a.png")
    intake.put("b.png", colour=3)
    intake.take_in()
    away = (intake.folder / "a.png").rename(intake.folder.parent / "a.png")
    intake.sweep()
    assert intake.states() == {"a.png": "gone", "b.png": "registered"}
    away.rename(intake.folder / "a.png")
    intake.sweep()
    assert intake.states() == {"a.png": "registered", "b.png": "registered"}


def test_a_renamed_folder_moves_its_files_in_the_ledger(intake: Intake) -> None:
    intake.put("may/a.png")
    intake.take_in()
    before = intake.file("may/a.png")
    (intake.folder / "may").rename(intake.folder / "june")
    intake.sweep()
    assert intake.states() == {"june/a.png": "registered"}
    assert intake.file("june/a.png").id == before.id


def test_a_clock_that_is_set_back_lets_nothing_wait_for_the_old_time(intake: Intake) -> None:
    intake.sweep()
    intake.hint(intake.put("a.png", days_old=0))
    intake.clock.wall -= 86_400 * 365
    intake.clock.monotonic += 6
    intake.tend()
    assert intake.states() == {"a.png": "settling"}
    clock_fell_back(intake.services, 86_400 * 365)
    intake.clock.pass_time(6)
    intake.tend()
    assert intake.states() == {"a.png": "registered"}


# --------------------------------------------------------------------------------------------------------------- iCloud


@pytest.fixture
def dataless(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that macOS would say are not on this machine; nothing else can fake its flag on Linux."""
    names: set[str] = set()
    real = os.lstat

    def lstat(path: os.PathLike[bytes] | bytes) -> object:
        status = real(path)
        flagged = stat.S_ISREG(status.st_mode) and Path(os.fsdecode(path)).name in names
        fields = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        return SimpleNamespace(**fields, st_flags=0x40000000) if flagged else status

    monkeypatch.setattr("notesyncd.intake.sweep.os.lstat", lstat)
    return names


def test_a_file_that_is_in_the_cloud_is_asked_for_and_never_opened(
    intake: Intake, dataless: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    fake = tmp_path / "bin" / "brctl"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{asked}"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    path = intake.put("page.png")
    dataless.add("page.png")
    accessed = path.stat().st_atime_ns
    intake.take_in()
    file = intake.file("page.png")
    assert file.state == "cloud_pending"
    assert file.reason == "its content is in iCloud and not on this Mac yet; it was asked for"
    assert asked.read_text() == f"download {path}\n"
    assert path.stat().st_atime_ns == accessed
    dataless.clear()  # downloaded: neither size nor time changes
    assert intake.sweep() == 1
    intake.clock.pass_time(60)
    intake.tend()
    assert intake.states() == {"page.png": "registered"}


def test_where_the_owner_wants_no_downloads_it_only_waits(
    tmp_path: Path, ledger: Ledger, decoder: Decoder, dataless: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    intake = Intake(tmp_path, ledger, decoder, icloud_download=False)
    intake.put("page.png")
    dataless.add("page.png")
    intake.take_in()
    file = intake.file("page.png")
    assert (file.state, file.reason) == ("cloud_pending", "its content is in iCloud and not on this Mac yet")
    intake.restart(icloud_download=True)
    intake.clock.pass_time(1000)
    intake.tend()
    assert "asking for it did not work" in (intake.file("page.png").reason or "")
    assert not cloud.is_dataless((intake.folder / "page.png").stat())


# -------------------------------------------------------------------------------------------------------------- backlog


@pytest.mark.parametrize(("order", "first"), [("newest", "59.png"), ("oldest", "00.png"), ("name", "00.png")])
def test_a_chosen_backlog_is_taken_in_in_its_order(
    tmp_path: Path, ledger: Ledger, decoder: Decoder, order: str, first: str
) -> None:
    intake = Intake(tmp_path, ledger, decoder, backlog="all", backlog_order=order)
    for number in range(60):
        intake.put(f"{number:02}.png", colour=number, days_old=100 - number)
    intake.clock.pass_time(60)
    intake.sweep()
    intake.clock.pass_time(1)
    intake.tend(most=61)
    with ledger.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT f.raw_path FROM scan s JOIN source_file f ON f.digest = s.digest ORDER BY s.received_at, s.rowid"
        )
        names = [raw_path.decode() for (raw_path,) in rows]
    assert len(names) == 60
    assert names[0] == first


def test_files_of_a_folder_that_was_replaced_are_no_backlog(intake: Intake) -> None:
    intake.sweep()
    shutil.rmtree(intake.folder)
    intake.folder.mkdir()
    for number in range(60):
        intake.put(f"{number:02}.png", colour=number, days_old=10)
    intake.take_in()
    assert set(intake.states().values()) == {"registered"}
