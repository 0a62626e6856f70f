"""Which names are never opened."""

from __future__ import annotations

import pytest

from notesyncd.intake.names import ignore_reason, is_foreign, is_ignored_folder, is_ignored_path


@pytest.mark.parametrize(
    "name",
    [
        "scan.jpg",
        "Scan 1.JPEG",
        "IMG (1).png",
        "#3 notes.jpg",
        "~ideas.pdf",
        "会議メモ.heic",
        "no suffix",
        "a.jpg.bak",
        "x.gif",
    ],
)
def test_may_be_a_scan(name: str) -> None:
    assert ignore_reason(name) is None
    assert not is_foreign(name)


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "._IMG_1.jpg",
        ".hidden.png",
        ".scan.jpg.Xa3bQ9",
        ".IMG_1.HEIC.icloud",
        ".syncthing.scan.jpg.tmp",
        "~syncthing~scan.jpg.tmp",
        "Thumbs.db",
        "DESKTOP.INI",
        "Icon\r",
        "scan.pdf.part",
        "scan.jpg.CRDOWNLOAD",
        "scan.jpg.tmp",
        "~$letter.pdf",
        "scan.jpg~",
        "#scan.jpg#",
        ".jpg",
    ],
)
def test_rubbish_and_half_written_files_are_ignored_without_a_word(name: str) -> None:
    assert ignore_reason(name)
    assert not is_foreign(name)


@pytest.mark.parametrize("name", ["IMG_0001.MOV", "clip.mp4", "notes.md", "readme.txt", "IMG_0001.AAE", "raw.DNG"])
def test_other_kinds_are_ignored_with_a_reason(name: str) -> None:
    assert "only pictures" in (ignore_reason(name) or "")
    assert is_foreign(name)


def test_names_that_are_not_utf8_are_judged_like_others() -> None:
    assert ignore_reason(b"caf\xe9.jpg") is None
    assert ignore_reason(b"caf\xe9.mov")
    assert ignore_reason("caf\udce9.mov")


@pytest.mark.parametrize(
    "name", [".git", ".stversions", "@eaDir", "#recycle", "__MACOSX", "$RECYCLE.BIN", "x.download"]
)
def test_folders_that_are_never_entered(name: str) -> None:
    assert is_ignored_folder(name)


def test_a_folder_may_be_called_like_a_foreign_file() -> None:
    assert not is_ignored_folder("Holiday.mov")
    assert not is_ignored_path("Holiday.mov/page.jpg")


def test_a_file_in_an_ignored_folder_is_ignored() -> None:
    assert is_ignored_path("2026/@eaDir/page.jpg")
    assert is_ignored_path(b"2026/.page.jpg")
    assert not is_ignored_path("2026/page.jpg")
