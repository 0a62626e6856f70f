"""Proof that changes in a folder are told: network shares, containers and WSL promise events and give none.

A file of ours is renamed there, and the event must come. The names are hidden, so that the daemon never takes it in.
"""

from __future__ import annotations

import os
import queue
import secrets
import time
from contextlib import suppress
from pathlib import Path

from watchdog.events import FileCreatedEvent, FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

CANARY_PREFIX = ".notesyncd-canary-"
"""How each name begins that is used here."""

# Nothing else: watchdog (7.1) logs an error where an event comes while it is being stopped.
_EVENTS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileMovedEvent]

# macOS begins to tell a moment after it was asked to, so one rename may be too early; another one follows then.
_RETRY_SECONDS = 0.5


def events_arrive(folder: Path, *, seconds: float = 2.0) -> float | None:
    """Return after how many seconds the event of a rename in ``folder`` arrived; None where none came in ``seconds``.

    Nothing is left in the folder, nor what an earlier call left that was killed.

    Raises:
        OSError: nothing can be written there, or it can't be watched at all.
    """
    folder, renames = folder.resolve(strict=True), _Renames()  # a link would be watched itself
    observer: BaseObserver = Observer()
    observer.schedule(renames, str(folder), recursive=False, event_filter=_EVENTS)
    try:
        observer.start()
        return _wait_for_rename(folder, renames, seconds)
    finally:
        observer.stop()
        with suppress(RuntimeError):  # it never started
            observer.join()
        for left in folder.glob(f"{CANARY_PREFIX}*"):
            with suppress(OSError):
                left.unlink()


class _Renames(FileSystemEventHandler):
    """Notes when an event names a file of ours."""

    def __init__(self) -> None:
        self.seen: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()

    def dispatch(self, event: FileSystemEvent) -> None:
        now = time.monotonic()
        for path in (event.src_path, event.dest_path):
            self.seen.put((os.path.basename(os.fsdecode(path)), now))  # noqa: PTH119 - on macOS another path leads there


def _wait_for_rename(folder: Path, renames: _Renames, seconds: float) -> float | None:
    """Rename again and again, to a new name each time, until the event of one of these renames comes."""
    stem = CANARY_PREFIX + secrets.token_hex(4)
    here = folder / stem
    here.touch(exist_ok=False)
    renamed: dict[str, float] = {}
    deadline = time.monotonic() + seconds
    while (now := time.monotonic()) < deadline:
        there = folder / f"{stem}-{len(renamed)}"
        renamed[there.name] = now
        here = here.rename(there)
        with suppress(queue.Empty):
            while True:
                wait = min(now + _RETRY_SECONDS, deadline) - time.monotonic()
                name, at = renames.seen.get(timeout=max(0.0, wait))
                if name in renamed:
                    return at - renamed[name]
    return None
