"""Pages that are to be read again: which they are, and what stands in the way of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, select, update

from notesyncd.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ScalarSelect

    from notesyncd.ledger.transcriptions import Again

_AT_ONCE = 1000
"""Pages a statement; one statement a page takes so long that others wait for the ledger in vain."""

_rows, _place, _scan, _correction = tables.transcription, tables.scan_page, tables.scan, tables.correction


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToReread:
    """A page as it stands.

    Attributes:
        source: name of the file in which it came first.
        outcome: None: it was never read.
        read_by: who read it; None where nobody was asked.
        is_corrected: a person changed its words, and did not take that back.
        has_text_layer: its file says itself what stands on it.
    """

    id: str
    source: str
    state: str
    outcome: str | None
    read_by: str | None
    version: int
    is_corrected: bool
    has_text_layer: bool


def find(
    connection: Connection,
    *,
    ids: Collection[str] | None = None,
    read_by: str | None = None,
    since: float | None = None,
) -> list[PageToReread]:
    """Return pages, those that came in last first: the ones named, or all that hold something and were read before.

    Args:
        ids: only these pages.
        read_by: only those whose newest transcript is by this reader.
        since: only those that came in since, in seconds since the epoch.
    """
    came_in = _first_scan(func.min(_scan.c.received_at))
    source = _first_scan(_scan.c.name, order=_scan.c.received_at)
    statement = select(
        _rows,
        source.label("source"),
        _is_corrected().label("is_corrected"),
        _has_text_layer().label("has_text_layer"),
    ).order_by(came_in.desc(), _rows.c.page_id)
    if ids is None:
        statement = statement.where(_rows.c.outcome.in_(("text", "drawing")))
    else:
        statement = statement.where(_rows.c.page_id.in_(ids))
    if read_by is not None:
        statement = statement.where(_rows.c.read_by == read_by)
    if since is not None:
        statement = statement.where(came_in >= since)
    return [
        PageToReread(
            id=row.page_id,
            source=row.source or "",
            state=row.state,
            outcome=row.outcome,
            read_by=row.read_by,
            version=row.version,
            is_corrected=bool(row.is_corrected),
            has_text_layer=bool(row.has_text_layer),
        )
        for row in connection.execute(statement)
    ]


def queue(connection: Connection, page_ids: Sequence[str], *, again: Again, reader: str | None, now: float) -> None:
    """Queue pages to be read again; those that never were are read for the first time, by the reader that is wished.

    Args:
        reader: None: the configured one.
    """
    values = {
        "state": "queued",
        "due_at": now,
        "since": now,
        "hold": None,
        "attempts": 0,
        "strikes": 0,
        "deaths": 0,
        "reader": reader,
        "again": case((_rows.c.outcome.is_(None), None), else_=again),
    }
    for begin in range(0, len(page_ids), _AT_ONCE):
        here = _rows.c.page_id.in_(page_ids[begin : begin + _AT_ONCE])
        connection.execute(update(_rows).where(here, _rows.c.state != "running").values(**values))


def count_by_reader(connection: Connection) -> dict[str, int]:
    """Count by reader the pages that could be read again by another one: no corrections, no text layer, nothing due."""
    statement = (
        select(_rows.c.read_by, func.count())
        .where(_rows.c.read_by.is_not(None), _rows.c.state == "done", ~_is_corrected(), ~_has_text_layer())
        .group_by(_rows.c.read_by)
    )
    return {reader: count for reader, count in connection.execute(statement)}  # noqa: C416 - rows, not pairs


def _first_scan(column: ColumnElement[Any], *, order: ColumnElement[Any] | None = None) -> ScalarSelect[Any]:
    statement = (
        select(column)
        .join(_place, _place.c.scan_digest == _scan.c.digest)
        .where(_place.c.page_id == _rows.c.page_id)
        .limit(1)
    )
    return (statement if order is None else statement.order_by(order)).scalar_subquery()


def _is_corrected() -> ColumnElement[bool]:
    return exists().where(_correction.c.page_id == _rows.c.page_id, _correction.c.state != "undone")


def _has_text_layer() -> ColumnElement[bool]:
    return exists().where(and_(_place.c.page_id == _rows.c.page_id, _place.c.text_layer.is_not(None)))
