"""What models answered, word for word: kept for the record, and for whoever wonders why a page is parked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from notesyncd.ledger import tables

if TYPE_CHECKING:
    from notesyncd.domain.reading import Reading

KEPT = 3
"""Answers a page: the newest."""
LONGEST = 256 << 10
"""Bytes kept of one, in UTF-8: many times a full page; a loop that ran on says nothing new after that."""

_answers = tables.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """One answer; ``raw`` is shorter than ``size_bytes`` where it was cut to ``LONGEST``.

    Attributes:
        condemned: the guard that kept it from being delivered.
        kept_at: seconds since the epoch.
    """

    reader: str
    raw: str
    size_bytes: int
    warnings: tuple[str, ...]
    condemned: str | None
    kept_at: float


def keep(connection: Connection, page_id: str, reading: Reading, *, now: float) -> None:
    """Keep a reader's own words about a page, if it has any, and let go of the oldest."""
    if reading.raw is None:
        return
    whole = reading.raw.encode(errors="backslashreplace")
    number = _last(connection, page_id) + 1
    connection.execute(
        insert(_answers).values(
            page_id=page_id,
            number=number,
            reader=reading.reader.name,
            raw=whole[:LONGEST].decode(errors="ignore"),
            size_bytes=len(whole),
            warnings=json.dumps(reading.warnings),
            condemned=reading.condemned,
            kept_at=now,
        )
    )
    connection.execute(delete(_answers).where(_answers.c.page_id == page_id, _answers.c.number <= number - KEPT))


def of_page(connection: Connection, page_id: str) -> list[KeptAnswer]:
    """Return the answers kept for a page, the newest first."""
    statement = select(_answers).where(_answers.c.page_id == page_id).order_by(_answers.c.number.desc())
    return [
        KeptAnswer(
            reader=row.reader,
            raw=row.raw,
            size_bytes=row.size_bytes,
            warnings=tuple(json.loads(row.warnings)),
            condemned=row.condemned,
            kept_at=row.kept_at,
        )
        for row in connection.execute(statement)
    ]


def _last(connection: Connection, page_id: str) -> int:
    statement = select(func.max(_answers.c.number)).where(_answers.c.page_id == page_id)
    return connection.execute(statement).scalar_one() or 0
