from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from notesyncd.api import TransientError
from notesyncd_obsidian import atomic
from notesyncd_obsidian.atomic import publish, replace, temporary_of, write_temporary
from notesyncd_obsidian.rewrite import rewrite
from notesyncd_obsidian.shelf import Shelf


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vault" / "note.md"
    path.parent.mkdir()
    path.write_text("one\n")
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def shelved(tmp_path: Path) -> list[str]:
    return sorted(path.read_text() for path in (tmp_path / "shelf").glob("*"))


def test_a_file_is_replaced_and_keeps_its_permissions(file: Path, shelf: Shelf) -> None:
    file.chmod(0o640)
    assert rewrite(file, lambda text: text + "ours\n", key="n", shelf=shelf) == b"one\nours\n"
    assert file.read_text() == "one\nours\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == ["note.md"]


def test_a_save_in_between_is_merged_and_shelved(file: Path, shelf: Shelf, tmp_path: Path) -> None:
    saves = iter(["one\nuser\n", "one\nuser again\n"])

    def change(text: str) -> str:
        if saved := next(saves, None):
            file.write_text(saved)
        return text + "ours\n"

    rewrite(file, change, key="n", shelf=shelf)
    assert file.read_text() == "one\nuser again\nours\n"
    assert "one\nuser\n" in shelved(tmp_path)


def test_a_save_in_between_that_takes_our_marks_away_is_put_back(file: Path, shelf: Shelf) -> None:
    def change(text: str) -> str | None:
        if "one" in text:
            file.write_text("all mine\n")
            return text + "ours\n"
        return None

    assert rewrite(file, change, key="n", shelf=shelf) is None
    assert file.read_text() == "all mine\n"


def test_a_save_in_between_is_put_back_when_the_change_fails(file: Path, shelf: Shelf) -> None:
    def change(text: str) -> str:
        if "one" in text:
            file.write_text("all mine\n")
            return text + "ours\n"
        raise TransientError("the disk is full")

    with pytest.raises(TransientError):
        rewrite(file, change, key="n", shelf=shelf)
    assert file.read_text() == "all mine\n"


def test_who_is_always_too_late_gives_up(file: Path, shelf: Shelf) -> None:
    saves = (f"save {number}\n" for number in range(100))
    last = ""

    def change(text: str) -> str:
        nonlocal last
        last = next(saves)
        file.write_text(last)
        return text + "ours\n"

    with pytest.raises(TransientError, match="edited"):
        rewrite(file, change, key="n", shelf=shelf)
    assert file.read_text() == last


def test_a_deleted_file_is_not_made_again(file: Path, shelf: Shelf) -> None:
    def change(text: str) -> str:
        file.unlink()
        return text + "ours\n"

    assert rewrite(file, change, key="n", shelf=shelf) is None
    assert os.listdir(file.parent) == []


def test_what_a_dead_attempt_left_is_shelved(file: Path, shelf: Shelf, tmp_path: Path) -> None:
    write_temporary(temporary_of(file, "n"), b"perhaps the user's\n")
    rewrite(file, lambda text: text + "ours\n", key="n", shelf=shelf)
    assert shelved(tmp_path) == ["perhaps the user's\n"]
    assert os.listdir(file.parent) == ["note.md"]


def test_replaced_texts_are_kept_for_thirty_days(shelf: Shelf, tmp_path: Path) -> None:
    shelf.keep("a.md", b"old")
    shelf.keep("a.md", b"old")
    (kept,) = (tmp_path / "shelf").iterdir()
    os.utime(kept, (kept.stat().st_mtime - 29 * 86400,) * 2)
    shelf.keep("b.md", b"new")
    assert shelved(tmp_path) == ["new", "old"]
    os.utime(kept, (kept.stat().st_mtime - 2 * 86400,) * 2)
    shelf.keep("c.md", b"newest")
    assert shelved(tmp_path) == ["new", "newest"]


def test_a_strangers_file_is_never_replaced(file: Path) -> None:
    temporary = temporary_of(file, "n")
    write_temporary(temporary, b"ours")
    with pytest.raises(FileExistsError):
        publish(temporary, file)
    assert file.read_text() == "one\n"
    other = file.with_name("other.md")
    publish(temporary, other)
    assert other.read_bytes() == b"ours"
    assert not temporary.exists()


class TestWhereTheFileSystemCanLess:
    """exFAT, network shares: neither hard links nor an exchange of names."""

    @pytest.fixture(autouse=True)
    def poor_file_system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(os, "link", refuse)
        monkeypatch.setattr(atomic, "exchange_names", lambda *_: False)

    def test_names_are_taken_exclusively(self, file: Path) -> None:
        test_a_strangers_file_is_never_replaced(file)

    def test_what_is_replaced_is_returned(self, file: Path) -> None:
        temporary = temporary_of(file, "n")
        write_temporary(temporary, b"ours")
        assert replace(temporary, file) == b"one\n"
        assert file.read_bytes() == b"ours"

    def test_a_deleted_file_is_not_made_again(self, file: Path, shelf: Shelf) -> None:
        test_a_deleted_file_is_not_made_again(file, shelf)

    def test_an_earlier_save_is_merged(self, file: Path, shelf: Shelf, tmp_path: Path) -> None:
        test_a_save_in_between_is_merged_and_shelved(file, shelf, tmp_path)
