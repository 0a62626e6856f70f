"""Hints that something happened in a watched folder, as quickly as the operating system gives them.

Nothing relies on them: they come late, doubled or not at all (network folders, full queues, remounts), and what they
miss the next sweep finds. So this only says where to look, or to look everywhere.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.utils import BaseThread

from notesyncd.intake.names import is_ignored_path

OnHint = Callable[[Path, Path | None], None]
"""Called with a root and the path in it to look at; None for the path: look at the whole root."""

_log = logging.getLogger(__name__)

# A hard link, a tree moved in and a file written by another machine give no "closed"; so each of these is a hint.
_EVENTS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileClosedEvent]

# Where watchdog (7.1) says that the kernel's queue was full, and how; it drops what was lost without an event.
_OVERFLOW_LOGGER, _OVERFLOW_WORD = "watchdog.observers.inotify_c", "overflowed"


class Watcher:
    """Watches several folders with all that is below them; one that can't be watched does not hurt the others.

    ``on_hint`` is called from other threads and must only note what it is told. ``start``, ``ensure`` and ``stop`` are
    called from one thread.
    """

    def __init__(self, roots: Sequence[Path], on_hint: OnHint) -> None:
        """Make a watcher; nothing is watched before ``start``."""
        self._roots = tuple(roots)
        self._on_hint = on_hint
        self._watches: dict[Path, _Watch] = {}
        self._problems: dict[Path, str] = {}
        self._overflow = _OverflowHandler(self._hint_all)

    @property
    def problems(self) -> dict[Path, str]:
        """Roots that are not watched now, with the reason."""
        return dict(self._problems)

    def start(self) -> None:
        """Begin to watch every root that can be watched; the others stand in ``problems``."""
        # watchdog 7.1 warns of a race of its own: a folder made within a new folder is found twice, which is harmless
        warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
        logging.getLogger(_OVERFLOW_LOGGER).addHandler(self._overflow)
        self.ensure()

    def stop(self) -> None:
        """Stop watching; harmless when called twice."""
        logging.getLogger(_OVERFLOW_LOGGER).removeHandler(self._overflow)
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()

    def alive(self) -> bool:
        """Tell whether every root is watched."""
        return all(root in self._watches and self._watches[root].sound() for root in self._roots)

    def ensure(self) -> list[Path]:
        """Watch anew each root whose watch is missing, dead, or holds on to a folder that stands there no more.

        Returns:
            The roots that are watched anew: sweep these, for nobody knows what happened meanwhile.
        """
        anew = []
        for root in self._roots:
            watch = self._watches.get(root)
            if watch and watch.sound():
                continue
            if watch:
                watch.stop()
                del self._watches[root]
            try:
                self._watches[root] = _Watch(root, self._on_hint)
            except OSError as error:
                problem = "the folder is missing" if isinstance(error, FileNotFoundError) else str(error)
                if self._problems.get(root) != problem:
                    _log.warning("%s is not watched: %s", root, problem)
                self._problems[root] = problem
            else:
                self._problems.pop(root, None)
                anew.append(root)
        return anew

    def _hint_all(self) -> None:
        for root in self._roots:
            self._on_hint(root, None)


class _Watch:
    """One root under watch by an observer of its own, so that its end is its own as well."""

    def __init__(self, root: Path, on_hint: OnHint) -> None:
        """Start to watch ``root``, or raise OSError."""
        self._root = root
        self._identity = _identity(root)
        real = root.resolve(strict=True)  # macOS names events by the real path
        if not real.is_dir():
            raise NotADirectoryError("it is not a folder")
        before = set(threading.enumerate())
        self._observer: BaseObserver = Observer()
        self._observer.schedule(
            _Handler(root, os.fsencode(real), on_hint), str(real), recursive=True, event_filter=_EVENTS
        )
        try:
            self._observer.start()
        except OSError:
            self._observer.stop()  # gives back what the observer already holds
            raise
        # Besides observer and emitter there is a thread that reads the kernel's queue; nothing else looks after it.
        started = set(threading.enumerate()) - before
        self._threads = [thread for thread in started if isinstance(thread, BaseThread)]

    def sound(self) -> bool:
        """Tell whether threads live and the folder is still the one that was there at the beginning."""
        try:
            same = _identity(self._root) == self._identity
        except OSError:
            return False
        return same and all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """End the threads."""
        self._observer.stop()
        self._observer.join()


class _Handler(FileSystemEventHandler):
    """Turns events into hints. It never raises: an exception would end the observer's thread in silence."""

    def __init__(self, root: Path, real: bytes, on_hint: OnHint) -> None:
        self._root, self._real, self._on_hint = root, real, on_hint

    def dispatch(self, event: FileSystemEvent) -> None:
        try:
            # of a rename only the new name counts: an ignored name may have become a good one
            relative = os.path.relpath(os.fsencode(event.dest_path or event.src_path), self._real)
            if relative.startswith(b".."):
                self._on_hint(self._root, None)
            elif not is_ignored_path(relative):
                self._on_hint(self._root, self._root / os.fsdecode(relative))
        except Exception:  # noqa: BLE001 - see above
            _log.exception("an event in %s could not be passed on; the next sweep finds what it was about", self._root)


class _OverflowHandler(logging.Handler):
    """Hears watchdog say that events were lost."""

    def __init__(self, overflowed: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflowed = overflowed

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if _OVERFLOW_WORD in record.getMessage():
                self._overflowed()
        except Exception:  # noqa: BLE001 - raised into the emitter's thread it would end it
            self.handleError(record)


def _identity(root: Path) -> tuple[int, int]:
    status = root.stat()
    return status.st_dev, status.st_ino
