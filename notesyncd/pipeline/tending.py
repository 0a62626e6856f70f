"""Files whose time has come: left alone for longer, taken in, or tried again later with the reason on record."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import NotesyncdError, TransientError
from notesyncd.deliver.retry import pause
from notesyncd.intake.cloud import ask_for
from notesyncd.intake.complete import EncryptedFile, IncompleteFile
from notesyncd.intake.decoder.decoder import DecoderDied
from notesyncd.intake.sweep import look
from notesyncd.intake.writer import FileChanged
from notesyncd.ledger import files
from notesyncd.ledger.transcriptions import STRIKES
from notesyncd.pipeline.register import register

if TYPE_CHECKING:
    from notesyncd.intake.sweep import FoundFile
    from notesyncd.ledger.files import SourceFile
    from notesyncd.pipeline.quiet_files import QuietFiles
    from notesyncd.pipeline.services import Services, WatchedRoot

log = logging.getLogger(__name__)

INCOMPLETE_FIRST, INCOMPLETE_LONGEST = 5.0, 600.0
"""Seconds between looks at a file that is quiet but not whole: doubling from the first to the longest."""
_DAY, _HOUR = 86_400.0, 3600.0
"""One that stood so for a day is looked at every hour, and whenever it changes."""
_AWAY_SECONDS = 60.0
"""Between two looks at a file whose folder is missing or can't be looked at."""
_A_DAY_LATER = (
    "it has not changed for a day, so nobody seems to be writing it any more: copy it here anew, or remove it"
)
_IN_CLOUD = "its content is in iCloud and not on this Mac yet"


class Tending:
    """Takes files in. Used by one thread."""

    def __init__(self, services: Services, quiet: QuietFiles) -> None:
        self._services = services
        self._quiet = quiet
        self._roots = {str(root.path): root for root in services.roots}

    def tend(self, file: SourceFile) -> None:
        """Look at a file whose time has come; take it in if it has been left alone for long enough."""
        root = self._roots.get(file.root)
        if root is None:
            self._settle(file, "ignored", reason=f"{file.root} is no longer watched")
            return
        try:
            found = look(root.path, Path(file.path))
        except TransientError as error:
            self._settle(file, file.state, reason=str(error), due_in=_AWAY_SECONDS, tried=True)
            return
        if found is None:
            self._vanished(file, root)
        elif self._is_settled(file, found, root):
            self._quiet.forget(file.root, file.raw_path)
            if found.dataless:
                self._wait_for_cloud(file, root)
            else:
                self._take_in(file)

    def _vanished(self, file: SourceFile, root: WatchedRoot) -> None:
        """A file is gone, unless its whole folder is: a missing root never means that its files were deleted."""
        if (problem := _absence(root, file)) is not None:
            self._settle(file, file.state, reason=problem, due_in=_AWAY_SECONDS, tried=True)
            return
        self._quiet.forget(file.root, file.raw_path)
        with self._services.ledger.write() as connection:
            files.gone(connection, file.root, [file.raw_path])

    def _is_settled(self, file: SourceFile, found: FoundFile, root: WatchedRoot) -> bool:
        """Tell whether a file has been left alone for long enough; if not, say when to look again."""
        settling = self._quiet.look(root, found)
        changed = file.identity != found.identity
        if settling.settled and not changed:
            return True
        now = self._services.clock()
        due_at = now + max(0.0, settling.look_again - self._services.monotonic())
        with self._services.ledger.write() as connection:
            if changed:
                files.saw(connection, file.root, [(found.raw_path, *found.identity)], now=now, due_at=due_at)
            else:
                files.look_at(connection, [file.id], due_at=due_at)
        return False

    def _wait_for_cloud(self, file: SourceFile, root: WatchedRoot) -> None:
        reason = _IN_CLOUD
        if root.icloud_download:
            try:
                ask_for(os.fsencode(file.path))
                reason = f"{_IN_CLOUD}; it was asked for"
            except TransientError as error:
                reason = f"{_IN_CLOUD}, and asking for it did not work: {error}"
        self._settle(file, "cloud_pending", reason=reason, due_in=self._next_look(file), tried=True)

    def _take_in(self, file: SourceFile) -> None:
        try:
            register(self._services, file)
        except FileChanged as error:
            log.info("%s: %s", file.path, error)
            self._settle(file, "settling", reason=str(error), due_in=0.0)
        except IncompleteFile as error:
            reason = f"{error}; {_A_DAY_LATER}" if self._stood(file) >= _DAY else str(error)
            self._failed(file, "incomplete", reason, due_in=self._next_look(file))
        except DecoderDied as error:
            if file.attempts + 1 < STRIKES:
                self._failed(file, "incomplete", str(error), due_in=pause(file.attempts + 1))
            else:
                self._failed(file, "unreadable", str(error))
        except EncryptedFile as error:
            self._failed(file, "needs_password", str(error))
        except TransientError as error:
            self._failed(file, "settling", str(error), due_in=pause(file.attempts + 1))
        except NotesyncdError as error:
            self._failed(file, "unreadable", str(error))
        except OSError as error:
            self._failed(file, "settling", str(error), due_in=pause(file.attempts + 1))

    def _stood(self, file: SourceFile) -> float:
        """Return for how many seconds a file has stood as it is."""
        return self._services.clock() - file.changed_at

    def _next_look(self, file: SourceFile) -> float:
        """Return in how many seconds a file that waits for others is looked at again."""
        doubled = min(INCOMPLETE_LONGEST, INCOMPLETE_FIRST * 2.0 ** min(file.attempts, 16))
        return _HOUR if self._stood(file) >= _DAY else doubled

    def _failed(self, file: SourceFile, state: str, reason: str, *, due_in: float | None = None) -> None:
        log.warning("%s: %s", file.path, reason)
        self._settle(file, state, reason=reason, due_in=due_in, tried=due_in is not None)

    def _settle(
        self, file: SourceFile, state: str, *, reason: str, due_in: float | None = None, tried: bool = False
    ) -> None:
        due_at = None if due_in is None else self._services.clock() + due_in
        attempts = file.attempts + 1 if tried else 0
        with self._services.ledger.write() as connection:
            files.settle(connection, file.id, state=state, reason=reason, due_at=due_at, attempts=attempts)


def _absence(root: WatchedRoot, file: SourceFile) -> str | None:
    """Say why a whole folder is away, or None. An empty mount point is there, but on another device than the file."""
    try:
        device = root.path.stat().st_dev
    except OSError:
        return f"the folder {root.path} is missing"
    return None if device == file.dev else f"the disk of {root.path} is not mounted"
