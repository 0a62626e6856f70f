"""A full disk stops the work, and nothing else: nothing is lost, torn or doubled, and room alone makes it go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from notesyncd.testing.pages import mark_text, render_marked_page, save_page
from notesyncd_obsidian.shelf import Shelf
from tests.faults.full_disk import Ballast, filled, small_house, temporary_files, users_files_are_untouched
from tests.faults.standing_daemon import StandingDaemon, count, hunt, originals, standing_daemon, wait_for
from tests.house import House
from tests.unit.system.mounting import mounted_tmpfs

PAGES = 5
STATE, VAULT = "96m", "4m"
"""Sizes of the small file systems; the daemon begins no page with less than 64 MiB free."""
FULL_SECONDS = 12.0
HEALS_WITHIN = 60.0
MOMENTS = ("before", "reading", "delivery")
"""When the disk becomes full: before pages arrive, while one is read, while one is delivered."""

pytestmark = pytest.mark.slow


def drop(house: House, *, first: int = 0) -> list[str]:
    """Put pages into the folder, and return their marks."""
    marks = [mark_text(number) for number in range(first, first + PAGES)]
    for number, mark in enumerate(marks):
        save_page(render_marked_page(mark, seed=first + number), house.inbox / f"{first + number}.jpg")
    return marks


def drop_and_fill(house: House, moment: str, fill: Callable[[], object]) -> list[str]:
    """Drop pages and fill the disk at a moment of their way."""
    if moment == "before":
        fill()
        return drop(house)
    marks = drop(house)
    hunt(house, {"reading": "transcription", "delivery": "delivery"}[moment])
    fill()
    return marks


def watch_for(house: House, seconds: float) -> None:
    """Let time pass; meanwhile no note of ours may stand in the vault without its mark, whole."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert_no_half_note(house)
        time.sleep(0.2)


def ours(house: House) -> list[Path]:
    return [path for path in house.notes() if path.name not in ("mine.md", "other.md")]


def assert_no_half_note(house: House) -> None:
    for path in ours(house):
        text = path.read_text()
        assert text.count("MARK ") >= 1, f"{path.name} is a half note: {text!r}"
        assert "notesyncd" in text.splitlines()[-1], f"{path.name} has no end: {text!r}"


def assert_all_is_there(house: House, marks: list[str], *, pictures: bool = True) -> None:
    """Each mark in exactly one note with its picture, the ledger sound, nothing given up, nothing left behind."""
    assert {mark: len(paths) for mark, paths in house.marks().items()} == dict.fromkeys(marks, 1)
    assert len(ours(house)) == len(marks)
    assert_no_half_note(house)
    shown = sorted(house.vault.rglob("*.jpg"))
    assert len(shown) == (len(marks) if pictures else 0)
    for picture in shown:
        with Image.open(picture) as image:
            image.load()
    assert house.parked() == 0
    assert house.integrity() == "ok"
    told = house.status()
    assert told["waiting"] == []
    assert set(told["files"]) == {"registered"}
    assert len(originals(house)) == len(marks)
    assert users_files_are_untouched(house)
    assert [path for path in temporary_files(house) if house.vault in path.parents] == []


def wait_until_healed(house: House, marks: list[str], daemon: StandingDaemon) -> float:
    def healed() -> bool:
        return set(house.marks()) == set(marks) and not house.status()["waiting"]

    return wait_for(healed, HEALS_WITHIN, lambda: f"{house.status()}\n{daemon.tail()}")


@pytest.fixture
def small_state(tmp_path: Path) -> Iterator[House]:
    with small_house(tmp_path, state=STATE) as house:
        yield house


@pytest.fixture
def small_vault(tmp_path: Path) -> Iterator[House]:
    with small_house(tmp_path, vault=VAULT) as house:
        yield house


@pytest.fixture
def small_both(tmp_path: Path) -> Iterator[House]:
    with small_house(tmp_path, state=STATE, vault=VAULT) as house:
        yield house


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_full_state_folder_loses_nothing_and_heals_by_itself(small_state: House, moment: str) -> None:
    house = small_state
    with standing_daemon(house) as daemon, ExitStack() as full:
        marks = drop_and_fill(house, moment, lambda: full.enter_context(filled(house.state)))
        watch_for(house, FULL_SECONDS)
        assert house.status()["daemon"]["running"]  # another process still gets its answer
        assert len(house.marks()) < PAGES
        full.close()
        print(f"healed {wait_until_healed(house, marks, daemon):.1f} s after there was room")
        wait_for(lambda: house.status()["daemon"]["problems"] == [], 30)
        daemon.end()
    assert_all_is_there(house, marks)


def test_status_says_in_words_that_the_room_runs_out(small_state: House) -> None:
    house = small_state
    with standing_daemon(house) as daemon, ExitStack() as full:
        full.callback(Ballast(house.state, spare=8 << 20).throw_away)
        marks = drop(house)
        wait_for(lambda: "full" in str(house.status()["daemon"]["problems"]), 30, daemon.tail)
        (problem,) = house.status()["daemon"]["problems"]
        assert str(house.state) in problem
        assert "MB are needed" in problem
        full.close()
        wait_until_healed(house, marks, daemon)
        wait_for(lambda: house.status()["daemon"]["problems"] == [], 30)


def test_status_says_so_even_where_not_a_byte_is_left(small_state: House) -> None:
    house = small_state
    with standing_daemon(house), filled(house.state):
        drop(house)
        wait_for(lambda: "full" in json.dumps(house.status()), 15)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_full_vault_gets_no_half_note_and_heals_by_itself(small_vault: House, moment: str) -> None:
    house = small_vault
    with standing_daemon(house) as daemon, ExitStack() as full:
        marks = drop_and_fill(house, moment, lambda: full.enter_context(filled(house.vault)))
        wait_for(lambda: count(house, "delivery", "queued"), 60)
        watch_for(house, 6)
        waiting = [item for item in house.status()["waiting"] if item["what"] == "delivery to obsidian"]
        assert any("No space left" in (item["reason"] or "") for item in waiting)
        assert users_files_are_untouched(house)
        full.close()
        print(f"healed {wait_until_healed(house, marks, daemon):.1f} s after there was room")
        daemon.end()
    assert_all_is_there(house, marks)
    assert temporary_files(house) == []


def test_a_note_that_finds_no_room_is_not_there_at_all_and_one_that_stands_stays_as_it_is(small_vault: House) -> None:
    """Without pictures, so that it is the note itself for which there is no room: at first, and for its correction."""
    house = small_vault
    house.config.write_text(house.config.read_text().replace("[note]", '[note]\nimages = "none"'))
    with standing_daemon(house) as daemon:
        with filled(house.vault):
            marks = drop(house)
            wait_for(lambda: count(house, "delivery", "queued"), 60)
            watch_for(house, 6)
            assert ours(house) == []
        wait_until_healed(house, marks, daemon)
        assert_all_is_there(house, marks, pictures=False)
        ((page,), *_) = house.query("SELECT id FROM page")
        before = {path: path.read_bytes() for path in ours(house)}
        with filled(house.vault):
            house.run("correct", page[:12], "--word", "w1", "--text", "SIGN")
            wait_for(lambda: "No space left" in str(house.status()["waiting"]), 30, daemon.tail)
            assert {path: path.read_bytes() for path in ours(house)} == before
        wait_for(lambda: any("SIGN" in path.read_text() for path in ours(house)), HEALS_WITHIN, daemon.tail)
        daemon.end()
    assert sum("SIGN" in path.read_text() for path in ours(house)) == 1
    assert len(ours(house)) == PAGES
    assert house.status()["waiting"] == []
    assert users_files_are_untouched(house)
    assert temporary_files(house) == []


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_start_on_full_disks_touches_nothing_and_works_once_there_is_room(small_both: House, known: bool) -> None:
    house = small_both
    marks = drop(house)
    if known:
        house.run("run", "--once")
        marks += drop(house, first=PAGES)
    before = sorted(path.relative_to(house.vault) for path in house.vault.rglob("*"))
    with filled(house.state, house.vault):
        for arguments in (("run", "--once"), ("run",)):
            process = house.start(*arguments)
            try:
                _, said = process.communicate(timeout=60)
            finally:
                process.kill()
            assert process.returncode == 1
            assert "full" in said or "No space left" in said, said
        now = sorted(path.relative_to(house.vault) for path in house.vault.rglob("*") if path.name != "ballast")
        assert now == before
        assert users_files_are_untouched(house)
    house.run("run", "--once")
    assert_all_is_there(house, marks)
    assert temporary_files(house) == []


def test_a_start_on_a_full_disk_ends_with_a_sentence(small_state: House) -> None:
    with filled(small_state.state):
        process = small_state.start("run", "--once")
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said


def test_a_start_with_little_room_reads_nothing_and_says_why(small_state: House) -> None:
    house = small_state
    marks = drop(house)
    ballast = Ballast(house.state, spare=8 << 20)
    process = house.start("run", "--once")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "full" in said
    assert "Traceback" not in said
    assert ours(house) == []
    ballast.throw_away()
    house.run("run", "--once")
    assert_all_is_there(house, marks)


def test_a_daemon_that_waits_for_room_ends_in_order(small_state: House) -> None:
    house = small_state
    with standing_daemon(house) as daemon, ExitStack() as full:
        marks = drop_and_fill(house, "reading", lambda: full.enter_context(filled(house.state)))
        wait_for(lambda: "waits" in daemon.tail(), 30, daemon.tail)
        begin = time.monotonic()
        daemon.end()
        assert time.monotonic() - begin < 20
    house.run("run", "--once")
    assert_all_is_there(house, marks)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_while_both_disks_are_full_loses_and_doubles_nothing(small_both: House, moment: str) -> None:
    house = small_both
    with standing_daemon(house) as daemon, ExitStack() as full:
        marks = drop_and_fill(house, moment, lambda: full.enter_context(filled(house.state, house.vault)))
        watch_for(house, 4)
        daemon.kill()
        assert_no_half_note(house)
        assert users_files_are_untouched(house)
    with standing_daemon(house) as daemon:
        wait_until_healed(house, marks, daemon)
        daemon.end()
    assert_all_is_there(house, marks)
    assert temporary_files(house) == []


def test_a_text_that_found_no_room_on_the_shelf_is_kept_once_there_is_some(tmp_path: Path) -> None:
    text = b"what its user wrote\n" * 4000
    with mounted_tmpfs(tmp_path / "cache", "size=256k"):
        shelf = Shelf(tmp_path / "cache" / "shelf")
        (tmp_path / "cache" / "shelf").mkdir()
        ballast = Ballast(tmp_path / "cache", spare=16 << 10)
        with pytest.raises(OSError, match="No space left"):
            shelf.keep("note.md", text)
        ballast.throw_away()
        shelf.keep("note.md", text)
        assert [path.read_bytes() for path in (tmp_path / "cache" / "shelf").iterdir()] == [text]
