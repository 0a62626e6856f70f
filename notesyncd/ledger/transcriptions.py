"""Reading: commit 2. Each commit that settles a page queues its notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, func, insert, or_, select, update

from notesyncd.domain.geometry import Transform
from notesyncd.domain.review import Change
from notesyncd.domain.transcript import Outcome, Transcript
from notesyncd.ledger import beside, codec, notes, tables, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_rows = tables.transcription
READ = "read"
"""Cause of a transcript version that a reader made."""
STRIKES = 3
"""So many deaths or hangs of a child while the daemon lived park a page as poison."""
_FULFILLED = {"strikes": 0, "again": None, "reader": None}

Again = Literal["instead", "beside"]
"""In place of what the page was read as before, or beside it, to be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a queued page is to be read.

    Attributes:
        again: None: it is read for the first time.
        reader: None: the configured one.
    """

    again: Again | None = None
    reader: str | None = None


def wish(connection: Connection, page_id: str) -> Wish:
    """Return how a page is to be read."""
    row = connection.execute(select(_rows.c.again, _rows.c.reader).where(_rows.c.page_id == page_id)).one()
    return Wish(again=row.again, reader=row.reader)


def newest(connection: Connection, page_id: str) -> Transcript | None:
    """Return the newest transcript of a page."""
    table = tables.transcript
    statement = select(table.c.body).where(table.c.page_id == page_id).order_by(table.c.version.desc()).limit(1)
    body = connection.execute(statement).scalar_one_or_none()
    return codec.load(Transcript, body) if body else None


def readings(connection: Connection, page_id: str) -> Iterator[Transcript]:
    """Return what readers made of a page, without what a person changed later, the newest first."""
    table = tables.transcript
    statement = select(table.c.body).where(table.c.page_id == page_id, table.c.cause == READ)
    for body in connection.execute(statement.order_by(table.c.version.desc())).scalars():
        yield codec.load(Transcript, body)


def upright(connection: Connection, page_id: str) -> Transform | None:
    """Return the map from the upright page image to the raster, as the last reading found it."""
    statement = select(_rows.c.to_raster).where(_rows.c.page_id == page_id)
    body = connection.execute(statement).scalar_one_or_none()
    return codec.load(Transform, body) if body else None


def changes(connection: Connection, page_id: str, *, live: bool = True) -> list[Change]:
    """Return the corrections of a page, in the order they were made; without those that were undone if ``live``."""
    table = tables.correction
    statement = select(table.c.body).where(table.c.page_id == page_id).order_by(table.c.number)
    if live:
        statement = statement.where(table.c.state != "undone")
    return [codec.load(Change, body) for body in connection.execute(statement).scalars()]


def change(connection: Connection, correction_id: str) -> Change | None:
    """Return one correction as it was carried out."""
    statement = select(tables.correction.c.body).where(tables.correction.c.id == correction_id)
    body = connection.execute(statement).scalar_one_or_none()
    return codec.load(Change, body) if body else None


def _keep(connection: Connection, transcript: Transcript, *, cause: str, now: float) -> None:
    connection.execute(
        insert(tables.transcript).values(
            page_id=transcript.page_id,
            version=transcript.version,
            cause=cause,
            body=codec.dump(Transcript, transcript),
            created_at=now,
        )
    )


def finish(
    connection: Connection,
    claim: work.Claim,
    *,
    outcome: Outcome,
    transcript: Transcript | None,
    to_raster: Transform | None,
    anchored: Sequence[Change] = (),
    conflicts: Sequence[str] = (),
    now: float,
) -> None:
    """Keep what was read: transcript version, re-anchored corrections and the queued notes, in this one commit.

    Args:
        anchored: corrections as they stand on the new words.
        conflicts: ids of corrections that found no place.
    """
    values = {
        "outcome": outcome,
        "to_raster": codec.dump(Transform, to_raster) if to_raster else None,
        "read_by": transcript.provenance.reader.name if transcript else None,
        "warnings": len(transcript.warnings) if transcript and outcome == "text" else 0,
        **_FULFILLED,
    }
    if transcript is not None:
        values["version"] = transcript.version
    work.end(connection, claim, state="done", now=now, values=values)
    if transcript is not None:
        _keep(connection, transcript, cause=READ, now=now)
    for changed in anchored:
        _set_change(connection, changed, state="live")
    for correction_id in conflicts:
        table = tables.correction
        connection.execute(update(table).where(table.c.id == correction_id).values(state="conflict"))
    notes.queue_for_page(connection, claim.key, now=now)


def finish_beside(
    connection: Connection, claim: work.Claim, transcript: Transcript | None, *, error: str | None = None, now: float
) -> None:
    """A page was read to be compared: what it was read as before stands, and so do its notes.

    Args:
        transcript: kept beside it; None where there is nothing to compare with, for the reason ``error``.
    """
    work.end(connection, claim, state="done", error=error, now=now, values=_FULFILLED)
    if transcript is not None:
        beside.keep(connection, transcript, now=now)


def postpone(connection: Connection, claim: work.Claim, *, due_at: float, error: str, now: float) -> None:
    """The page could not be read now; it is tried again at ``due_at``."""
    work.end(connection, claim, state="queued", now=now, error=error, values={"due_at": due_at})


def strike(connection: Connection, claim: work.Claim, *, due_at: float, error: str, now: float) -> None:
    """A child died or hung over this page while the daemon lived; the third time parks it as poison."""
    table = tables.transcription
    statement = select(table.c.strikes).where(table.c.page_id == claim.key)
    strikes = connection.execute(statement).scalar_one() + 1
    if strikes >= STRIKES:
        park(connection, claim, hold="poison", error=f"{error} ({strikes} times)", now=now, strikes=strikes)
        return
    values = {"due_at": due_at, "strikes": strikes}
    work.end(connection, claim, state="queued", now=now, error=error, values=values)


def park(
    connection: Connection,
    claim: work.Claim,
    *,
    hold: str,
    error: str,
    now: float,
    strikes: int = 0,
    to_raster: Transform | None = None,
) -> None:
    """The page needs a person; its note goes on without its text, or with the text it had before.

    Args:
        to_raster: how a page stands upright whose image was looked at for the first time.
    """
    values: dict[str, Any] = {"hold": hold, "strikes": strikes}
    if to_raster is not None:
        values["to_raster"] = codec.dump(Transform, to_raster)
    work.end(connection, claim, state="parked", now=now, error=error, values=values)
    notes.queue_for_page(connection, claim.key, now=now)


def fail(connection: Connection, claim: work.Claim, *, error: str, now: float) -> None:
    """The page can't be read; its note goes on without its text."""
    work.end(connection, claim, state="failed", now=now, error=error)
    notes.queue_for_page(connection, claim.key, now=now)


def retry(connection: Connection, *, now: float, page_id: str | None = None) -> int:
    """Queue parked and failed pages again, and end the pauses of those that wait after a failure; returns how many."""
    statement = update(_rows).where(or_(_rows.c.state.in_(("parked", "failed")), work.pausing(_rows, now)))
    if page_id is not None:
        statement = statement.where(_rows.c.page_id == page_id)
    values = {"state": "queued", "due_at": now, "attempts": 0, "strikes": 0, "deaths": 0, "hold": None, "since": now}
    return connection.execute(statement.values(**values)).rowcount


def correct(connection: Connection, transcript: Transcript, changed: Change, *, now: float) -> None:
    """Keep a person's correction: the correction, the next transcript version and the queued notes, in one commit."""
    correction = changed.correction
    table = tables.correction
    number = connection.execute(
        select(func.coalesce(func.max(table.c.number), 0) + 1).where(table.c.page_id == correction.page_id)
    ).scalar_one()
    state = "undone" if correction.kind == "undo" else "live"
    connection.execute(
        insert(table).values(
            id=correction.id,
            page_id=correction.page_id,
            number=number,
            state=state,
            body=codec.dump(Change, changed),
            at=correction.at.timestamp(),
        )
    )
    if correction.undoes:
        connection.execute(update(table).where(table.c.id == correction.undoes).values(state="undone"))
    _keep(connection, transcript, cause=f"correction {correction.id}", now=now)
    here = _rows.c.page_id == transcript.page_id
    connection.execute(update(_rows).where(here).values(version=transcript.version))
    notes.queue_for_page(connection, transcript.page_id, now=now)


def _set_change(connection: Connection, changed: Change, *, state: str) -> None:
    table = tables.correction
    statement = update(table).where(table.c.id == changed.correction.id)
    connection.execute(statement.values(state=state, body=codec.dump(Change, changed)))
