"""kill -9 right before and right after each of the five commits and inside the sink's write loses and doubles nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notesyncd.testing.pages import mark_text, render_marked_page, save_page, save_pdf
from tests.house import House

COMMITS = ("register", "read", "compose", "sending", "progress", "delivered")
NOON = datetime(2026, 5, 4, 12, 0, 0)


def moments(commits=COMMITS, whens=("before", "after")):
    return [f"{commit}:{when}:1" for commit in commits for when in whens]


def everything_is_there_once(house: House, marks: list[str], *, notes: int) -> None:
    found = house.marks()
    assert {mark: len(paths) for mark, paths in found.items()} == dict.fromkeys(marks, 1)
    assert len(house.notes()) == notes
    assert house.parked() == 0
    assert house.integrity() == "ok"


@pytest.mark.parametrize("moment", moments())
def test_a_page_killed_at_a_commit_becomes_one_note(tmp_path: Path, moment: str) -> None:
    house = House(tmp_path)
    save_page(render_marked_page(mark_text(1)), house.inbox / "page.jpg")
    house.run("run", "--once", kill_at=moment, expect=-9)
    house.run("run", "--once")
    everything_is_there_once(house, [mark_text(1)], notes=1)


@pytest.mark.parametrize(
    "moment", ["register:before:1", "read:after:3", "compose:before:1", "progress:after:1", "delivered:before:1"]
)
def test_a_five_page_pdf_killed_at_a_commit_becomes_one_note(tmp_path: Path, moment: str) -> None:
    house = House(tmp_path)
    marks = [mark_text(number) for number in range(5)]
    save_pdf([render_marked_page(mark) for mark in marks], house.inbox / "five.pdf")
    house.run("run", "--once", kill_at=moment, expect=-9)
    house.run("run", "--once")
    everything_is_there_once(house, marks, notes=1)
    text = house.notes()[0].read_text()
    assert sorted(marks, key=text.index) == marks


@pytest.mark.parametrize(
    "moment", ["register:after:1", "read:before:1", "compose:after:1", "sending:after:1", "delivered:before:1"]
)
def test_a_late_photo_killed_at_a_commit_joins_its_burst_in_place(tmp_path: Path, moment: str) -> None:
    house = House(tmp_path, group="burst")
    marks = [mark_text(number) for number in range(3)]

    def photograph(number: int) -> None:
        taken = NOON + timedelta(seconds=30 * number)
        save_page(render_marked_page(marks[number]), house.inbox / f"IMG_{number}.jpg", captured_at=taken)

    photograph(0)
    photograph(1)
    house.run("run", "--once")
    before = house.notes()
    photograph(2)
    house.run("run", "--once", kill_at=moment, expect=-9)
    house.run("run", "--once")
    everything_is_there_once(house, marks, notes=1)
    assert house.notes() == before


def test_a_correction_while_a_delivery_is_ambiguous_makes_no_second_note(tmp_path: Path) -> None:
    house = House(tmp_path)
    save_page(render_marked_page(mark_text(7)), house.inbox / "page.jpg")
    house.run("run", "--once", kill_at="delivered:before:1", expect=-9)  # the note stands there, nobody knows
    (page,) = house.query("SELECT page_id FROM transcription")[0]
    house.run("correct", page[:12], "--word", "w3", "--text", "ZEBRA")
    house.run("run", "--once")
    assert len(house.notes()) == 1
    text = house.notes()[0].read_text()
    assert "ZEBRA" in text
    assert mark_text(7) not in text
    assert house.parked() == 0
