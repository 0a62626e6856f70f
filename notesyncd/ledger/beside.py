"""Readings that were made to be compared: they stand beside a page's transcript and are never delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from notesyncd.domain.transcript import Transcript
from notesyncd.ledger import codec, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 3
"""Readings a page: the newest."""

_readings = tables.reading_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBeside:
    """One reading; ``kept_at`` is seconds since the epoch."""

    transcript: Transcript
    kept_at: float


def keep(connection: Connection, transcript: Transcript, *, now: float) -> None:
    """Keep a reading beside its page's transcript, and let go of the oldest."""
    page_id = transcript.page_id
    last = select(func.max(_readings.c.number)).where(_readings.c.page_id == page_id)
    number = (connection.execute(last).scalar_one() or 0) + 1
    body = codec.dump(Transcript, transcript)
    connection.execute(insert(_readings).values(page_id=page_id, number=number, body=body, kept_at=now))
    connection.execute(delete(_readings).where(_readings.c.page_id == page_id, _readings.c.number <= number - KEPT))


def of_pages(connection: Connection, page_ids: Iterable[str]) -> dict[str, list[ReadingBeside]]:
    """Return the readings kept beside each of some pages, the newest first; pages without any are left out."""
    found: dict[str, list[ReadingBeside]] = {}
    statement = select(_readings).order_by(_readings.c.number.desc())
    for page_id in page_ids:
        rows = connection.execute(statement.where(_readings.c.page_id == page_id)).all()
        if rows:
            found[page_id] = [
                ReadingBeside(transcript=codec.load(Transcript, row.body), kept_at=row.kept_at) for row in rows
            ]
    return found
