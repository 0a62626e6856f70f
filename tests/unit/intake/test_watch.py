"""Hints from real folders."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notesyncd.intake.watch import Watcher

Hint = tuple[Path, Path | None]


class Heard:
    """Collects hints, and waits for those that are expected."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Hint] = queue.Queue()

    def __call__(self, root: Path, path: Path | None) -> None:
        self._queue.put((root, path))

    def wait_for(self, *expected: Hint) -> list[Hint]:
        """Return all hints up to the moment when every expected one was heard."""
        heard, deadline = [], time.monotonic() + 5
        while not set(expected) <= set(heard):
            try:
                heard.append(self._queue.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"expected {expected}, heard {heard}") from None
        return heard

    def is_silent(self) -> bool:
        return self._queue.empty()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def watcher(root: Path, heard: Heard) -> Iterator[Watcher]:
    watcher = Watcher([root], heard)
    watcher.start()
    assert watcher.alive()
    yield watcher
    watcher.stop()


@pytest.mark.usefixtures("watcher")
def test_files_that_are_written_moved_and_linked_are_hinted_at(root: Path, heard: Heard) -> None:
    (root / "written.jpg").write_bytes(b"x")
    outside = root.parent / "outside.jpg"
    outside.write_bytes(b"x")
    outside.rename(root / "moved in.jpg")
    (root / "hard link.jpg").hardlink_to(root / "written.jpg")
    heard.wait_for(*((root, root / name) for name in ("written.jpg", "moved in.jpg", "hard link.jpg")))


@pytest.mark.usefixtures("watcher")
def test_folders_that_come_later_are_watched(root: Path, heard: Heard) -> None:
    deep = root / "2026" / "May"
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(b"x")
    tree = root.parent / "tree" / "sub"
    tree.mkdir(parents=True)
    (tree / "b.jpg").write_bytes(b"x")
    tree.parent.rename(root / "tree")
    heard.wait_for((root, deep / "a.jpg"), (root, root / "tree" / "sub" / "b.jpg"))


@pytest.mark.usefixtures("watcher")
def test_ignored_names_give_no_hint_until_they_are_renamed(root: Path, heard: Heard) -> None:
    (root / "@eaDir").mkdir()
    for name in (".hidden.jpg", "scan.jpg.part", "clip.mov", "@eaDir/a.jpg"):
        (root / name).write_bytes(b"x")
    (root / "scan.jpg.part").rename(root / "scan.jpg")
    assert {path for _, path in heard.wait_for((root, root / "scan.jpg"))} == {root / "scan.jpg"}


def test_names_that_are_not_utf8(root: Path, heard: Heard, watcher: Watcher) -> None:
    path = root / b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    try:
        path.write_bytes(b"x")
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    heard.wait_for((root, path))
    assert watcher.alive()


def test_hints_name_the_root_as_it_was_given(root: Path, heard: Heard) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    watcher = Watcher([link], heard)
    watcher.start()
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((link, link / "a.jpg"))
    watcher.stop()


def test_a_missing_root_does_not_hurt_the_others_and_is_taken_up_when_it_comes(root: Path, heard: Heard) -> None:
    missing = root.parent / "missing"
    watcher = Watcher([missing, root], heard)
    watcher.start()
    assert watcher.problems == {missing: "the folder is missing"}
    assert not watcher.alive()
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))
    assert watcher.ensure() == []
    missing.mkdir()
    assert watcher.ensure() == [missing]
    assert watcher.problems == {}
    assert watcher.alive()
    (missing / "b.jpg").write_bytes(b"x")
    heard.wait_for((missing, missing / "b.jpg"))
    watcher.stop()


def test_a_file_is_no_root(root: Path, heard: Heard) -> None:
    (root / "file").write_bytes(b"x")
    watcher = Watcher([root / "file"], heard)
    watcher.start()
    assert "not a folder" in watcher.problems[root / "file"]
    watcher.stop()


@pytest.mark.parametrize("fault", ["deleted", "renamed"])
def test_a_root_that_is_replaced_is_watched_anew(root: Path, heard: Heard, watcher: Watcher, fault: str) -> None:
    if fault == "deleted":
        shutil.rmtree(root)
    else:
        root.rename(root.parent / "old")
    assert watcher.ensure() == []
    assert root in watcher.problems
    (root.parent / "taken").mkdir()  # else the new folder may get the old one's inode
    root.mkdir()
    assert watcher.ensure() == [root]
    assert watcher.ensure() == []
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))


def test_a_root_that_was_exchanged_unseen_is_watched_anew(root: Path, heard: Heard, watcher: Watcher) -> None:
    """All of watchdog's threads live on, and watch the folder that was renamed."""
    root.rename(root.parent / "old")
    root.mkdir()
    assert not watcher.alive()
    assert watcher.ensure() == [root]
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))


def test_a_hint_that_raises_kills_nobody(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    calls = Heard()

    def stumble(root: Path, path: Path | None) -> None:
        calls(root, path)
        raise RuntimeError("stumbled")

    watcher = Watcher([root], stumble)
    watcher.start()
    for name in ("a.jpg", "b.jpg"):
        (root / name).write_bytes(b"x")
        calls.wait_for((root, root / name))
    assert watcher.alive()
    watcher.stop()
    assert "could not be passed on" in caplog.text


def test_a_dead_thread_of_watchdog_is_noticed(root: Path, heard: Heard, watcher: Watcher) -> None:
    """One that only reads the kernel's queue, too: without it all others live on and hear nothing."""
    for kind in ("InotifyFD", "InotifyObserver", "InotifyEmitter"):
        threads = [thread for thread in threading.enumerate() if type(thread).__name__ == kind]
        if not threads:
            pytest.skip("needs inotify")
        for thread in threads:
            thread.stop()  # type: ignore[attr-defined]
            thread.join()
        assert not watcher.alive()
        assert watcher.ensure() == [root]
        (root / f"{kind}.jpg").write_bytes(b"x")
        heard.wait_for((root, root / f"{kind}.jpg"))


def test_lost_events_ask_for_a_sweep_of_everything(root: Path, heard: Heard, watcher: Watcher) -> None:
    """What watchdog logs when the kernel's queue was full (tried with 100,000 files at once)."""
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    heard.wait_for((root, None))
    watcher.stop()
    watcher.stop()
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    assert heard.is_silent()
