"""What a person sees: files go in, notes come out, through the real command, ledger, reader and vault."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notesyncd.testing.pages import empty_page, mark_text, render_marked_page, save_page, save_pdf
from tests.house import House

MARKS = [mark_text(number) for number in range(20, 30)]


def put(house: House, number: int, name: str, **how: object) -> Path:
    path = house.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return save_page(render_marked_page(MARKS[number]), path, **how)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def counts(house: House) -> dict[str, int]:
    return {mark: len(paths) for mark, paths in house.marks().items()}


def test_each_file_becomes_one_note_with_its_picture(house: House) -> None:
    for number, name in enumerate(("a.jpg", "b.png", "c.webp", "d.tif")):
        put(house, number, name)
    house.run("run", "--once")
    assert counts(house) == dict.fromkeys(MARKS[:4], 1)
    assert len(house.notes()) == 4
    assert len(list(house.vault.rglob("*.jpg"))) == 4


def test_a_scanner_that_reuses_a_name_never_overwrites_another_pages_note(house: House) -> None:
    for number in range(3):
        put(house, number, "scan.jpg")
        house.run("run", "--once")
    assert counts(house) == dict.fromkeys(MARKS[:3], 1)
    assert len(house.notes()) == 3


def test_the_same_bytes_at_two_paths_are_one_scan_and_one_note(house: House) -> None:
    shutil.copy(put(house, 0, "a.jpg"), house.inbox / "copy of a.jpg")
    house.run("run", "--once")
    assert len(house.notes()) == 1
    assert house.query("SELECT count(*), count(DISTINCT digest) FROM source_file")[0] == (2, 1)


def test_the_same_name_in_two_folders_is_two_notes(house: House) -> None:
    put(house, 0, "monday/scan.jpg")
    put(house, 1, "tuesday/scan.jpg")
    house.run("run", "--once")
    assert counts(house) == dict.fromkeys(MARKS[:2], 1)
    assert len(house.notes()) == 2


def test_a_rename_updates_the_path_and_nothing_else(house: House) -> None:
    path = put(house, 0, "a.jpg")
    house.run("run", "--once")
    before = [(note, note.read_bytes()) for note in house.notes()]
    path.rename(house.inbox / "b.jpg")
    house.run("run", "--once")
    assert [(note, note.read_bytes()) for note in house.notes()] == before
    assert house.query("SELECT raw_path, state FROM source_file") == [(b"b.jpg", "registered")]


def test_a_blank_page_gives_no_note_and_is_listed(house: House) -> None:
    save_page(empty_page(1, paper="ruled"), house.inbox / "empty.jpg")
    house.run("run", "--once")
    assert house.notes() == []
    assert house.status()["transcriptions"]["blank"] == 1
    assert house.status()["waiting"] == []


def test_a_pdf_exported_again_with_one_page_more_is_read_by_one_page_and_updated_in_place(house: House) -> None:
    pages = [render_marked_page(mark) for mark in MARKS[:6]]
    save_pdf(pages[:5], house.inbox / "notebook.pdf")
    house.run("run", "--once")
    before = house.notes()
    read = house.query("SELECT count(*) FROM attempt WHERE kind = 'transcription'")[0][0]
    save_pdf(pages, house.inbox / "notebook.pdf")
    house.run("run", "--once")
    assert house.query("SELECT count(*) FROM attempt WHERE kind = 'transcription'")[0][0] == read + 1
    assert house.notes() == before
    assert counts(house) == dict.fromkeys(MARKS[:6], 1)
    assert house.query("SELECT revision FROM note") == [(2,)]


def test_nothing_new_makes_no_revision(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    before = house.query("SELECT count(*) FROM attempt")
    house.run("run", "--once")
    assert house.query("SELECT count(*) FROM attempt") == before
    assert house.query("SELECT revision FROM note") == [(1,)]


def test_an_unreadable_file_says_why_and_all_others_go_on(house: House) -> None:
    (house.inbox / "broken.jpg").write_bytes(b"this is no picture at all" * 100)
    put(house, 0, "fine.jpg")
    house.run("run", "--once", expect=1)
    assert counts(house) == {MARKS[0]: 1}
    (waiting,) = house.status()["waiting"]
    assert waiting["path"].endswith("broken.jpg")
    assert waiting["state"] == "unreadable"
    assert waiting["reason"]
    put(house, 1, "broken.jpg")
    house.run("run", "--once")
    assert counts(house) == dict.fromkeys(MARKS[:2], 1)


def test_a_burst_is_one_note_in_the_order_of_the_photos(tmp_path: Path) -> None:
    house = House(tmp_path, group="burst")
    noon = datetime(2026, 5, 4, 12, 0)
    for number, seconds in enumerate((60, 0, 30, 4000)):
        put(house, number, f"{number}.jpg", captured_at=noon + timedelta(seconds=seconds))
    house.run("run", "--once")
    texts = [note.read_text() for note in house.notes()]
    assert len(texts) == 2
    burst = next(text for text in texts if MARKS[0] in text)
    assert burst.index(MARKS[1]) < burst.index(MARKS[2]) < burst.index(MARKS[0])


def test_one_note_a_page_and_one_note_a_folder(tmp_path: Path) -> None:
    pages = [render_marked_page(mark) for mark in MARKS[:3]]
    for group, notes in (("page", 3), ("folder", 1)):
        root = tmp_path / group
        root.mkdir()
        house = House(root, group=group)
        save_pdf(pages[:2], house.inbox / "two.pdf")
        put(house, 2, "three.jpg")
        house.run("run", "--once")
        assert len(house.notes()) == notes
        assert counts(house) == dict.fromkeys(MARKS[:3], 1)


def test_a_correction_is_put_into_the_delivered_note_and_can_be_undone(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    (note,) = house.notes()
    page = house.query("SELECT id FROM page")[0][0]
    house.run("correct", page[:10], "--word", "w1", "--text", "SIGN")
    house.run("run", "--once")
    assert house.notes() == [note]
    assert MARKS[0].replace("MARK", "SIGN") in note.read_text()
    house.run("correct", page[:10], "--undo")
    house.run("run", "--once")
    assert MARKS[0] in note.read_text()


def test_a_deleted_note_stays_deleted_until_it_is_asked_for(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    house.notes()[0].unlink()
    page = house.query("SELECT id FROM page")[0][0]
    house.run("correct", page[:10], "--word", "w1", "--text", "SIGN")
    house.run("run", "--once", expect=None)
    assert house.notes() == []
    note_id = json.loads(house.run("notes", "--json"))[0]["id"]
    house.run("redeliver", note_id[:8])
    house.run("run", "--once")
    assert len(house.notes()) == 1


def test_notes_are_found_by_their_words(house: House) -> None:
    put(house, 0, "a.jpg")
    put(house, 1, "b.jpg")
    house.run("run", "--once")
    word = MARKS[1].split()[-1]
    found = json.loads(house.run("notes", word, "--json"))
    assert len(found) == 1
    shown = house.run("notes", "show", found[0]["id"][:8])
    assert word in shown


def test_a_new_sink_starts_from_now_and_is_backfilled_when_asked(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    second = house.root / "second"
    (second / ".obsidian").mkdir(parents=True)
    with house.config.open("a") as config:
        config.write(f'\n[sinks.second]\nplugin = "obsidian"\nvault = "{second}"\n')
    house.run("run", "--once")
    assert list(second.rglob("*.md")) == []
    assert "would be queued for second: 1 note" in house.run("backfill", "second", "--dry-run")
    house.run("backfill", "second")
    house.run("run", "--once")
    assert len(list(second.rglob("*.md"))) == 1


def test_a_restored_ledger_doubles_nothing(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    house.run("backup", str(house.root / "saved.sqlite3"))
    put(house, 1, "b.jpg")
    page = house.query("SELECT id FROM page")[0][0]
    house.run("correct", page[:10], "--word", "w1", "--text", "SIGN")
    house.run("run", "--once")
    house.run("restore", str(house.root / "saved.sqlite3"), "--yes")
    house.run("run", "--once")
    assert len(house.notes()) == 2
    found = counts(house)
    assert found[MARKS[1]] == 1
    assert sum(found.values()) + sum("SIGN" in note.read_text() for note in house.notes()) == 2


def test_a_lost_ledger_finds_its_notes_again(house: House) -> None:
    put(house, 0, "a.jpg")
    house.run("run", "--once")
    before = house.notes()
    shutil.rmtree(house.state)
    house.run("run", "--once")
    assert house.notes() == before
    assert counts(house) == {MARKS[0]: 1}
