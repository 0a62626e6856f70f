"""What may be watched, and what really is: the watcher's library takes no notice of a watch that was refused."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

from notesyncd.system.watch_limits import inotify_descriptors, watch_limit, watches_held
from tests.unit.system.mounting import mounted_tmpfs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs inotify of Linux")

IN_A_TREE_OF_TEN = """
import sys
from pathlib import Path
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer
from notesyncd.system.watch_limits import inotify_descriptors, watch_limit, watches_held
root = Path(sys.argv[1])
for number in range(9):
    (root / str(number)).mkdir()
observer = Observer()
observer.schedule(FileSystemEventHandler(), str(root), recursive=True)
observer.start()
print(watch_limit(), watches_held(inotify_descriptors()))
observer.stop()
observer.join()
"""


@contextmanager
def watched(folder: Path) -> Iterator[set[int]]:
    """Watch a tree as the daemon does; yields the descriptors that were opened for it."""
    before = inotify_descriptors()
    observer = Observer()
    observer.schedule(FileSystemEventHandler(), str(folder), recursive=True)
    observer.start()
    yield inotify_descriptors() - before
    observer.stop()
    observer.join()


def test_every_folder_is_counted_and_a_closed_descriptor_watches_nothing(tmp_path: Path) -> None:
    (tmp_path / "2026" / "May").mkdir(parents=True)
    (tmp_path / "file").touch()
    with watched(tmp_path) as descriptors:
        assert len(descriptors) == 1
        assert watches_held(descriptors) == 3
    assert watches_held(descriptors) == 0


def test_watches_on_an_unmounted_disk_are_gone_on_any_kernel(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with mounted_tmpfs(folder):
        (folder / "inner").mkdir()
        with watched(folder) as descriptors:
            assert watches_held(descriptors) == 2
            subprocess.run(["umount", folder], check=True)
            assert watches_held(descriptors) == 0
            subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
            assert watches_held(descriptors) == 0


def test_the_limit_is_the_machines() -> None:
    limit = watch_limit()
    assert limit is not None
    assert 0 < limit <= int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())


def test_a_container_may_have_a_smaller_limit_and_what_it_refuses_is_seen(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    script = 'echo 4 > /proc/sys/user/max_inotify_watches && exec "$1" -c "$2" "$3"'
    command = ["unshare", "-Ur", "sh", "-c", script, "sh", sys.executable, IN_A_TREE_OF_TEN, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare:" in ran.stderr or "cannot create" in ran.stderr:
        pytest.skip(f"needs a user namespace of its own: {ran.stderr.strip()}")
    assert ran.stdout == "4 4\n", ran.stderr
