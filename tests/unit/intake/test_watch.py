"""Hints from real folders."""

from __future__ import annotations

import ctypes
import logging
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notesyncd.intake.watch import Watcher
from notesyncd.system.watch_limits import inotify_descriptors
from tests.unit.system.mounting import mounted_tmpfs

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
    watcher = Watcher({root: "auto"}, heard)
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
    watcher = Watcher({link: "auto"}, heard)
    watcher.start()
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((link, link / "a.jpg"))
    watcher.stop()


def test_a_missing_root_does_not_hurt_the_others_and_is_taken_up_when_it_comes(root: Path, heard: Heard) -> None:
    missing = root.parent / "missing"
    watcher = Watcher({missing: "auto", root: "auto"}, heard)
    watcher.start()
    assert watcher.states[missing].state == "missing"
    assert watcher.states[root].state == "ok"
    assert not watcher.alive()
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))
    assert watcher.ensure() == []
    missing.mkdir()
    assert watcher.ensure() == [missing]
    assert watcher.states[missing].state == "ok"
    assert watcher.alive()
    (missing / "b.jpg").write_bytes(b"x")
    heard.wait_for((missing, missing / "b.jpg"))
    watcher.stop()


def test_a_file_is_no_root(root: Path, heard: Heard) -> None:
    (root / "file").write_bytes(b"x")
    watcher = Watcher({root / "file": "auto"}, heard)
    watcher.start()
    assert watcher.states[root / "file"].state == "trouble"
    assert "not a folder" in watcher.states[root / "file"].reason
    watcher.stop()


@pytest.mark.parametrize("fault", ["deleted", "renamed"])
def test_a_root_that_is_replaced_is_watched_anew(root: Path, heard: Heard, watcher: Watcher, fault: str) -> None:
    if fault == "deleted":
        shutil.rmtree(root)
    else:
        root.rename(root.parent / "old")
    assert watcher.ensure() == []
    assert watcher.states[root].state == "missing"
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

    watcher = Watcher({root: "auto"}, stumble)
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


def test_lost_events_ask_for_a_sweep_of_everything_and_for_one_more(root: Path, heard: Heard, watcher: Watcher) -> None:
    """What watchdog logs when the kernel's queue was full. It sets its watches anew after it said so, so what happens
    until then is not heard of either."""
    said = logging.getLogger("watchdog.observers.inotify_c")
    said.warning("Inotify queue overflowed; filesystem events were lost")
    heard.wait_for((root, None))
    assert watcher.ensure() == []
    deadline = time.monotonic() + 10
    while watcher.ensure() != [root]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert watcher.ensure() == []
    watcher.stop()
    watcher.stop()
    said.warning("Inotify queue overflowed; filesystem events were lost")
    assert heard.is_silent()


# --------------------------------------------------------------------------------------------------------------- modes


def test_a_polled_folder_has_no_watch_and_is_swept_when_it_is_replaced(root: Path, heard: Heard) -> None:
    watcher = Watcher({root: "poll"}, heard)
    watcher.start()
    assert watcher.is_polled(root)
    assert watcher.alive()
    (root / "a.jpg").write_bytes(b"x")
    root.rename(root.parent / "old")
    root.mkdir()
    assert watcher.ensure() == [root]
    assert watcher.ensure() == []
    assert heard.is_silent()
    assert watcher.states[root].reason == "as configured"
    watcher.stop()


needs_proc = pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="needs Linux's /proc")


def take_a_watch_away(descriptors: set[int]) -> None:
    """Let the kernel watch one folder less, as if it had refused the last one in silence."""
    (descriptor,) = inotify_descriptors() - descriptors
    last = max(int(line.split()[1][3:], 16) for line in facts(descriptor) if line.startswith("inotify wd:"))
    assert ctypes.CDLL(None).inotify_rm_watch(descriptor, last) == 0


def facts(descriptor: int) -> list[str]:
    return Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines()


@needs_proc
def test_a_folder_with_more_folders_than_are_watched_is_polled(root: Path, heard: Heard) -> None:
    """Only after two looks, for news of new folders travel."""
    for number in range(3):
        (root / f"{number}").mkdir()
    before = inotify_descriptors()
    watcher = Watcher({root: "auto"}, heard, folder_count=lambda _: 4)
    watcher.start()
    assert [watcher.ensure() for _ in range(3)] == [[], [], []]
    assert not watcher.is_polled(root)
    take_a_watch_away(before)
    assert watcher.ensure() == []
    assert watcher.ensure() == [root]
    assert watcher.is_polled(root)
    assert "only 3 of its 4 folders may be watched" in watcher.states[root].reason
    assert "max_user_watches" in watcher.states[root].reason
    assert watcher.ensure() == []
    watcher.stop()


@needs_proc
def test_folders_that_were_deleted_since_they_were_counted_are_not_missed(root: Path, heard: Heard) -> None:
    """They are counted at sweeps, which are minutes apart."""
    (root / "deleted").mkdir()
    watcher = Watcher({root: "auto"}, heard, folder_count=lambda _: 2)
    watcher.start()
    (root / "deleted").rmdir()
    assert [watcher.ensure() for _ in range(4)] == [[], [], [], []]
    assert not watcher.is_polled(root)
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))
    watcher.stop()


@needs_proc
def test_where_native_was_asked_for_too_few_watches_are_trouble_and_no_more(root: Path, heard: Heard) -> None:
    (root / "unwatched").mkdir()
    before = inotify_descriptors()
    watcher = Watcher({root: "native"}, heard, folder_count=lambda _: 2)
    watcher.start()
    take_a_watch_away(before)
    assert [watcher.ensure() for _ in range(2)] == [[], []]
    assert not watcher.is_polled(root)
    assert watcher.states[root].state == "trouble"
    (root / "a.jpg").write_bytes(b"x")
    heard.wait_for((root, root / "a.jpg"))
    watcher.stop()


@pytest.mark.parametrize("unique", [True, False], ids=["since 6.8", "before 6.8"])
def test_a_disk_that_was_mounted_again_unseen_is_watched_anew(
    root: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch, unique: bool
) -> None:
    """Device and inode are the same as before, and on an old kernel the mount's number as well."""
    if not unique:
        monkeypatch.setattr("notesyncd.system.mounts._unique_mount_id", lambda _: None)
    with mounted_tmpfs(root):
        watcher = Watcher({root: "auto"}, heard)
        watcher.start()
        subprocess.run(["umount", root], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", root], check=True)
        assert not watcher.alive()
        assert watcher.ensure() == [root]
        (root / "a.jpg").write_bytes(b"x")
        heard.wait_for((root, root / "a.jpg"))
        watcher.stop()
