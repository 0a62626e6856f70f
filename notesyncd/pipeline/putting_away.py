"""Takes originals out of the folder once every sink has their notes, where their owner asked for that."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import TransientError
from notesyncd.deliver.retry import pause
from notesyncd.intake.put_away import move_away, trash
from notesyncd.intake.sweep import look
from notesyncd.ledger import delivered_files, files

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from notesyncd.intake.sweep import FoundFile
    from notesyncd.ledger.files import SourceFile
    from notesyncd.pipeline.services import Services, WatchedRoot

log = logging.getLogger(__name__)


class PuttingAway:
    """Finds what may be put away, and does so. Used by one thread.

    Attributes:
        problems: files that could not be put away, with the reason; they are tried again.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._roots = {str(root.path): root for root in services.roots if root.after != "keep"}
        self._later: dict[int, tuple[float, int]] = {}
        self.problems: dict[str, str] = {}

    def next(self, besides: Collection[Hashable]) -> SourceFile | None:
        """Return a file that may be put away now."""
        if not self._roots:
            return None
        now = self._services.clock()
        waiting = {file_id for file_id, (due_at, _) in self._later.items() if due_at > now}
        with self._services.ledger.read() as connection:
            found = delivered_files.delivered(connection, list(self._roots), besides={*waiting, *besides})  # type: ignore[arg-type]
        return found[0] if found else None

    def next_due(self) -> float | None:
        """Return when one that could not be put away is tried again."""
        return min((due_at for due_at, _ in self._later.values()), default=None)

    def put_away(self, file: SourceFile) -> None:
        """Move one file to where its owner wants it; what can't be moved now stays, and is tried again later."""
        root = self._roots[file.root]
        try:
            found = look(root.path, Path(file.path))
            if found is None or found.identity[1:] != file.identity[1:]:  # a sweep sees to it; the device may be anew
                self._try_later(file, None)
                return
            where = self._move(file, found, root)
        except TransientError as error:
            log.warning("%s", error)
            self._try_later(file, str(error))
            return
        self._later.pop(file.id, None)
        self.problems.pop(file.path, None)
        log.info("%s: %s", file.path, where)
        with self._services.ledger.write() as connection:
            files.put_away(connection, file.id, where=where)

    @staticmethod
    def _move(file: SourceFile, found: FoundFile, root: WatchedRoot) -> str:
        source = Path(file.path)
        if root.after == "trash":
            trash(source, found.identity)
            return "put into the trash"
        assert root.move_to is not None, "the configuration is refused without it"
        return f"moved to {move_away(source, root.move_to / os.fsdecode(file.raw_path), found.identity)}"

    def _try_later(self, file: SourceFile, problem: str | None) -> None:
        _, attempts = self._later.get(file.id, (0.0, 0))
        self._later[file.id] = self._services.clock() + pause(attempts + 1), attempts + 1
        if problem is not None:
            self.problems[file.path] = problem
