"""More files at once than the kernel's queue of events holds: what no event told is found all the same."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import unread_daemon
from tests.faults.daemons import UNSOUND, running, set_up
from tests.faults.tiny import tiny_png
from tests.house import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FILES, FOLDERS = 30_000, 30
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
WATCHDOG_SAYS = "Inotify queue overflowed"


@pytest.fixture
def pictures() -> list[bytes]:
    return [tiny_png(number) for number in range(FILES)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is room: a slow disk has no part in this, and each file is synced several times."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < 2 << 30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="notesyncd-test-") as folder:
        yield Path(folder)


def test_files_that_come_while_the_process_stands_still(place: Path, pictures: list[bytes]) -> None:
    """Half of the folders come with the files; the daemon had no watch on these."""
    if not QUEUE.exists():
        pytest.skip("needs inotify of Linux")
    if int(QUEUE.read_text()) >= FILES:
        pytest.skip(f"needs a queue of fewer than {FILES} events (fs.inotify.max_queued_events)")
    house = House(place)
    set_up(house, watch=[{"folder": house.inbox, "settle_seconds": 0.2}], rescan_seconds=86_400)  # no net below
    folders = [house.inbox / f"{number:02}" for number in range(FOLDERS)]
    for folder in folders[::2]:
        folder.mkdir()
    with running(house, (sys.executable, unread_daemon.__file__)) as daemon:
        time.sleep(1)  # the watches are set before the first sweep; this lets threads come to rest
        daemon.process.send_signal(signal.SIGSTOP)
        for folder in folders[1::2]:
            folder.mkdir()
        for number, picture in enumerate(pictures):
            (folders[number % FOLDERS] / f"{number}.png").write_bytes(picture)
        daemon.process.send_signal(signal.SIGCONT)
        begin = time.monotonic()
        daemon.until(lambda: daemon.states().total() == FILES, "all found", seconds=60, every=0.5)
        daemon.until(lambda: daemon.states()["registered"] == FILES, "all registered", seconds=800, every=0.5)
        print(f"{FILES / (time.monotonic() - begin):.0f} files per second")
        assert WATCHDOG_SAYS in daemon.log.read_text()
        assert daemon.states() == Counter(registered=FILES)
        assert not UNSOUND & set(daemon.states())
        digests, scans, pages, notes = (
            house.query("SELECT count(DISTINCT digest) FROM source_file")[0][0],
            *(house.query(f"SELECT count(*) FROM {table}")[0][0] for table in ("scan", "page", "note")),
        )
        assert (digests, scans, pages, notes) == (FILES,) * 4
        after = folders[1] / "afterwards.png"  # a folder that came while nobody watched is watched now
        after.write_bytes(tiny_png(FILES))
        assert daemon.takes_in(after, seconds=10) < 10
