"""Keeps the ledger's memory of files true: sweeps of whole folders, and looks at single files that an event named."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.api import TransientError
from notesyncd.intake.backlog import backlog_of, in_order, is_chosen
from notesyncd.intake.sweep import Changes, FoundFile, KnownFile, Sweep, compare, look, sweep
from notesyncd.ledger import files, folders, notes
from notesyncd.pipeline.backlog import CHOOSE, held_reason

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.pipeline.quiet_files import QuietFiles
    from notesyncd.pipeline.services import Services, WatchedRoot

log = logging.getLogger(__name__)

_LOOK_AGAIN = frozenset({"settling", "incomplete", "cloud_pending"})
"""States in which a file that did not change may be ready all the same, once something happened to it."""


class Stock:
    """The files of all watched folders. Used by one thread.

    Attributes:
        problems: folders that could not be gone through (whole), with the reason.
        unmounted: folders whose disk is not there, with how many files are known to be on it.
        folder_counts: how many folders each root held at its last sweep, itself among them.
    """

    def __init__(self, services: Services, quiet: QuietFiles) -> None:
        self._services = services
        self._quiet = quiet
        self.problems: dict[str, str] = {}
        self.unmounted: dict[str, int] = {}
        self.folder_counts: dict[str, int] = {}

    def sweep(self, root: WatchedRoot) -> int:
        """Compare a whole root with what is known of it; returns how many files are new or changed."""
        name = str(root.path)
        try:
            walk = sweep(root.path)
        except TransientError as error:  # a missing root never means that its files were deleted
            self.problems[name] = str(error)
            log.warning("%s", error)
            return 0
        self._quiet.choose_mode(root)
        with self._services.ledger.read() as connection:
            seen_before = folders.get(connection, name) is not None
            known = {path: KnownFile(*file) for path, file in files.known(connection, name).items()}
        changes = compare(walk.files, known, unreadable_folders=walk.unreadable_folders, device=walk.device)
        self._note_state(name, walk, changes, known)
        backlog = () if seen_before else backlog_of(changes.appeared, wall=self._services.clock())
        foreign = [(file, reason) for file, reason in walk.foreign if file.raw_path not in known]
        if not seen_before or foreign or _differs(changes):
            with self._services.ledger.write() as connection:
                self._keep(connection, root, changes, backlog)
                for file, reason in foreign:
                    self._saw(connection, name, [file], state="ignored", reason=reason)
        return len(changes.appeared) + len(changes.changed)

    def hint(self, root: WatchedRoot, paths: Iterable[Path]) -> None:
        """Look at files that events named: they were touched just now, so they are left alone for a while."""
        name = str(root.path)
        found = {file.raw_path: file for path in paths if (file := self._look(root, path))}
        with self._services.ledger.read() as connection:
            known = files.at(connection, name, found)
            if folders.get(connection, name) is None:
                return  # the first sweep, which is about to come, tells new files from a backlog
        fresh: list[FoundFile] = []
        again: list[int] = []
        returned: list[bytes] = []
        for path, file in found.items():
            before = known.get(path)
            same = before is not None and before.identity == file.identity
            if before is None or not same:
                fresh.append(file)
            elif before.state == "gone":
                returned.append(path)
            elif before.state in _LOOK_AGAIN:
                again.append(before.id)
            else:
                continue
            self._quiet.disturbed(root, file)
        if not (fresh or again or returned):
            return
        now = self._services.clock()
        due_at = now + self._quiet.settle_seconds(root)
        with self._services.ledger.write() as connection:
            self._saw(connection, name, fresh, due_at=due_at)
            files.look_at(connection, again, due_at=due_at)
            files.returned(connection, name, returned, now=due_at)

    def _look(self, root: WatchedRoot, path: Path) -> FoundFile | None:
        """Return a file as it stands; None where it is gone (a sweep tells a rename from a deletion) or not ours."""
        try:
            return look(root.path, path)
        except TransientError as error:
            log.info("%s", error)
            return None

    def _note_state(self, name: str, walk: Sweep, changes: Changes, known: dict[bytes, KnownFile]) -> None:
        self.folder_counts[name] = walk.folders
        self.problems.pop(name, None)
        for folder, reason in walk.unreadable_folders.items():
            self.problems[name] = f"{folder!r} below {name} can't be listed: {reason}"
            log.warning("%s", self.problems[name])
        self.unmounted.pop(name, None)
        if changes.unmounted:
            self.unmounted[name] = sum(file.state not in ("gone", "ignored") for file in known.values())

    def _keep(self, connection: Connection, root: WatchedRoot, changes: Changes, backlog: Sequence[FoundFile]) -> None:
        """Bring the ledger to what was found."""
        name, now = str(root.path), self._services.clock()
        folders.first_seen(connection, name, now=now)
        for before, found in changes.renamed:
            files.moved(connection, name, before, found.raw_path)
        if root.tags_from_folders:
            notes.queue_for_files(connection, name, [found.raw_path for _, found in changes.renamed], now=now)
        if backlog:
            self._keep_backlog(connection, root, backlog)
        old = {file.raw_path for file in backlog}
        self._saw(connection, name, [file for file in changes.appeared if file.raw_path not in old])
        self._saw(connection, name, changes.changed)
        files.returned(connection, name, changes.returned, now=now)
        files.gone(connection, name, changes.vanished)

    def _keep_backlog(self, connection: Connection, root: WatchedRoot, backlog: Sequence[FoundFile]) -> None:
        """Files that lay there when the folder was first seen: taken in, passed over or held, as its owner wishes."""
        name = str(root.path)
        ordered = in_order(backlog, root.backlog_order)
        if root.backlog == "ask":
            log.warning("%s files lay in %s before it was first seen, and are held; %s", len(backlog), name, CHOOSE)
            self._saw(connection, name, ordered, state="held", reason=held_reason(name), backlog=True)
            return
        chosen = [file for file in ordered if is_chosen(file, root.backlog)]
        others = [file for file in ordered if not is_chosen(file, root.backlog)]
        self._saw(connection, name, chosen, backlog=True)
        self._saw(connection, name, others, state="ignored", reason=folders.PASSED_OVER, backlog=True)
        folders.chose(connection, name, str(root.backlog), root.backlog_sinks)

    def _saw(
        self,
        connection: Connection,
        name: str,
        found: Iterable[FoundFile],
        *,
        due_at: float | None = None,
        state: str = "settling",
        reason: str | None = None,
        backlog: bool = False,
    ) -> None:
        now = self._services.clock()
        files.saw(
            connection,
            name,
            [(file.raw_path, *file.identity) for file in found],
            now=now,
            due_at=now if due_at is None else due_at,
            state=state,
            reason=reason,
            backlog=backlog,
        )


def _differs(changes: Changes) -> bool:
    return any((changes.appeared, changes.changed, changes.renamed, changes.returned, changes.vanished))
