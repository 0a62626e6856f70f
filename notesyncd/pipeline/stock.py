"""Keeps the ledger's memory of files true: sweeps of whole roots, looks at single files, and what is due."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import NotesyncdError, TransientError
from notesyncd.deliver.retry import pause
from notesyncd.intake.complete import EncryptedFile, IncompleteFile
from notesyncd.intake.decoder.decoder import DecoderDied
from notesyncd.intake.settle import Settling, settle
from notesyncd.intake.sweep import FoundFile, KnownFile, compare, look, sweep
from notesyncd.ledger import files
from notesyncd.ledger.transcriptions import STRIKES
from notesyncd.pipeline.register import register

if TYPE_CHECKING:
    from notesyncd.ledger.files import SourceFile
    from notesyncd.pipeline.services import Services, WatchedRoot

log = logging.getLogger(__name__)

INCOMPLETE_FIRST, INCOMPLETE_LONGEST = 5.0, 600.0
"""Seconds between looks at a file that is quiet but not whole: doubling from the first to the longest."""


class Stock:
    """The files of all watched roots. Used by one thread; it alone remembers how long each file has been quiet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._roots = {str(root.path): root for root in services.roots}
        self._settling: dict[int, Settling] = {}
        self.problems: dict[str, str] = {}

    def sweep(self, root: WatchedRoot) -> int:
        """Compare a whole root with what is known of it; returns how many files are new or changed."""
        name = str(root.path)
        try:
            walk = sweep(root.path)
        except TransientError as error:  # a missing root never means that its files were deleted
            self.problems[name] = str(error)
            log.warning("%s", error)
            return 0
        with self._services.ledger.read() as connection:
            known = {path: KnownFile(*file) for path, file in files.known(connection, name).items()}
        changes = compare(walk.files, known, unreadable_folders=walk.unreadable_folders)
        self.problems.pop(name, None)
        for folder, reason in walk.unreadable_folders.items():
            self.problems[name] = f"{folder!r} below {name} can't be listed: {reason}"
            log.warning("%s", self.problems[name])
        fresh = (*changes.appeared, *changes.changed)
        if fresh or changes.renamed or changes.vanished:
            now = self._services.clock()
            with self._services.ledger.write() as connection:
                for before, found in changes.renamed:
                    files.moved(connection, name, before, found.raw_path)
                files.saw(connection, name, [_row(found) for found in fresh], now=now, due_at=now)
                files.gone(connection, name, changes.vanished)
        return len(fresh)

    def hint(self, root: WatchedRoot, path: Path) -> None:
        """Look at one file that an event named."""
        name = str(root.path)
        try:
            found = look(root.path, path)
        except TransientError as error:
            log.info("%s", error)
            return
        if found is None:
            return  # gone or not ours: a sweep tells a rename from a deletion
        with self._services.ledger.read() as connection:
            known = files.get(connection, name, found.raw_path)
        same = known is not None and (known.dev, known.ino, known.size, known.mtime_ns) == found.identity
        if known is not None and same and known.state not in ("settling", "gone"):
            return
        now = self._services.clock()
        if known is None or not same or known.state == "gone":
            with self._services.ledger.write() as connection:
                files.saw(connection, name, [_row(found)], now=now, due_at=now + root.settle_seconds)
                known = files.get(connection, name, found.raw_path)
        assert known is not None
        self._look_at(known, found, root, hinted=True)

    def tend(self, file: SourceFile) -> None:
        """Look at a file whose time has come; take it in if it has been left alone for long enough."""
        root = self._roots.get(file.root)
        if root is None:
            with self._services.ledger.write() as connection:
                reason = f"{file.root} is no longer watched"
                files.settle(connection, file.id, state="ignored", reason=reason, digest=file.digest)
            return
        try:
            found = look(root.path, Path(file.path))
        except TransientError as error:
            self._postpone(file, str(error))
            return
        if found is None:
            self._settling.pop(file.id, None)
            with self._services.ledger.write() as connection:
                files.gone(connection, file.root, [file.raw_path])
            return
        if not self._look_at(file, found, root, hinted=False):
            return
        self._settling.pop(file.id, None)
        self._take_in(file)

    def _look_at(self, file: SourceFile, found: FoundFile, root: WatchedRoot, *, hinted: bool) -> bool:
        """Note how quiet a file is; returns whether it is settled."""
        services = self._services
        settling = settle(
            self._settling.get(file.id),
            found,
            monotonic=services.monotonic(),
            wall=services.clock(),
            settle_seconds=root.settle_seconds,
            hinted=hinted,
        )
        self._settling[file.id] = settling
        changed = (file.dev, file.ino, file.size, file.mtime_ns) != found.identity
        if settling.settled and not changed:
            return True
        due_at = services.clock() + max(0.0, settling.look_again - services.monotonic())
        with services.ledger.write() as connection:
            if changed:
                files.saw(connection, file.root, [_row(found)], now=services.clock(), due_at=due_at)
            else:
                files.settle(connection, file.id, state="settling", due_at=due_at, attempts=file.attempts)
        return False

    def _take_in(self, file: SourceFile) -> None:
        attempts = file.attempts + 1
        try:
            register(self._services, file)
        except IncompleteFile as error:
            wait = min(INCOMPLETE_LONGEST, INCOMPLETE_FIRST * 2.0 ** min(file.attempts, 16))
            self._end(file, "incomplete", error, due_in=wait, attempts=attempts)
        except DecoderDied as error:
            if attempts < STRIKES:
                self._end(file, "incomplete", error, due_in=pause(attempts), attempts=attempts)
            else:
                self._end(file, "unreadable", error)
        except EncryptedFile as error:
            self._end(file, "needs_password", error)
        except TransientError as error:
            self._end(file, "settling", error, due_in=pause(attempts), attempts=attempts)
        except NotesyncdError as error:
            self._end(file, "unreadable", error)
        except OSError as error:
            self._end(file, "settling", error, due_in=pause(attempts), attempts=attempts)

    def _end(
        self, file: SourceFile, state: str, error: Exception, *, due_in: float | None = None, attempts: int = 0
    ) -> None:
        log.warning("%s: %s", file.path, error)
        due_at = None if due_in is None else self._services.clock() + due_in
        with self._services.ledger.write() as connection:
            files.settle(connection, file.id, state=state, reason=str(error), due_at=due_at, attempts=attempts)

    def _postpone(self, file: SourceFile, reason: str) -> None:
        with self._services.ledger.write() as connection:
            due_at = self._services.clock() + pause(file.attempts + 1)
            files.settle(
                connection, file.id, state=file.state, reason=reason, due_at=due_at, attempts=file.attempts + 1
            )


def _row(found: FoundFile) -> tuple[bytes, int, int, int, int]:
    return found.raw_path, *found.identity
