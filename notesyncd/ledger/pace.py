"""How long a page takes on this machine, as a running mean: what estimates are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from notesyncd.ledger import tables
from notesyncd.ledger.store import get_meta, set_meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KEY = "seconds_a_page"
_WEIGHT = 0.1
"""Of the newest page: the mean follows another reader within some ten pages."""


def page_took(connection: Connection, seconds: float) -> None:
    """Note how long a page took from raster to words."""
    kept = get_meta(connection, _KEY)
    mean = seconds if kept is None else (1 - _WEIGHT) * float(kept) + _WEIGHT * seconds
    set_meta(connection, _KEY, f"{mean:.3f}")


def seconds_for(connection: Connection, pages: int, *, readers: int) -> float | None:
    """Return about how long so many pages take, ``readers`` at a time; None before the first page was read."""
    kept = get_meta(connection, _KEY)
    return None if kept is None else pages * float(kept) / readers


def seconds_left(connection: Connection, *, readers: int) -> int | None:
    """Return about how long the pages take that wait to be read; None before the first page was read."""
    row = tables.transcription
    statement = select(func.count()).select_from(row).where(row.c.state.in_(("queued", "running")))
    seconds = seconds_for(connection, connection.execute(statement).scalar_one(), readers=readers)
    return None if seconds is None else round(seconds)
