"""The start-up scan: every file below a root compared with what the ledger knows of it."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from notesyncd.intake.sweep import KnownFile, compare, sweep
from notesyncd.ledger import files
from notesyncd.ledger.store import Ledger

FOLDERS = 100


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="notesyncd-bench-") as folder:
        root = Path(folder) / "root"
        for number in range(FOLDERS):
            (root / f"{number:03}").mkdir(parents=True)
        for number in range(count):
            os.close(os.open(root / f"{number % FOLDERS:03}" / f"page {number:06}.jpg", os.O_CREAT | os.O_WRONLY))
        with Ledger(Path(folder) / "ledger.sqlite3", daemon=True) as ledger:
            found = [(file.raw_path, *file.identity) for file in sweep(root).files]
            with ledger.write() as connection:
                files.saw(connection, str(root), found, now=time.time(), due_at=time.time())
                connection.exec_driver_sql("UPDATE source_file SET state = 'registered', due_at = NULL")
            begin, cpu = time.perf_counter(), time.process_time()
            with ledger.read() as connection:
                known = {path: KnownFile(*file) for path, file in files.known(connection, str(root)).items()}
            walk = sweep(root)
            changes = compare(walk.files, known, unreadable_folders=walk.unreadable_folders)
            wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        assert not changes.appeared
        assert not changes.changed
        assert not changes.vanished
    print(f"\nstart-up scan of {count} known files: {wall:.2f} s wall, {cpu:.2f} s CPU")
