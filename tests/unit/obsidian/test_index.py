from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import notesyncd_obsidian.index as index_module
from notesyncd.testing import notes
from notesyncd_obsidian.index import VaultIndex

ONE, TWO = notes.note_id("one"), notes.note_id("two")
Save = Callable[[Path, str], None]


def owned(note_id: str) -> str:
    return f"---\nnotesyncd-id: {note_id}\n---\ntext\n"


def region(note_id: str) -> str:
    return f"%% notesyncd:begin {note_id} 1 {'d' * 64} %%\n\ntext\n\n%% notesyncd:end {note_id} %%\n"


@pytest.fixture
def index(vault: Path, cache: Path) -> VaultIndex:
    return VaultIndex(vault, cache / "index.json")


def paths(index: VaultIndex, note_id: str = ONE) -> list[str]:
    index.refresh()
    return [entry.path for entry in index.copies(note_id)]


def test_copies_are_found_by_properties_and_regions_anywhere(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "a/b/Note.md", owned(ONE))
    save(vault / "Daily.md", f"long text\n{'x' * 5000}\n{region(TWO)}\n{region(ONE)}")
    save(vault / "Other.md", "text\n")
    assert paths(index) == ["a/b/Note.md", "Daily.md"]
    assert paths(index, TWO) == ["Daily.md"]
    assert paths(index, "unknown") == []


def test_what_obsidian_and_sync_clients_hide_is_no_copy(index: VaultIndex, vault: Path, save: Save) -> None:
    for name in (
        ".trash/Note.md",
        ".obsidian/Note.md",
        "Note.sync-conflict-20261120-101010-ABCDEFG.md",
        "Note (Conflicted copy Phone 202611201010).md",
        ".Note.md.1a2b3c4d.nsd-tmp",
        "Note.txt",
    ):
        save(vault / name, owned(ONE))
    assert paths(index) == []


def test_moves_deletions_and_new_files_are_seen(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "Note.md", owned(ONE))
    assert paths(index) == ["Note.md"]
    (vault / "Archive").mkdir()
    (vault / "Note.md").rename(vault / "Archive/Renamed.md")
    assert paths(index) == ["Archive/Renamed.md"]
    (vault / "Archive").rename(vault / "Old")
    assert paths(index) == ["Old/Renamed.md"]
    shutil.rmtree(vault / "Old")
    assert paths(index) == []


def test_an_edit_in_place_is_seen_by_a_thorough_look(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "Note.md", owned(ONE))
    save(vault / "Other.md", "text\n")
    assert paths(index) == ["Note.md"]
    save(vault / "Note.md", "all mine\n")
    save(vault / "Other.md", owned(ONE))
    found = index.search(ONE, thorough=False)
    assert found is not None
    assert found.path == "Other.md"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the notes that the index reads."""
    names: list[str] = []
    read = index_module._marks

    def note(path: Path) -> tuple[str | None, tuple[str, ...]]:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(index_module, "_marks", note)
    return names


def test_only_changed_files_are_opened(index: VaultIndex, vault: Path, save: Save, opened: list[str]) -> None:
    for number in range(5):
        save(vault / f"Note {number}.md", owned(notes.note_id(str(number))))
    index.refresh()
    assert len(opened) == 5
    index.refresh(thorough=True)
    assert len(opened) == 5
    save(vault / "Note 3.md", owned(ONE))
    index.refresh(thorough=True)
    assert opened[5:] == ["Note 3.md"]


def test_a_restart_opens_nothing_again(
    index: VaultIndex, vault: Path, cache: Path, save: Save, opened: list[str]
) -> None:
    save(vault / "Note.md", owned(ONE))
    index.refresh()
    index.save()
    assert paths(VaultIndex(vault, cache / "index.json")) == ["Note.md"]
    assert opened == ["Note.md"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 99, "vault": "x"}'])
def test_a_broken_store_counts_as_none(vault: Path, cache: Path, save: Save, content: str) -> None:
    save(vault / "Note.md", owned(ONE))
    save(cache / "index.json", content)
    assert paths(VaultIndex(vault, cache / "index.json")) == ["Note.md"]


def test_a_file_that_went_to_a_cloud_is_known_if_it_was_read_before(
    index: VaultIndex, vault: Path, cache: Path, save: Save
) -> None:
    save(vault / "Note.md", owned(ONE))
    save(vault / "Other.md", "text\n")
    index.refresh()
    index.save()
    for name in ("Note.md", "Other.md", "Never seen.md"):
        (vault / name).unlink(missing_ok=True)
        (vault / f".{name}.icloud").write_bytes(b"bplist00")
    for one in (index, VaultIndex(vault, cache / "index.json")):
        assert paths(one) == ["Note.md"]
        assert not one.copies(ONE)[0].local
        assert one.unknown() == ["Never seen.md"]
        entry = one.entry("Note.md")
        assert entry is not None
        assert entry.holds(ONE)


def test_what_was_seen_beside_our_copy_is_the_users(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "Note.md", owned(ONE))
    index.refresh()
    index.settle(ONE, "Note.md")
    save(vault / "Copy.md", owned(ONE))
    assert paths(index) == ["Note.md", "Copy.md"]
    index.settle(ONE, "Note.md")
    (vault / "Note.md").unlink()
    assert paths(index) == []


def test_a_moved_note_goes_before_its_older_copy(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "Copy.md", owned(ONE))
    save(vault / "Note.md", owned(ONE))
    index.refresh()
    index.settle(TWO, "Copy.md")
    (vault / "Note.md").rename(vault / "Z.md")
    assert paths(index) == ["Copy.md", "Z.md"]
    index.settle(ONE, "Z.md")
    (vault / "Z.md").rename(vault / "Moved.md")
    assert paths(index) == ["Moved.md"]


def test_files_are_found_by_name_as_links_do(index: VaultIndex, vault: Path) -> None:
    (vault / "img").mkdir()
    (vault / "img/Page.JPG").touch()
    (vault / "page.jpg").touch()
    index.refresh()
    assert index.named("PAGE.jpg") == ["img/Page.JPG", "page.jpg"]
    (vault / "page.jpg").unlink()
    index.refresh()
    assert index.named("page.jpg") == ["img/Page.JPG"]


def test_links_that_lead_in_a_circle_end(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "a/Note.md", owned(ONE))
    (vault / "a/up").symlink_to(vault)
    (vault / "loop").symlink_to(vault / "loop")
    (vault / "dead.md").symlink_to(vault / "nowhere.md")
    assert paths(index) == ["a/Note.md"]
    assert index.unlisted == []


def test_a_folder_that_cannot_be_listed_is_named_and_its_notes_stay_known(
    index: VaultIndex, vault: Path, cache: Path, save: Save
) -> None:
    save(vault / "Private/Note.md", owned(ONE))
    index.refresh()
    index.save()
    code = (
        "import sys; from pathlib import Path; from notesyncd_obsidian.index import VaultIndex\n"
        "vault = Path(sys.argv[1]); index = VaultIndex(vault, Path(sys.argv[2])); index.refresh()\n"
        "(vault / 'Private').chmod(0); index.refresh(thorough=True)\n"
        "print(index.unlisted, [entry.path for entry in index.copies(sys.argv[3])])"
    )
    command = [sys.executable, "-c", code, str(vault), str(cache), ONE]
    if os.geteuid() == 0:  # root lists everything, unless it gives up that right
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    (vault / "Private").chmod(0o700)
    assert answer.stdout == "['Private'] ['Private/Note.md']\n", answer.stderr


def test_a_hostile_file_is_read_in_no_time(index: VaultIndex, vault: Path, save: Save) -> None:
    save(vault / "Big.md", "---\n" + "notesyncd-id" * 100_000 + "\n%% notesyncd:begin " * 50_000)
    save(vault / "Spaces.md", "notesyncd\n" + " " * 2_000_000)
    index.refresh()
    assert paths(index) == []


def test_names_that_are_no_utf8_do_no_harm(index: VaultIndex, vault: Path, cache: Path, save: Save) -> None:
    if sys.platform == "darwin":
        pytest.skip("needs a file system that takes any bytes for a name")
    subprocess.run(["touch", os.fsencode(vault) + b"/\xff\xfe.md"], check=True)
    save(vault / "Note.md", owned(ONE))
    assert paths(index) == ["Note.md"]
    index.save()
    assert paths(VaultIndex(vault, cache / "index.json")) == ["Note.md"]
