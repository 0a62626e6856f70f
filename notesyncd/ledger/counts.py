"""What stands where and why it waits: the answers of ``status``."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from notesyncd.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ScalarSelect


_NOT_WAITING = ("registered", "gone", "ignored", "held")
_UNDONE = ("queued", "running", "parked", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that is not done, with the reason; times are seconds since the epoch."""

    what: str
    id: str
    path: str | None
    state: str
    reason: str | None
    since: float | None
    due_at: float | None


def files(connection: Connection) -> dict[str, int]:
    """Count files by state."""
    return _by_state(connection, tables.source_file.c.state)


def transcriptions(connection: Connection) -> dict[str, int]:
    """Count transcriptions by state, and under ``blank`` the pages without ink."""
    table = tables.transcription
    blank = select(func.count()).select_from(table).where(table.c.outcome == "blank")
    return _by_state(connection, table.c.state) | {"blank": connection.execute(blank).scalar_one()}


def notes(connection: Connection) -> dict[str, int]:
    """Count notes by state, and in all."""
    counted = _by_state(connection, tables.note.c.state)
    return {"total": sum(counted.values())} | counted


def deliveries(connection: Connection) -> dict[str, dict[str, int]]:
    """Count deliveries by sink and state."""
    table = tables.delivery
    statement = select(table.c.sink, table.c.state, func.count()).group_by(table.c.sink, table.c.state)
    counted: dict[str, dict[str, int]] = {}
    for sink, state, count in connection.execute(statement):
        counted.setdefault(sink, {})[state] = count
    return counted


def paused_sinks(connection: Connection) -> dict[str, str | None]:
    """Return every sink ever configured, with the reason why it is paused, if it is."""
    return {row.name: row.paused_reason for row in connection.execute(select(tables.sink))}


def _by_state(connection: Connection, column: Column[Any]) -> dict[str, int]:
    statement = select(column, func.count()).group_by(column)
    return {state: count for state, count in connection.execute(statement)}  # noqa: C416 - rows, not pairs


def waiting(connection: Connection, *, limit: int = 200) -> list[Waiting]:
    """Return what is not done, oldest first within each kind, at most ``limit`` of a kind; held files come last."""
    return [*unfinished(connection, limit=limit), *_waiting_files(connection, ["held"], limit)]


def unfinished(connection: Connection, *, limit: int = 200) -> list[Waiting]:
    """Return what is not done although nobody wants it to be held."""
    states = [state for state in files(connection) if state not in _NOT_WAITING]
    return [
        *_waiting_files(connection, states, limit),
        *_waiting_pages(connection, limit),
        *_waiting_notes(connection, limit),
        *_waiting_deliveries(connection, limit),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnedPage:
    """A page that was read with warnings."""

    id: str
    path: str | None
    reader: str | None
    warnings: tuple[str, ...]


def pages_with_warnings(connection: Connection) -> int:
    """Count the pages whose newest transcript has warnings."""
    table = tables.transcription
    statement = select(func.count()).select_from(table).where(table.c.warnings > 0)
    return connection.execute(statement).scalar_one()


def warned_pages(connection: Connection, *, limit: int) -> list[WarnedPage]:
    """Return pages whose newest transcript has warnings, those that were read last first."""
    table, text = tables.transcription, tables.transcript
    statement = (
        select(
            table.c.page_id,
            table.c.read_by,
            _source_of_page().label("name"),
            func.json_extract(text.c.body, "$.warnings").label("said"),
        )
        .join(text, (text.c.page_id == table.c.page_id) & (text.c.version == table.c.version))
        .where(table.c.warnings > 0)
        .order_by(text.c.created_at.desc(), table.c.page_id)
        .limit(limit)
    )
    return [
        WarnedPage(id=row.page_id, path=row.name, reader=row.read_by, warnings=tuple(json.loads(row.said)))
        for row in connection.execute(statement)
    ]


def _source_of_page() -> ScalarSelect[Any]:
    """Name of a file in which the page of a transcription stands."""
    place, scan = tables.scan_page, tables.scan
    return (
        select(scan.c.name)
        .join(place, place.c.scan_digest == scan.c.digest)
        .where(place.c.page_id == tables.transcription.c.page_id)
        .limit(1)
        .scalar_subquery()
    )


def _waiting_files(connection: Connection, states: Sequence[str], limit: int) -> list[Waiting]:
    table = tables.source_file
    statement = select(table).where(table.c.state.in_(states)).order_by(table.c.changed_at).limit(limit)
    return [
        Waiting(
            what="file",
            id=str(row.id),
            path=os.path.join(row.root, os.fsdecode(row.raw_path)),  # noqa: PTH118
            state=row.state,
            reason=row.reason,
            since=row.changed_at,
            due_at=row.due_at,
        )
        for row in connection.execute(statement)
    ]


def _waiting_pages(connection: Connection, limit: int) -> list[Waiting]:
    table = tables.transcription
    statement = (
        select(table, _source_of_page().label("name"))
        .where(table.c.state.in_(_UNDONE))
        .order_by(table.c.since)
        .limit(limit)
    )
    return [_row("page", row.page_id, row.name, row) for row in connection.execute(statement)]


def _waiting_notes(connection: Connection, limit: int) -> list[Waiting]:
    table = tables.note
    statement = select(table).where(table.c.state.in_(_UNDONE)).order_by(table.c.since).limit(limit)
    return [_row("note", row.id, row.title, row) for row in connection.execute(statement)]


def _waiting_deliveries(connection: Connection, limit: int) -> list[Waiting]:
    table, note = tables.delivery, tables.note
    statement = (
        select(table, note.c.title)
        .join(note, note.c.id == table.c.note_id)
        .where(table.c.state.in_(_UNDONE))
        .order_by(table.c.since)
        .limit(limit)
    )
    return [_row(f"delivery to {row.sink}", row.note_id, row.title, row) for row in connection.execute(statement)]


def _row(what: str, ident: str, path: str | None, row: Any) -> Waiting:
    due_at = row.due_at if row.state == "queued" else None
    return Waiting(
        what=what, id=ident, path=path, state=row.state, reason=row.last_error, since=row.since, due_at=due_at
    )
