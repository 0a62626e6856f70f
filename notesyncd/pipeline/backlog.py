"""The files that lay in a folder before it was first seen: what they would cost, and what a person chose for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notesyncd.intake.backlog import BacklogChoice, in_order, is_chosen
from notesyncd.ledger import files, folders, pace

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.store import Ledger
    from notesyncd.pipeline.services import WatchedRoot

CHOOSE = "choose: notesyncd run --backlog all, none, or a date such as 2026-01-31"
PICTURE_BYTES = 350_000
"""About what the upright JPEG of a page takes; it is kept here and lies in the vault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in one folder for a choice, and what reading all of it would take, roughly.

    Attributes:
        seconds: of reading, if every file holds one page; None where no page has been read on this machine yet.
    """

    folder: str
    files: int
    size_bytes: int
    seconds: float | None

    @property
    def disk_bytes(self) -> int:
        """Copies of the originals, and the pages' pictures, here and in one vault."""
        return self.size_bytes + 2 * PICTURE_BYTES * self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How many files of a folder are read now, and how many are passed over."""

    folder: str
    read: int
    passed_over: int


def held_reason(folder: str) -> str:
    """Say why a file is held, and how to go on."""
    return f"it lay in {folder} before that was first seen; {CHOOSE}"


def waiting(connection: Connection, names: Sequence[str], *, readers: int) -> list[Backlog]:
    """Return what waits for a choice in these folders; ``readers``: how many pages are read at the same moment."""
    found = []
    for name in names:
        held = folders.held(connection, name)
        if held.files:
            seconds = pace.seconds_for(connection, held.files, readers=readers)
            found.append(Backlog(folder=name, files=held.files, size_bytes=held.size_bytes, seconds=seconds))
    return found


def apply_settings(ledger: Ledger, roots: Sequence[WatchedRoot], *, now: float) -> list[Chosen]:
    """Carry out what the settings say of folders for which something else, or nothing, was chosen before."""
    with ledger.read() as connection:
        known = {str(root.path): folders.get(connection, str(root.path)) for root in roots}
    return [
        choose(ledger, root, root.backlog, (), now=now)
        for root in roots
        if root.backlog != "ask" and (seen := known[str(root.path)]) and seen.backlog != str(root.backlog)
    ]


def choose(ledger: Ledger, root: WatchedRoot, choice: BacklogChoice, sinks: Sequence[str], *, now: float) -> Chosen:
    """Carry out a choice, in one commit. ``ask`` changes nothing; what was passed over once may still be chosen."""
    name = str(root.path)
    if choice == "ask":
        return Chosen(folder=name, read=0, passed_over=0)
    with ledger.write() as connection:
        undecided = in_order(folders.undecided(connection, name), root.backlog_order)
        taken = [file.id for file in undecided if is_chosen(file, choice)]
        left = [file.id for file in undecided if not is_chosen(file, choice)]
        files.release(connection, taken, now=now)
        files.pass_over(connection, left, reason=folders.PASSED_OVER)
        folders.chose(connection, name, str(choice), (*root.backlog_sinks, *sinks))
    return Chosen(folder=name, read=len(taken), passed_over=len(left))
