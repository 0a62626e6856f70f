"""Brings a saved ledger back; afterwards every copy is looked at before anything is written there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from notesyncd.api import PermanentError
from notesyncd.ledger import outbox
from notesyncd.ledger.lock import DaemonLock
from notesyncd.ledger.store import Ledger, backup

if TYPE_CHECKING:
    from pathlib import Path


def newest_backup(folder: Path) -> Path | None:
    """Return the newest backup in a folder."""
    return max(folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime, default=None)


def restore(source: Path, *, ledger: Path, lock: Path) -> Path | None:
    """Put a backup in the ledger's place; returns where the ledger before was moved to.

    Raises:
        PermanentError: if there is no such backup.
        LedgerBusy: while a daemon runs.
        LedgerDamaged: if the backup itself is damaged; the ledger stays as it is.
    """
    if not source.is_file():
        raise PermanentError(f"there is no backup {source}")
    with DaemonLock(lock):
        fresh = backup(source, ledger.with_name(ledger.name + ".restored"))
        aside = None
        if ledger.exists():
            aside = ledger.with_name(f"{ledger.stem}-before-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3")
            for suffix in ("", "-wal", "-shm"):
                part = ledger.with_name(ledger.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
        fresh.replace(ledger)
        with Ledger(ledger, daemon=True) as opened, opened.write() as connection:
            outbox.restored(connection, now=time.time())
    return aside
