"""The memory of every folder ever watched: when it was first seen, and what became of the files that lay there then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from notesyncd.ledger import tables
from notesyncd.ledger.files import SourceFile, from_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_folders = tables.watched_folder
_files = tables.source_file
_WAITS = "held"
PASSED_OVER = "it lay here before the folder was first seen, and was not chosen"
"""Reason of an ignored file that a later choice may still take in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolder:
    """One row; ``backlog`` is the choice as text, None as long as nobody chose."""

    path: str
    first_seen: float
    backlog: str | None
    backlog_sinks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many files of a folder wait for a choice, and how large they are together."""

    files: int
    size_bytes: int


def get(connection: Connection, path: str) -> WatchedFolder | None:
    """Return what is known of a folder; None if it was never seen."""
    row = connection.execute(select(_folders).where(_folders.c.path == path)).one_or_none()
    if row is None:
        return None
    sinks = tuple(json.loads(row.backlog_sinks))
    return WatchedFolder(path=row.path, first_seen=row.first_seen, backlog=row.backlog, backlog_sinks=sinks)


def all_seen(connection: Connection) -> frozenset[str]:
    """Return the path of every folder that was ever seen."""
    return frozenset(connection.execute(select(_folders.c.path)).scalars())


def first_seen(connection: Connection, path: str, *, now: float) -> None:
    """Note that a folder was seen; harmless if it was before."""
    connection.execute(upsert(_folders).values(path=path, first_seen=now).on_conflict_do_nothing())


def chose(connection: Connection, path: str, choice: str, sinks: Iterable[str]) -> None:
    """Keep what a person chose for the files that lay there."""
    values = {"backlog": choice, "backlog_sinks": json.dumps(sorted(sinks))}
    connection.execute(update(_folders).where(_folders.c.path == path).values(**values))


def held(connection: Connection, path: str) -> Held:
    """Count the files of a folder that wait for a choice."""
    statement = select(func.count(), func.coalesce(func.sum(_files.c.size), 0)).where(
        _files.c.root == path, _files.c.state == _WAITS
    )
    count, size = connection.execute(statement).one()
    return Held(files=count, size_bytes=size)


def undecided(connection: Connection, path: str) -> list[SourceFile]:
    """Return the files of a folder that a choice is about: held ones, and those that an earlier choice passed over."""
    passed_over = (_files.c.state == "ignored") & (_files.c.reason == PASSED_OVER)
    here = (_files.c.root == path) & ((_files.c.state == _WAITS) | passed_over)
    return [from_row(row) for row in connection.execute(select(_files).where(here))]


def sinks_of_backlog(connection: Connection, digests: Collection[str]) -> frozenset[str] | None:
    """Return the announcing sinks that may have a note of these scans; None if it is not of the backlog at all.

    It is of the backlog where every file that holds one of these scans lay there when its folder was first seen.
    """
    statement = (
        select(_files.c.backlog, _folders.c.backlog_sinks)
        .outerjoin(_folders, _folders.c.path == _files.c.root)
        .where(_files.c.digest.in_(digests))
    )
    rows = connection.execute(statement).all()
    if not rows or not all(row.backlog for row in rows):
        return None
    return frozenset(name for row in rows for name in json.loads(row.backlog_sinks or "[]"))
