"""Very many files at once: how long until each is registered, what that costs, and what watching them costs when idle.

Reading is paused (the daemon has no reading threads), so that only the intake is measured.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import closing
from pathlib import Path

import psutil

from benchmarks.scene import configure

FOLDERS = 100
PATIENCE = 3600.0
DAEMON = """
import sys
from notesyncd.app import App, load_plugins
from notesyncd.config.load import load_config
from notesyncd.config.paths import state_paths
plugins = load_plugins()
app = App(loaded=load_config(None, plugins, needs_folders=True), plugins=plugins, paths=state_paths())
with app.daemon() as daemon:
    daemon.reading_threads = 0
    daemon.forever()
"""


def write_pictures(root: Path, count: int, *, first: int = 0) -> None:
    """Write tiny sound pictures, no two alike, spread over ``FOLDERS`` folders."""
    for number in range(FOLDERS):
        (root / f"{number:03}").mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        (root / f"{number % FOLDERS:03}" / f"page {number:06}.png").write_bytes(picture(number))


def picture(number: int) -> bytes:
    """Return a PNG of 8 x 8 pixels, each time another one."""
    rows = b"".join(b"\0" + struct.pack(">II", number, row) for row in range(8))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class Daemon:
    """A daemon without reading threads, and what it takes."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._ledger = root / "state" / "ledger.sqlite3"
        self._log = (root / "log").open("ab")
        self._process = subprocess.Popen([sys.executable, "-c", DAEMON], env=environment, stderr=self._log)
        self._seen = psutil.Process(self._process.pid)

    def states(self) -> dict[str, int]:
        """Files by state, as the ledger has them now."""
        with closing(sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True, timeout=30)) as ledger:
            try:
                return dict(ledger.execute("SELECT state, count(*) FROM source_file GROUP BY state"))
            except sqlite3.OperationalError:
                return {}

    def wait_for(self, count: int) -> float:
        """Wait until so many files are registered; returns the seconds that took."""
        begin = time.perf_counter()
        while not self._ledger.exists() or self.states().get("registered", 0) < count:
            if self._process.poll() is not None or time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"the daemon did not register {count} files: {self.states()}")
            time.sleep(0.5)
        return time.perf_counter() - begin

    def cpu(self) -> float:
        """Seconds of processor time, children included."""
        times = self._seen.cpu_times()
        living = sum(sum(child.cpu_times()[:2]) for child in self._seen.children(recursive=True))
        return times.user + times.system + times.children_user + times.children_system + living

    def resident_mb(self) -> float:
        """Resident memory of the daemon and of its decoders, in MB."""
        return sum(each.memory_info().rss for each in (self._seen, *self._seen.children(recursive=True))) / 1e6

    def stop(self) -> None:
        """End it in order."""
        self._process.terminate()
        self._process.wait()
        self._log.close()


def bare_sweep(root: Path) -> float:
    """Return the seconds of a loop that does nothing but list and stat."""
    begin, pending = time.perf_counter(), [str(root)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
    return time.perf_counter() - begin


def main(burst: int, there: int, *, idle_seconds: float = 60.0) -> None:
    with tempfile.TemporaryDirectory(prefix="notesyncd-bench-") as folder:
        root = Path(folder)
        environment = configure(root, settle=0.2)
        daemon = Daemon(root, environment)
        time.sleep(5)
        write_pictures(root / "inbox", burst)
        _show(f"burst of {burst} files", burst, daemon.wait_for(burst), daemon)
        daemon.stop()
        shutil.rmtree(root / "state")
        shutil.rmtree(root / "inbox")
        write_pictures(root / "inbox", there)
        config = root / "config.toml"
        config.write_text(config.read_text().replace("[[watch]]", '[[watch]]\nbacklog = "all"'))
        for path in (root / "inbox").rglob("*.png"):
            os.utime(path, (1e9, 1e9))
        daemon = Daemon(root, environment)
        _show(f"{there} files that lie there at the first start", there, daemon.wait_for(there), daemon)
        print(f"bare sweep of {there} files (list and stat): {bare_sweep(root / 'inbox'):.2f} s")
        begin = daemon.cpu()
        time.sleep(idle_seconds)
        share = (daemon.cpu() - begin) / idle_seconds
        print(f"idle, watching {there} files: {100 * share:.2f} % of a core, {daemon.resident_mb():.0f} MB resident")
        daemon.stop()


def _show(what: str, count: int, wall: float, daemon: Daemon) -> None:
    cpu, states = daemon.cpu(), daemon.states()
    print(f"\n{what}: all registered after {wall:.0f} s ({count / wall:.0f} a second)")
    print(f"  {1000 * cpu / count:.2f} ms of CPU a file, {daemon.resident_mb():.0f} MB resident, states {states}")
