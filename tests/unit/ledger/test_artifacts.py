from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from notesyncd.api import TransientError
from notesyncd.ledger.artifacts import Artifacts, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BYTES = b"the bytes of a scan " * 100_000
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "scan.jpg"
    path.write_bytes(BYTES)
    return path


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def everything(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_an_original_is_kept_under_its_digest(artifacts: Artifacts, source: Path, tmp_path: Path) -> None:
    kept = artifacts.keep_original(source, DIGEST)
    assert kept == artifacts.original(DIGEST)
    assert kept.read_bytes() == BYTES
    assert source.read_bytes() == BYTES
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert everything(tmp_path / "artifacts") == [f"originals/{DIGEST[:2]}/{DIGEST}"]


def test_an_original_does_not_change_with_its_source(artifacts: Artifacts, source: Path) -> None:
    kept = artifacts.keep_original(source, DIGEST)
    with source.open("r+b") as file:
        file.write(b"XXXX")
    assert kept.read_bytes() == BYTES


def test_keeping_an_original_twice_is_harmless(artifacts: Artifacts, source: Path) -> None:
    kept = artifacts.keep_original(source, DIGEST)
    before = kept.stat()
    assert artifacts.keep_original(source, DIGEST) == kept
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_source_that_changed_is_not_kept(artifacts: Artifacts, source: Path, tmp_path: Path) -> None:
    source.write_bytes(BYTES + b"and more")
    with pytest.raises(TransientError, match=r"scan\.jpg changed"):
        artifacts.keep_original(source, DIGEST)
    assert everything(tmp_path / "artifacts") == []


def test_a_source_that_is_gone_leaves_nothing(artifacts: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        artifacts.keep_original(tmp_path / "gone.jpg", DIGEST)
    assert everything(tmp_path / "artifacts") == []


def test_an_original_and_its_names_are_synced_before_they_count(
    artifacts: Artifacts, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut right after the commit must find the bytes: file before the rename, then both folders."""
    events: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(descriptor: int) -> None:
        events.append("sync " + os.readlink(f"/proc/self/fd/{descriptor}").rsplit("/", 1)[1])
        real_sync(descriptor)

    def replace(before: str, after: str) -> None:
        events.append("rename")
        real_replace(before, after)

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    artifacts.keep_original(source, DIGEST)
    assert events[0].endswith(".tmp")
    assert events[1:] == ["rename", f"sync {DIGEST[:2]}", "sync originals"]


def test_a_copy_that_a_crash_cut_off_is_cleared_at_the_next_start(artifacts: Artifacts, tmp_path: Path) -> None:
    for leftover in ("tmpabc.tmp", "0123.ppm"):
        (artifacts.work / leftover).write_bytes(b"half")
    again = Artifacts(tmp_path / "artifacts")
    again.clear_work()
    assert everything(tmp_path / "artifacts") == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_said_and_leaves_nothing(small_disk: Path, source: Path) -> None:
    artifacts = Artifacts(small_disk)
    with pytest.raises(TransientError, match="no space left"):
        artifacts.keep_original(source, DIGEST)
    assert everything(small_disk) == []


def test_a_full_disk_while_it_is_written_is_said(
    artifacts: Artifacts, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TransientError, match="no space left"):
        artifacts.keep_original(source, DIGEST)
    assert everything(tmp_path / "artifacts") == []


def test_pictures_are_replaced_whole_and_dropped(artifacts: Artifacts) -> None:
    assert artifacts.write_picture(DIGEST, b"one").read_bytes() == b"one"
    path = artifacts.write_picture(DIGEST, b"two")
    assert path == artifacts.picture(DIGEST)
    assert path.read_bytes() == b"two"
    artifacts.drop_pictures([DIGEST, "0" * 64])
    assert not path.exists()


def test_several_threads_may_write_the_same_picture(artifacts: Artifacts) -> None:
    """Two sinks that need a picture which is gone make it again at the same moment."""
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(30):
                assert artifacts.write_picture(DIGEST, BYTES).read_bytes() == BYTES
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_folder_that_can_not_be_synced_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "missing")
