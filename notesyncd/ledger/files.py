"""The memory of every file ever seen, many to one scan."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from notesyncd.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_files = tables.source_file
_SIGN = 1 << 63
_STEP = 1e-5
"""Seconds between the due times of files that are to be looked at one after the other."""


class SeenFile(NamedTuple):
    """A file as the ledger last saw it; ``raw_path`` are the file system's own bytes, relative to the root."""

    raw_path: bytes
    dev: int
    ino: int
    size: int
    mtime_ns: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One row: a file below a watched root and how far it came."""

    id: int
    root: str
    raw_path: bytes
    dev: int
    ino: int
    size: int
    mtime_ns: int
    digest: str | None
    state: str
    reason: str | None
    changed_at: float
    due_at: float | None
    attempts: int
    backlog: int

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """Device, inode, size and modification time in nanoseconds."""
        return self.dev, self.ino, self.size, self.mtime_ns

    @property
    def path(self) -> str:
        """Absolute path, for opening; names that are no UTF-8 are surrogate-escaped."""
        return os.path.join(self.root, os.fsdecode(self.raw_path))  # noqa: PTH118 - the raw name must survive


def _signed(number: int) -> int:
    """SQLite's integers are signed; device and inode numbers use all 64 bits."""
    return (number + _SIGN) % (1 << 64) - _SIGN


def _unsigned(number: int) -> int:
    return number % (1 << 64)


def known(connection: Connection, root: str) -> dict[bytes, SeenFile]:
    """Return all files below ``root`` that were ever seen, by raw path."""
    columns = (_files.c.raw_path, _files.c.dev, _files.c.ino, _files.c.size, _files.c.mtime_ns, _files.c.state)
    rows = connection.execute(select(*columns).where(_files.c.root == root))
    return {row[0]: SeenFile(row[0], _unsigned(row[1]), _unsigned(row[2]), *row[3:]) for row in rows}


def get(connection: Connection, root: str, raw_path: bytes) -> SourceFile | None:
    """Return one file by its place."""
    statement = select(_files).where(_files.c.root == root, _files.c.raw_path == raw_path)
    row = connection.execute(statement).one_or_none()
    return from_row(row) if row else None


def at(connection: Connection, root: str, raw_paths: Iterable[bytes]) -> dict[bytes, SourceFile]:
    """Return what is known of the files at some paths below ``root``."""
    known: dict[bytes, SourceFile] = {}
    for some in _portions(raw_paths):
        here = (_files.c.root == root) & _files.c.raw_path.in_(some)
        known |= {row.raw_path: from_row(row) for row in connection.execute(select(_files).where(here))}
    return known


def by_id(connection: Connection, file_id: int) -> SourceFile | None:
    """Return one file by its row id."""
    row = connection.execute(select(_files).where(_files.c.id == file_id)).one_or_none()
    return from_row(row) if row else None


def with_digest(connection: Connection, digest: str) -> list[SourceFile]:
    """Return all files that hold the bytes of a scan."""
    return [from_row(row) for row in connection.execute(select(_files).where(_files.c.digest == digest))]


def places_of(connection: Connection, digests: Sequence[str]) -> dict[str, list[tuple[str, bytes]]]:
    """Return by digest each (root, raw path) at which the bytes of a scan stand or stood, the oldest first."""
    columns = _files.c.digest, _files.c.root, _files.c.raw_path
    statement = select(*columns).where(_files.c.digest.in_(digests)).order_by(_files.c.id)
    places: dict[str, list[tuple[str, bytes]]] = {}
    for digest, root, raw_path in connection.execute(statement):
        places.setdefault(digest, []).append((root, raw_path))
    return places


def from_row(row: object) -> SourceFile:
    """Return the file that a row of the table describes."""
    fields = {name: getattr(row, name) for name in SourceFile.__dataclass_fields__}
    fields |= {"dev": _unsigned(fields["dev"]), "ino": _unsigned(fields["ino"])}
    return SourceFile(**fields)


def saw(
    connection: Connection,
    root: str,
    files: Iterable[tuple[bytes, int, int, int, int]],
    *,
    now: float,
    due_at: float,
    state: str = "settling",
    reason: str | None = None,
    backlog: bool = False,
) -> None:
    """Note files that are new or changed: (raw_path, dev, ino, size, mtime_ns) each. They begin to settle.

    An earlier digest is kept: it says which scan stood there before.

    Args:
        due_at: when the first of them is to be looked at; the others follow in the order given.
        state: ``held`` or ``ignored`` for files that are not to be looked at (then none is due).
        backlog: they lay there when the folder was first seen.
    """
    rows = [
        {
            "root": root,
            "raw_path": raw_path,
            "dev": _signed(dev),
            "ino": _signed(ino),
            "size": size,
            "mtime_ns": mtime_ns,
            "state": state,
            "reason": reason,
            "first_seen": now,
            "changed_at": now,
            "due_at": due_at + number * _STEP if state == "settling" else None,
            "backlog": int(backlog),
        }
        for number, (raw_path, dev, ino, size, mtime_ns) in enumerate(files)
    ]
    if not rows:
        return
    statement = upsert(_files)
    kept = ("dev", "ino", "size", "mtime_ns", "state", "reason", "changed_at", "due_at", "backlog")
    changed = {name: statement.excluded[name] for name in kept} | {"attempts": 0, "digest_is_current": 0}
    connection.execute(statement.on_conflict_do_update(index_elements=["root", "raw_path"], set_=changed), rows)


def settle(
    connection: Connection,
    file_id: int,
    *,
    state: str,
    reason: str | None = None,
    due_at: float | None = None,
    digest: str | None = None,
    attempts: int = 0,
) -> None:
    """Set how far a file came; ``digest`` is only ever replaced by another one."""
    values: dict[str, object] = {"state": state, "reason": reason, "due_at": due_at, "attempts": attempts}
    if digest is not None:
        values |= {"digest": digest, "digest_is_current": 1}
    connection.execute(update(_files).where(_files.c.id == file_id).values(**values))


def look_at(connection: Connection, file_ids: Iterable[int], *, due_at: float) -> None:
    """Look at files again at ``due_at``; state, reason and number of attempts stay."""
    for file_id in file_ids:
        connection.execute(update(_files).where(_files.c.id == file_id).values(due_at=due_at))


def moved(connection: Connection, root: str, before: bytes, after: bytes) -> None:
    """A file has a new path; nothing else of it changed."""
    connection.execute(_files.delete().where(_files.c.root == root, _files.c.raw_path == after))
    here = (_files.c.root == root) & (_files.c.raw_path == before)
    connection.execute(update(_files).where(here).values(raw_path=after))


def gone(connection: Connection, root: str, raw_paths: Iterable[bytes]) -> None:
    """Files are no longer there. That deletes nothing that was made of them."""
    for some in _portions(raw_paths):
        here = (_files.c.root == root) & _files.c.raw_path.in_(some)
        connection.execute(update(_files).where(here).values(state="gone", due_at=None, reason=None))


def returned(connection: Connection, root: str, raw_paths: Iterable[bytes], *, now: float) -> None:
    """Files that were gone are there again, unchanged: what was known of their bytes still holds."""
    known = _files.c.digest_is_current == 1
    values = {"state": case((known, "registered"), else_="settling"), "due_at": case((known, None), else_=now)}
    for some in _portions(raw_paths):
        here = (_files.c.root == root) & _files.c.raw_path.in_(some) & (_files.c.state == "gone")
        connection.execute(update(_files).where(here).values(**values, reason=None, attempts=0))


def release(connection: Connection, file_ids: Sequence[int], *, now: float) -> None:
    """Let held files be taken in, in this order."""
    for number, file_id in enumerate(file_ids):
        values = {"state": "settling", "reason": None, "due_at": now + number * _STEP, "attempts": 0}
        connection.execute(update(_files).where(_files.c.id == file_id).values(**values))


def pass_over(connection: Connection, file_ids: Sequence[int], *, reason: str) -> None:
    """Leave files as they are, for good."""
    for file_id in file_ids:
        values = {"state": "ignored", "reason": reason, "due_at": None}
        connection.execute(update(_files).where(_files.c.id == file_id).values(**values))


def put_away(connection: Connection, file_id: int, *, where: str) -> None:
    """A file that was delivered was taken out of its folder, as its owner asked."""
    connection.execute(update(_files).where(_files.c.id == file_id).values(state="gone", due_at=None, reason=where))


def _portions(raw_paths: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield as many at a time as one statement takes."""
    rows = list(raw_paths)
    for start in range(0, len(rows), 500):
        yield rows[start : start + 500]


def due(connection: Connection, *, now: float, limit: int) -> list[SourceFile]:
    """Return files whose time to be looked at has come."""
    statement = select(_files).where(_files.c.due_at <= now).order_by(_files.c.due_at).limit(limit)
    return [from_row(row) for row in connection.execute(statement)]


def next_due(connection: Connection) -> float | None:
    """Return when the next file is to be looked at."""
    statement = select(_files.c.due_at).where(_files.c.due_at.is_not(None)).order_by(_files.c.due_at).limit(1)
    return connection.execute(statement).scalar_one_or_none()


def any_settling(connection: Connection) -> bool:
    """Tell whether a file is being left alone for its settling time (not one that failed and is tried again later)."""
    statement = select(_files.c.id).where(_files.c.state == "settling", _files.c.attempts == 0).limit(1)
    return connection.execute(statement).first() is not None


def clock_fell_back(connection: Connection, seconds: float, *, now: float) -> None:
    """Move what is due along with a wall clock that was set back, so that nothing waits for the old time to come."""
    later = func.max(_files.c.due_at - seconds, now)
    connection.execute(update(_files).where(_files.c.due_at > now).values(due_at=later))


def retry(connection: Connection, *, now: float, file_id: int | None = None) -> int:
    """Take up unreadable and incomplete files again; returns how many."""
    statement = update(_files).where(_files.c.state.in_(("unreadable", "incomplete", "needs_password")))
    if file_id is not None:
        statement = statement.where(_files.c.id == file_id)
    return connection.execute(statement.values(state="settling", due_at=now, reason=None, attempts=0)).rowcount
