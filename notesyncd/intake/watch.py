"""Hints that something happened in a watched folder, as quickly as the operating system gives them.

Nothing relies on them: they come late, doubled or not at all (network folders, full queues, remounts), and what they
miss the next sweep finds. So this only says where to look, or to look everywhere.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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

from notesyncd.domain.errors import TransientError
from notesyncd.intake.mode import Mode, ModeChoice, WantedMode, choose_mode
from notesyncd.intake.names import is_ignored_path
from notesyncd.intake.sweep import sweep
from notesyncd.system.mounts import mount_id
from notesyncd.system.watch_limits import inotify_descriptors, watch_limit, watches_held

OnHint = Callable[[Path, Path | None], None]
"""Called with a root and the path in it to look at; None for the path: look at the whole root."""

_log = logging.getLogger(__name__)

# A hard link, a tree moved in and a file written by another machine give no "closed"; so each of these is a hint.
_EVENTS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileClosedEvent]

_RAISE = "raise it: sudo sysctl fs.inotify.max_user_watches=1048576"

# Where watchdog (7.1) says that the kernel's queue was full, and how; it drops what was lost without an event.
_OVERFLOW_LOGGER, _OVERFLOW_WORD = "watchdog.observers.inotify_c", "overflowed"
_REBUILD_SECONDS = 2.0
"""After it said so, watchdog throws away events that it holds and sets its watches anew, all of which takes less time;
100,000 folders take one second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """How a folder stands.

    Attributes:
        state: ``missing``: nothing stands there (is its disk mounted?); ``trouble``: it can't be watched (whole).
        reason: why it is watched in this mode, or what is wrong.
    """

    mode: Mode
    state: Literal["ok", "missing", "trouble"]
    reason: str


class Watcher:
    """Watches several folders with all that is below them; one that can't be watched does not hurt the others.

    A folder that lies where events don't tell everything, or that holds more folders than may be watched, is polled: it
    is not watched for events, and whoever asks for sweeps asks for them more often. ``on_hint`` is called from other
    threads and must only note what it is told. ``start``, ``ensure`` and ``stop`` are called from one thread.
    """

    def __init__(
        self,
        folders: Mapping[Path, WantedMode],
        on_hint: OnHint,
        *,
        folder_count: Callable[[Path], int | None] = lambda _: None,
    ) -> None:
        """Make a watcher; nothing is watched before ``start``.

        Args:
            folders: each root, with how its owner wants it to be watched.
            on_hint: told of what happens.
            folder_count: how many folders a root was last seen to hold, itself among them; None: nobody knows.
        """
        self._folders = dict(folders)
        self._on_hint = on_hint
        self._folder_count = folder_count
        self._watches: dict[Path, _Watch] = {}
        self._states: dict[Path, FolderState] = {}
        self._too_few: dict[Path, _TooFew] = {}
        self._overflow = _OverflowHandler(self._lost_events)
        self._lost_at: float | None = None

    @property
    def states(self) -> dict[Path, FolderState]:
        """How each folder stood when it was last looked at."""
        return dict(self._states)

    def is_polled(self, root: Path) -> bool:
        """Tell whether what happens in ``root`` is found by going through it only."""
        state = self._states.get(root)
        return state is not None and state.mode == "poll"

    def start(self) -> None:
        """Begin to watch every root that can be watched; ``states`` says how the others stand."""
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
        return all(root in self._watches and self._watches[root].sound() for root in self._folders)

    def ensure(self) -> list[Path]:
        """Watch anew each root whose watch is missing, dead, of another mode, or holds on to a folder that is no more.

        Returns:
            The roots that are watched anew, and once all of them after events were lost: sweep these, for nobody knows
            what happened meanwhile.
        """
        lost_at = self._lost_at
        anew = [root for root in self._folders if self._ensure(root)]
        if lost_at is None or time.monotonic() - lost_at < _REBUILD_SECONDS:
            return anew
        if self._lost_at == lost_at:  # else more were lost meanwhile
            self._lost_at = None
        return list(self._folders)

    def _ensure(self, root: Path) -> bool:
        watch = self._watches.get(root)
        sound = watch is not None and watch.sound()
        choice = self._choose(root, watch if sound else None)
        if watch and sound and watch.mode == choice.mode:
            return False
        if watch:
            watch.stop()
            del self._watches[root]
        try:
            self._watches[root] = _Watch(root, self._on_hint, choice.mode)
        except OSError as error:
            full = error.errno in (errno.EMFILE, errno.ENOSPC)  # of inotify's instances, or of its watches
            if full and self._folders[root] == "auto" and root not in self._too_few:
                reason = f"the system allows no more watchers ({error.strerror})"
                self._too_few[root] = _TooFew(reason=reason, limit=watch_limit())
                return self._ensure(root)
            self._say(root, _not_watched(choice.mode, error))
            return False
        self._say(root, FolderState(mode=choice.mode, state="ok", reason=choice.reason))
        return True

    def _choose(self, root: Path, watch: _Watch | None) -> ModeChoice:
        """Choose how to watch ``root``, whose watch, if it is sound, is ``watch``."""
        choice = choose_mode(root, self._folders[root])
        if choice.mode == "poll":
            return choice
        too_few = self._too_few.get(root)
        if too_few and too_few.limit != watch_limit():  # somebody did what the reason says
            self._forget_too_few(root)
        elif too_few is None and watch and watch.falls_short(self._folder_count(root)):
            held, folders = watch.watched_folders(), _count_folders(root)
            if held < folders:  # the number that was told before may be of folders that were deleted since
                reason = f"only {held} of its {folders} folders may be watched; {_RAISE}"
                self._too_few[root] = _TooFew(reason=reason, limit=watch_limit())
        too_few = self._too_few.get(root)
        if too_few is None:
            return choice
        if self._folders[root] == "native":
            self._say(root, FolderState(mode="native", state="trouble", reason=too_few.reason))
            return choice
        return ModeChoice(mode="poll", reason=too_few.reason)

    def _forget_too_few(self, root: Path) -> None:
        """Try again to watch all folders: a watch that was refused is not asked for a second time."""
        del self._too_few[root]
        watch = self._watches.pop(root, None)
        if watch:
            watch.stop()

    def _say(self, root: Path, state: FolderState) -> None:
        if state.state != "ok" and self._states.get(root) != state:
            _log.warning("%s is not watched: %s", root, state.reason)
        self._states[root] = state

    def _lost_events(self) -> None:
        """Ask for a sweep of everything; and for another one, by ``ensure``, once all is watched again."""
        self._lost_at = time.monotonic()
        for root in self._folders:
            self._on_hint(root, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TooFew:
    """Why a root can't be watched whole, and how many watches the system allowed then."""

    reason: str
    limit: int | None


def _count_folders(root: Path) -> int:
    """Count the folders of a root, itself among them; 0 where it can't be gone through."""
    try:
        walk = sweep(root)
        for _ in walk.files:
            pass
    except (TransientError, OSError):
        return 0
    return walk.folders


def _not_watched(mode: Mode, error: OSError) -> FolderState:
    if isinstance(error, FileNotFoundError):
        return FolderState(mode=mode, state="missing", reason="the folder is missing; is its disk mounted?")
    return FolderState(mode=mode, state="trouble", reason=error.strerror or str(error))


class _Watch:
    """One root under watch by an observer of its own, so that its end is its own as well; a polled one has none."""

    def __init__(self, root: Path, on_hint: OnHint, mode: Mode) -> None:
        """Start to watch ``root``, or raise OSError."""
        self.mode: Mode = mode
        self._root = root
        self._identity = _identity(root)
        self._threads: list[BaseThread] = []
        self._descriptors: set[int] = set()
        self._shortfalls = 0
        real = root.resolve(strict=True)  # macOS names events by the real path
        if not real.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is not a folder")
        self._observer: BaseObserver | None = None if mode == "poll" else self._observe(real, on_hint)

    def _observe(self, real: Path, on_hint: OnHint) -> BaseObserver:
        threads, descriptors = set(threading.enumerate()), inotify_descriptors()
        observer = Observer()
        handler = _Handler(self._root, os.fsencode(real), on_hint)
        observer.schedule(handler, str(real), recursive=True, event_filter=_EVENTS)
        try:
            observer.start()
        except OSError:
            observer.stop()  # gives back what the observer already holds
            raise
        # Besides observer and emitter there is a thread that reads the kernel's queue; nothing else looks after it.
        started = set(threading.enumerate()) - threads
        self._threads = [thread for thread in started if isinstance(thread, BaseThread)]
        self._descriptors = inotify_descriptors() - descriptors
        return observer

    def sound(self) -> bool:
        """Tell whether threads live and the folder is still the one that was there at the beginning."""
        try:
            same = _identity(self._root) == self._identity
        except OSError:
            return False
        # A watch ends with its file system, of which another mount is not always told (before Linux 6.8).
        holds = not self._descriptors or any(map(_watches_anything, self._descriptors))
        return same and holds and all(thread.is_alive() for thread in self._threads)

    def watched_folders(self) -> int:
        """Count the folders that the system watches for us."""
        return watches_held(self._descriptors)

    def falls_short(self, expected: int | None) -> bool:
        """Tell whether fewer folders are watched than there are, twice in a row: new ones take a moment."""
        short = bool(self._descriptors and expected) and self.watched_folders() < (expected or 0)
        self._shortfalls = self._shortfalls + 1 if short else 0
        return self._shortfalls >= 2

    def stop(self) -> None:
        """End the threads."""
        if self._observer is not None:
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


def _watches_anything(descriptor: int) -> bool:
    """Tell whether an inotify descriptor watches anything at all, without counting how much."""
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as facts:  # noqa: PTH123 - one path, often
            return any(line.startswith("inotify wd:") for line in facts)
    except OSError:
        return False


def _identity(root: Path) -> tuple[int, int, int | None]:
    """What tells a folder from another one in its place; a remount may give it the same device and inode again."""
    status = root.stat()
    return status.st_dev, status.st_ino, mount_id(root)
