"""Room on the disk that the ledger lies on: units of work wait for it, instead of failing one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

LEAST_ROOM = 64 << 20
"""Bytes that must be free before work begins: the pixels of one page (16 megapixels), its picture and the ledger's
own files. With less, each page would begin, fail and be struck for it until it counts as poison."""

Hold = Callable[[str], bool]
"""Is told why there is no room, waits a while, and says whether to look again (False: try it anyway)."""

_hold: ContextVar[Hold | None] = ContextVar("hold", default=None)


@contextmanager
def waiting_for_room(hold: Hold) -> Iterator[None]:
    """Let every commit of this thread wait until the disk has room, between two looks as ``hold`` does."""
    token = _hold.set(hold)
    try:
        yield
    finally:
        _hold.reset(token)


def wait_for_room(folder: Path) -> None:
    """Wait until there is room, if this thread is one that waits (the daemon's workers; nobody else)."""
    hold = _hold.get()
    while hold is not None and (problem := no_room(folder)) is not None and hold(problem):
        pass


def no_room(folder: Path) -> str | None:
    """Say that the disk of ``folder`` is (nearly) full; None while it has room, or can't be asked."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    free = disk.f_bavail * disk.f_frsize
    if disk.f_files and not disk.f_favail:
        return f"the disk of {folder} has no room for another file"
    if free >= LEAST_ROOM:
        return None
    return f"the disk of {folder} is (nearly) full: {free / 1e6:.1f} MB are free, {LEAST_ROOM / 1e6:.0f} MB are needed"
