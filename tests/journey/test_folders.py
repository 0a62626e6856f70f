"""What the owner of a folder can set for it: its backlog, its photos, its originals, its tags, its passwords."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pikepdf
import pytest

from notesyncd.testing.pages import empty_page, mark_text, render_marked_page, save_page, save_pdf
from tests.house import House

OLD = time.time() - 30 * 86_400
MARKS = [mark_text(number) for number in range(100, 160)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty-five old pages: two that can be read, the others without ink."""
    folder = tmp_path_factory.mktemp("archive")
    for number in range(53):
        page = empty_page(number, paper="plain")
        age(save_page(page, folder / f"blank {number:02}.png"), days=number)
    for number in (0, 1):
        age(save_page(render_marked_page(MARKS[number]), folder / f"page {number}.jpg"), days=40 * number)
    return folder


def age(path: Path, *, days: float) -> Path:
    moment = OLD - days * 86_400
    os.utime(path, (moment, moment))
    return path


def fill(house: House, archive: Path) -> None:
    shutil.copytree(archive, house.inbox, dirs_exist_ok=True)


def states(house: House) -> dict[str, int]:
    return dict(house.query("SELECT state, count(*) FROM source_file GROUP BY state"))


def outcome(house: House) -> dict[str, int]:
    return {mark: len(paths) for mark, paths in house.marks().items()}


# ------------------------------------------------------------------------------------------------------------- backlog


def test_many_old_files_are_held_until_their_owner_chooses(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    fill(house, archive)
    save_page(render_marked_page(MARKS[2]), house.inbox / "new.jpg")
    house.run("run", "--once")
    assert states(house) == {"held": 55, "registered": 1}
    assert outcome(house) == {MARKS[2]: 1}
    (backlog,) = house.status()["backlog"]
    assert (backlog["path"], backlog["files"]) == (str(house.inbox), 55)
    assert backlog["bytes"] == sum(path.stat().st_size for path in archive.iterdir())
    assert backlog["seconds"] > 0
    assert backlog["disk_bytes"] > backlog["bytes"]
    told = house.run("status")
    assert "55 files" in told
    assert "notesyncd run --backlog all" in told
    held = [item for item in house.status()["waiting"] if item["state"] == "held"]
    assert "--backlog" in held[0]["reason"]
    house.run("run", "--once")
    assert states(house) == {"held": 55, "registered": 1}
    out = house.run("run", "--once", "--backlog", "all")
    assert states(house) == {"registered": 56}, out
    assert outcome(house) == dict.fromkeys(MARKS[:3], 1)
    assert house.status()["backlog"] == []


def test_a_choice_of_none_passes_them_over_and_can_be_taken_back(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    fill(house, archive)
    house.run("run", "--once", "--backlog", "none")
    assert states(house) == {"ignored": 55}
    assert house.status()["waiting"] == []
    (house.inbox / "page 0.jpg").touch()  # what changes afterwards is new
    house.run("run", "--once")
    assert outcome(house) == {MARKS[0]: 1}
    house.run("run", "--once", "--backlog", "all")
    assert states(house) == {"registered": 55}
    assert outcome(house) == dict.fromkeys(MARKS[:2], 1)


def test_a_date_chooses_what_is_of_that_day_or_later(tmp_path: Path, archive: Path) -> None:
    day = time.strftime("%Y-%m-%d", time.localtime(OLD - 10 * 86_400))
    house = House(tmp_path, watch=f"backlog = {day}")
    fill(house, archive)
    house.run("run", "--once")
    assert states(house) == {"registered": 12, "ignored": 43}
    assert outcome(house) == {MARKS[0]: 1}


def test_a_few_old_files_are_no_backlog(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    for path in sorted(archive.iterdir())[-50:]:
        shutil.copy2(path, house.inbox)
    house.run("run", "--once")
    assert states(house) == {"registered": 50}


def test_old_files_that_come_into_a_known_folder_are_no_backlog(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    house.run("run", "--once")
    fill(house, archive)
    house.run("run", "--once")
    assert states(house) == {"registered": 55}


def test_a_running_daemon_hears_of_the_choice(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    fill(house, archive)
    daemon = house.start("run", "--quiet")
    try:
        patience = time.monotonic() + 60
        while house.status()["files"] != {"held": 55}:
            assert time.monotonic() < patience
            time.sleep(0.2)
        told = house.run("run", "--backlog", "all")
        assert "55 old files are read" in told
        assert str(daemon.pid) in told
        while outcome(house) != dict.fromkeys(MARKS[:2], 1):
            assert time.monotonic() < patience
            time.sleep(0.2)
    finally:
        daemon.kill()
        daemon.communicate()


def test_a_dry_run_lists_what_would_be_read_and_makes_nothing(tmp_path: Path, archive: Path) -> None:
    house = House(tmp_path)
    fill(house, archive)
    save_page(render_marked_page(MARKS[2]), house.inbox / "new.jpg")
    (house.inbox / "letter.docx").write_bytes(b"x")
    plan = json.loads(house.run("run", "--once", "--dry-run", "--json"))["files"]
    assert {file["plan"] for file in plan} == {"read", "hold"}
    (read,) = (file for file in plan if file["plan"] == "read")
    assert read == {
        "path": str(house.inbox / "new.jpg"),
        "plan": "read",
        "size_bytes": (house.inbox / "new.jpg").stat().st_size,
        "sinks": ["obsidian"],
    }
    plan = json.loads(house.run("run", "--once", "--dry-run", "--json", "--backlog", "all"))["files"]
    assert {file["plan"] for file in plan} == {"read"}
    newest_first = [Path(file["path"]).name for file in plan]
    assert newest_first[0] == "new.jpg"
    assert newest_first[-1] == "blank 52.png"
    assert not house.state.exists()
    assert house.notes() == []
    text = house.run("run", "--once", "--dry-run")
    assert "1 file would be read, 55 held until you choose (--backlog). Nothing was done." in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--backlog", "some"), "none of: ask, all, none, or a date"),
        (("--backlog-sink", "obsidian"), "--backlog-sink goes with --backlog"),
        (("--backlog", "all", "--backlog-sink", "slack"), "there is no sink 'slack'"),
    ],
)
def test_a_choice_that_is_none_is_refused(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    process = House(tmp_path).start("run", "--once", *arguments)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert message in " ".join(err.split())


# -------------------------------------------------------------------------------------------------- originals and photos


def test_originals_are_moved_once_they_are_delivered_and_none_is_overwritten(tmp_path: Path) -> None:
    done = tmp_path / "done"
    house = House(tmp_path, watch=f'after = "move"\nmove_to = "{done}"')
    for number, name in enumerate(("monday/scan.jpg", "scan.jpg")):
        (house.inbox / name).parent.mkdir(exist_ok=True)
        save_page(render_marked_page(MARKS[number]), house.inbox / name)
    save_page(empty_page(1, paper="ruled"), house.inbox / "blank.jpg")
    (house.inbox / "broken.jpg").write_bytes(b"no picture" * 100)
    before = (house.inbox / "scan.jpg").read_bytes()
    house.run("run", "--once", expect=1)
    assert sorted(path.name for path in house.inbox.rglob("*.*")) == ["blank.jpg", "broken.jpg"]
    assert (done / "scan.jpg").read_bytes() == before
    assert (done / "monday" / "scan.jpg").exists()
    save_page(render_marked_page(MARKS[2]), house.inbox / "scan.jpg")
    house.run("run", "--once", expect=1)
    assert (done / "scan.jpg").read_bytes() == before
    assert (done / "scan (2).jpg").exists()
    assert outcome(house) == dict.fromkeys(MARKS[:3], 1)
    page = house.query("SELECT id FROM page WHERE id IN (SELECT page_id FROM transcript) LIMIT 1")[0][0]
    house.run("correct", page, "--word", "w1", "--text", "SIGN")
    house.run("run", "--once", expect=1)
    assert sum("SIGN" in note.read_text() for note in house.notes()) == 1


def test_an_original_stays_until_every_sink_has_its_note(tmp_path: Path) -> None:
    done = tmp_path / "done"
    house = House(tmp_path, watch=f'after = "move"\nmove_to = "{done}"')
    second = tmp_path / "second"
    (second / ".obsidian").mkdir(parents=True)
    with house.config.open("a") as config:
        config.write(f'\n[sinks.second]\nplugin = "obsidian"\nvault = "{second}"\n')
    away = second.rename(tmp_path / "not mounted")
    save_page(render_marked_page(MARKS[0]), house.inbox / "scan.jpg")
    house.run("run", "--once", expect=1)
    assert outcome(house) == {MARKS[0]: 1}
    assert (house.inbox / "scan.jpg").exists()
    away.rename(second)
    house.run("retry")
    house.run("run", "--once")
    assert not (house.inbox / "scan.jpg").exists()
    assert (done / "scan.jpg").exists()


def test_an_original_that_can_not_be_moved_stays_and_is_told(tmp_path: Path) -> None:
    house = House(tmp_path, watch=f'after = "move"\nmove_to = "{tmp_path}/done"')
    (tmp_path / "done").write_text("a file is in the way")
    save_page(render_marked_page(MARKS[0]), house.inbox / "scan.jpg")
    process = house.start("run", "--once")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "scan.jpg can't be moved" in err
    assert (house.inbox / "scan.jpg").exists()
    assert outcome(house) == {MARKS[0]: 1}


def test_originals_go_to_the_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    house = House(tmp_path, watch='after = "trash"')
    save_page(render_marked_page(MARKS[0]), house.inbox / "scan.jpg")
    before = (house.inbox / "scan.jpg").read_bytes()
    house.run("run", "--once")
    assert not (house.inbox / "scan.jpg").exists()
    (trashed,) = (path for path in tmp_path.rglob("scan.jpg") if "rash" in str(path))
    assert trashed.read_bytes() == before


def test_files_without_writing_are_sent_or_only_listed(tmp_path: Path) -> None:
    picture = empty_page(3, paper="plain").image
    picture.paste((30, 60, 200), (200, 200, 700, 600))
    for photos, notes in (("note", 1), ("skip", 0)):
        root = tmp_path / photos
        root.mkdir()
        house = House(root, watch=f'photos = "{photos}"')
        picture.save(house.inbox / "beach.jpg")
        house.run("run", "--once")
        assert house.query("SELECT outcome FROM transcription") == [("drawing",)]
        assert len(house.notes()) == notes
        assert house.status()["waiting"] == []


def test_a_drawing_on_a_page_of_a_notebook_is_no_photo(tmp_path: Path) -> None:
    house = House(tmp_path, watch='photos = "skip"')
    sketch = empty_page(3, paper="plain")
    sketch.image.paste((30, 60, 200), (200, 200, 700, 600))
    save_pdf([render_marked_page(MARKS[0]), sketch], house.inbox / "notebook.pdf")
    house.run("run", "--once")
    (note,) = house.notes()
    assert note.read_text().count(".jpg") == 2


def test_folders_become_tags_and_a_move_changes_them(tmp_path: Path) -> None:
    house = House(tmp_path, watch="tags_from_folders = true")
    path = house.inbox / "Work" / "Meeting Notes" / "2026" / "scan.jpg"
    path.parent.mkdir(parents=True)
    save_page(render_marked_page(MARKS[0]), path)
    house.run("run", "--once")
    (note,) = house.notes()
    text = note.read_text()
    assert "Work" in text
    assert "Meeting-Notes" in text
    (house.inbox / "Home").mkdir()
    path.rename(house.inbox / "Home" / "scan.jpg")
    house.run("run", "--once")
    assert house.notes() == [note]
    assert "Home" in note.read_text()
    assert "Meeting-Notes" not in note.read_text()


def test_a_locked_pdf_waits_for_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path)
    save_pdf([render_marked_page(MARKS[0])], tmp_path / "open.pdf")
    with pikepdf.open(tmp_path / "open.pdf") as pdf:
        pdf.save(house.inbox / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="open sesame"))
    house.run("run", "--once", expect=1)
    (waiting,) = house.status()["waiting"]
    assert waiting["state"] == "needs_password"
    assert "pdf_passwords" in waiting["reason"]
    house.config.write_text(
        house.config.read_text().replace("[[watch]]", '[[watch]]\npdf_passwords = { env = "PDF_PASSWORDS" }')
    )
    monkeypatch.setenv("PDF_PASSWORDS", "something else\nopen sesame\n")
    house.run("retry")
    house.run("run", "--once")
    assert outcome(house) == {MARKS[0]: 1}
    assert all(b"sesame" not in path.read_bytes() for path in house.state.rglob("*") if path.is_file())
    assert MARKS[0] in house.run("read", str(house.inbox / "locked.pdf"))


def test_files_of_other_kinds_are_listed_as_ignored(tmp_path: Path) -> None:
    house = House(tmp_path)
    (house.inbox / "IMG_0001.MOV").write_bytes(b"x")
    house.run("run", "--once")
    assert house.status()["files"] == {"ignored": 1}
    ((reason,),) = house.query("SELECT reason FROM source_file")
    assert "a video" in reason
    house.run("run", "--once")
    assert house.status()["waiting"] == []
