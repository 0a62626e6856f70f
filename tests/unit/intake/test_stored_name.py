"""One file, one name: the one that its folder lists."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.intake.stored_name import as_stored, listed_form
from tests.unit.system.mounting import mounted_far_folder


def composed(text: str) -> bytes:
    return unicodedata.normalize("NFC", text).encode()


def decomposed(text: str) -> bytes:
    return unicodedata.normalize("NFD", text).encode()


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path)


def make(root: bytes, raw_path: bytes) -> None:
    path = root + b"/" + raw_path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb"):
        pass
    if raw_path.rpartition(b"/")[2] not in os.listdir(os.path.dirname(path)):
        pytest.skip("needs a file system that keeps names as they are given")


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        (decomposed("é.jpg"), composed("é.jpg")),
        (composed("é.jpg"), decomposed("é.jpg")),
        (decomposed("Übung/Mai/é.jpg"), composed("Übung/Mai/é.jpg")),
        (decomposed("Übung/") + composed("é.jpg"), composed("Übung/") + decomposed("é.jpg")),
        (decomposed("각.jpg"), composed("각.jpg")),
        (decomposed("Übung/scan.jpg"), composed("Übung/scan.jpg")),
    ],
)
def test_a_name_in_another_form_is_found(root: bytes, stored: bytes, asked: bytes) -> None:
    make(root, stored)
    make(root, stored + b".other")
    assert as_stored(root, asked) == stored
    assert as_stored(root, stored) == stored


def test_where_both_forms_stand_each_is_itself(root: bytes) -> None:
    for name in (composed("é.jpg"), decomposed("é.jpg")):
        make(root, name)
    for name in (composed("é.jpg"), decomposed("é.jpg")):
        assert as_stored(root, name) == name


def test_where_both_forms_are_one_file_each_is_itself(root: bytes) -> None:
    make(root, composed("é.jpg"))
    os.link(root + b"/" + composed("é.jpg"), root + b"/" + decomposed("é.jpg"))
    for name in (composed("é.jpg"), decomposed("é.jpg")):
        assert as_stored(root, name) == name


@pytest.mark.parametrize("asked", ["é.jpg", "fehlt/é.jpg", "E.jpg"])
def test_what_is_not_listed_stays_as_it_was_asked(root: bytes, asked: str) -> None:
    make(root, b"e.jpg")
    make(root, composed("É.jpg"))  # another file, on a file system that tells capitals apart
    assert as_stored(root, composed(asked)) == composed(asked)


def test_names_that_are_not_utf8_pass(root: bytes) -> None:
    try:
        make(root, b"caf\xe9/a.jpg")
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    make(root, b"caf\xe9/" + decomposed("é.jpg"))
    assert as_stored(root, b"caf\xe9/a.jpg") == b"caf\xe9/a.jpg"
    assert as_stored(root, b"caf\xe9/" + composed("é.jpg")) == b"caf\xe9/" + decomposed("é.jpg")
    assert as_stored(root, b"\xff\xfe") == b"\xff\xfe"


def test_a_name_of_ascii_costs_no_look_at_the_disk() -> None:
    assert as_stored(b"/no such folder", b"2026/May/scan.jpg") == b"2026/May/scan.jpg"


class TestWhereCapitalsDoNotCount:
    """Such a file system finds a file by a name that it does not list; which one it is, its inode tells."""

    def test_the_listed_one_of_that_inode_is_meant(self) -> None:
        assert listed_form("É.JPG", 7, {"é.jpg".encode(): 7, "ö.jpg".encode(): 8}) == "é.jpg".encode()
        assert listed_form("É.JPG", 7, {decomposed("é.jpg"): 7}) == decomposed("é.jpg")

    @pytest.mark.parametrize("asked", [composed("é.jpg"), decomposed("é.jpg"), composed("É.JPG"), decomposed("É.jpg")])
    def test_a_real_one_is_asked(self, tmp_path: Path, asked: bytes) -> None:
        with mounted_far_folder(tmp_path / "mac", decomposed("é.jpg")):
            root = os.fsencode(tmp_path / "mac")
            assert os.listdir(root) == [decomposed("é.jpg")]
            assert os.path.exists(root + b"/" + asked)
            assert as_stored(root, asked) == decomposed("é.jpg")
            assert as_stored(root, composed("ö.jpg")) == composed("ö.jpg")

    def test_another_file_is_not(self) -> None:
        assert listed_form("É.JPG", 7, {"é.jpg".encode(): 8}) is None
        assert listed_form("É.JPG", None, {"é.jpg".encode(): 8}) is None
        assert listed_form("É.JPG", 7, {"ö.jpg".encode(): 7}) is None

    def test_the_same_capitals_come_first(self) -> None:
        listed = {decomposed("É.jpg"): 7, decomposed("é.jpg"): 7}
        assert listed_form("é.jpg", 7, listed) == decomposed("é.jpg")


@given(st.text(min_size=1), st.sampled_from(["NFC", "NFD"]))
def test_any_form_finds_the_listed_one(text: str, form: str) -> None:
    stored = unicodedata.normalize("NFD", text).encode("utf-8", "surrogatepass")
    try:
        stored.decode()
    except UnicodeDecodeError:
        return
    listed = {stored: 1, b"other": 2}
    assert listed_form(unicodedata.normalize(form, text), None, listed) == stored
