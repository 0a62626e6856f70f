"""Files that are in iCloud only are known without touching them, and asked for."""

import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from notesyncd.domain.errors import TransientError
from notesyncd.intake.cloud import ask_for, count_absent, is_dataless, stub_for, stub_of


@dataclass
class MacStatus:
    """The one field of macOS's stat that counts here; no other system has it."""

    st_flags: int


def test_the_flag_of_macos_tells() -> None:
    assert is_dataless(MacStatus(0x40000000 | 0x20))
    assert not is_dataless(MacStatus(0x20))


def test_elsewhere_every_file_is_here(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert not is_dataless((tmp_path / "a.jpg").lstat())


@pytest.mark.parametrize(
    ("name", "real"),
    [
        (b".scan.jpg.icloud", b"scan.jpg"),
        (b".caf\xe9.pdf.icloud", b"caf\xe9.pdf"),
        (b".hidden", None),
        (b"scan.jpg.icloud", None),
        (b".icloud", None),
        (b"..icloud", None),
        (b".scan.jpg", None),
    ],
)
def test_a_stub_stands_for_a_file(name: bytes, real: bytes | None) -> None:
    assert stub_of(name) == real
    if real:
        assert stub_for(real) == name


def test_stubs_of_scans_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    deep = tmp_path / "2026" / "May"
    deep.mkdir(parents=True)
    (tmp_path / "@eaDir").mkdir()
    (tmp_path / "link").symlink_to("2026")
    for path in (
        tmp_path / ".a.jpg.icloud",
        deep / ".b.pdf.icloud",
        deep / ".film.mov.icloud",
        deep / "c.jpg",
        tmp_path / "@eaDir" / ".d.jpg.icloud",
    ):
        path.touch()
    assert count_absent(os.fsencode(tmp_path)) == 2
    assert count_absent(os.fsencode(tmp_path / "missing")) == 0


@pytest.fixture
def brctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable of that name that a test fills; it comes first on PATH."""
    program = tmp_path / "bin" / "brctl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def test_macos_is_asked_by_the_raw_path_and_no_shell_is_between(tmp_path: Path, brctl: Path) -> None:
    told = tmp_path / "told"
    brctl.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(told))}\n')
    path = os.fsencode(tmp_path) + b"/caf\xe9 $(touch x); `id` 'a' \"b\".jpg"
    ask_for(path)
    assert told.read_bytes() == b"download\n" + path + b"\n"


def test_a_refusal_is_said_in_its_words(brctl: Path) -> None:
    brctl.write_text("#!/bin/sh\necho first; echo 'No document at path' >&2; exit 3\n")
    with pytest.raises(TransientError, match=r"/a\.jpg is not downloaded: No document at path"):
        ask_for(b"/a.jpg")
    brctl.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(TransientError, match="brctl ended with 3"):
        ask_for(b"/a.jpg")


def test_one_that_hangs_is_given_up_though_what_it_started_lives_on(brctl: Path) -> None:
    brctl.write_text("#!/bin/sh\nsleep 5 & wait\n")
    began = time.monotonic()
    with pytest.raises(TransientError, match=r"did not answer within 0\.2 s"):
        ask_for(b"/a.jpg", seconds=0.2)
    assert time.monotonic() - began < 3


def test_where_there_is_none_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TransientError, match="no brctl"):
        ask_for(b"/a.jpg")


def test_one_that_may_not_be_run_is_said(brctl: Path) -> None:
    brctl.write_bytes(b"\x7fELF no program")
    with pytest.raises(TransientError, match="can't be asked for"):
        ask_for(b"/a.jpg")
