"""Locks of the operating system: freed by the kernel when a process ends, kill -9 included."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from notesyncd.domain.errors import NotesyncdError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LedgerBusy(NotesyncdError):  # noqa: N818 - named by what it is
    """Another daemon owns the ledger."""


_GLANCE_SECONDS = 0.1
"""``holder``, asked by another process, has the lock for an instant; that is no daemon."""


class DaemonLock:
    """Exactly one daemon a ledger. Taken before the ledger is opened, held to the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            LedgerBusy: if another process holds it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + _GLANCE_SECONDS
        while not _taken(descriptor):
            if time.monotonic() > until:
                holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
                os.close(descriptor)
                raise LedgerBusy(
                    f"notesyncd is already running (process {holder}); one daemon a ledger. "
                    "Stop it first, or see `notesyncd status`."
                )
            time.sleep(0.01)
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        with suppress(OSError):  # a full disk: the lock holds all the same, and who needs room says so
            os.write(descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    @staticmethod
    def holder(path: Path) -> int | None:
        """Return the process id of the daemon that holds the lock at ``path``, or None."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 32).decode(errors="replace").strip()
            return int(text) if text.isdigit() else 0
        finally:
            os.close(descriptor)
        return None


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file at ``path``; waits for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
