"""Composing: commit 3. A note is queued by every commit that settles one of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Connection, exists, func, insert, select, update

from notesyncd.domain.note import Note
from notesyncd.domain.page import Page
from notesyncd.domain.transcript import Outcome, Transcript
from notesyncd.ledger import codec, outbox, search, tables, work

if TYPE_CHECKING:
    from collections.abc import Sequence

_notes = tables.note
_UNSETTLED = ("queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfNote:
    """One page of a note with all that was found out about it; times are seconds since the epoch."""

    page: Page
    scan_digest: str
    number: int
    source: str
    captured_at: datetime | None
    modified_at: float
    state: str
    outcome: Outcome | None
    problem: str | None
    transcript: Transcript | None


def queue_for_page(connection: Connection, page_id: str, *, now: float) -> None:
    """Queue every note in which this page stands."""
    table = tables.note_page
    for note_id in connection.execute(select(table.c.note_id).where(table.c.page_id == page_id).distinct()).scalars():
        queue(connection, note_id, now=now)


def queue_for_files(connection: Connection, root: str, raw_paths: Sequence[bytes], *, now: float) -> None:
    """Queue the notes of the files at some paths below ``root``: where a file lies has a say in its note."""
    file, place = tables.source_file, tables.note_page
    for raw_path in raw_paths:
        statement = (
            select(place.c.note_id)
            .join(file, file.c.digest == place.c.scan_digest)
            .where(file.c.root == root, file.c.raw_path == raw_path)
            .distinct()
        )
        for note_id in connection.execute(statement).scalars():
            queue(connection, note_id, now=now)


def queue(connection: Connection, note_id: str, *, now: float) -> None:
    """Queue a note once all its pages are settled: due at once, or when its group closes.

    A running compose is made void: its end finds no row. A note with unsettled pages waits for them, but not for those
    that are read again: a correction must not wait until thousands of pages are.
    """
    pages, rows = tables.note_page, tables.transcription
    unsettled = exists().where(
        pages.c.note_id == note_id,
        rows.c.page_id == pages.c.page_id,
        rows.c.state.in_(_UNSETTLED),
        rows.c.again.is_(None),
    )
    waits = connection.execute(select(unsettled)).scalar_one()
    state = "waiting" if waits else "queued"
    due_at = func.max(_notes.c.closes_at, now)
    statement = update(_notes).where(_notes.c.id == note_id)
    connection.execute(statement.values(state=state, due_at=due_at, since=now, hold=None))


def close_groups(connection: Connection, *, now: float) -> None:
    """Close every open group now: waiting notes become due."""
    connection.execute(update(_notes).where(_notes.c.closes_at > now).values(closes_at=now))
    connection.execute(update(_notes).where(_notes.c.state == "queued", _notes.c.due_at > now).values(due_at=now))


def pages(connection: Connection, note_id: str) -> list[PageOfNote]:
    """Return the pages of a note in their order: by capture time, file name and page number."""
    place, scan, page, row = tables.note_page, tables.scan, tables.page, tables.transcription
    text = tables.transcript
    statement = (
        select(
            place.c.scan_digest,
            place.c.number,
            scan.c.name,
            scan.c.captured_at,
            scan.c.modified_at,
            page,
            row.c.state,
            row.c.outcome,
            row.c.again,
            row.c.last_error,
            text.c.body,
        )
        .join(scan, scan.c.digest == place.c.scan_digest)
        .join(page, page.c.id == place.c.page_id)
        .join(row, row.c.page_id == place.c.page_id)
        .outerjoin(text, (text.c.page_id == row.c.page_id) & (text.c.version == row.c.version))
        .where(place.c.note_id == note_id)
        .order_by(scan.c.taken_at, scan.c.name, scan.c.digest, place.c.number)
    )
    return [
        PageOfNote(
            page=Page(id=found.id, width=found.width, height=found.height, dpi=found.dpi),
            scan_digest=found.scan_digest,
            number=found.number,
            source=found.name,
            captured_at=datetime.fromisoformat(found.captured_at) if found.captured_at else None,
            modified_at=found.modified_at,
            state=found.state,
            outcome=found.outcome,
            problem=found.last_error if found.state in ("parked", "failed") and found.again is None else None,
            transcript=codec.load(Transcript, found.body) if found.body else None,
        )
        for found in connection.execute(statement)
    ]


def page_ids(connection: Connection, note_id: str) -> list[str]:
    """Return the ids of the pages of a note, in their order."""
    place, scan = tables.note_page, tables.scan
    statement = (
        select(place.c.page_id)
        .join(scan, scan.c.digest == place.c.scan_digest)
        .where(place.c.note_id == note_id)
        .order_by(scan.c.taken_at, scan.c.name, scan.c.digest, place.c.number)
    )
    return list(connection.execute(statement).scalars())


def last_digest(connection: Connection, note_id: str) -> str | None:
    """Return the content digest of a note's newest revision."""
    return connection.execute(select(_notes.c.digest).where(_notes.c.id == note_id)).scalar_one_or_none()


def next_revision(connection: Connection, note_id: str) -> int:
    """Return the number of the revision that would come next."""
    return int(connection.execute(select(_notes.c.revision + 1).where(_notes.c.id == note_id)).scalar_one())


def finish(
    connection: Connection,
    claim: work.Claim,
    *,
    note: Note | None,
    routed: Sequence[outbox.Place],
    configured: Sequence[outbox.Place],
    now: float,
) -> None:
    """Keep a composed note: its next revision and one delivery for each copy, or nothing where nothing changed.

    Args:
        note: with the revision number from ``next_revision``; None where there is nothing to deliver
            (all pages blank, or the same content as before).
        routed: places to which a note that was never delivered goes.
        configured: places that can be reached now; rows of others are parked until they are back.
    """
    if note is None:
        work.end(connection, claim, state="done", now=now)
        return
    values = {
        "revision": note.revision,
        "digest": note.digest,
        "title": note.title,
        "dated": note.dated.isoformat() if note.dated else None,
    }
    work.end(connection, claim, state="done", now=now, values=values)
    connection.execute(
        insert(tables.note_revision).values(
            note_id=note.id, revision=note.revision, digest=note.digest, body=codec.dump(Note, note), created_at=now
        )
    )
    search.index(connection, note)
    outbox.add(connection, note.id, note.revision, routed=routed, configured=configured, now=now)


def fail(connection: Connection, claim: work.Claim, *, error: str, now: float) -> None:
    """The note can't be composed; a person decides (``retry`` queues it again)."""
    work.end(connection, claim, state="failed", now=now, error=error)


def retry(connection: Connection, *, now: float, note_id: str | None = None) -> int:
    """Queue notes again that could not be composed; returns how many."""
    statement = update(_notes).where(_notes.c.state.in_(("parked", "failed")))
    if note_id is not None:
        statement = statement.where(_notes.c.id == note_id)
    values = {"state": "queued", "due_at": now, "attempts": 0, "deaths": 0, "hold": None, "since": now}
    return connection.execute(statement.values(**values)).rowcount


def revision(connection: Connection, note_id: str, number: int | None = None) -> Note | None:
    """Return one revision of a note, the newest by default."""
    table = tables.note_revision
    statement = select(table.c.body).where(table.c.note_id == note_id).order_by(table.c.revision.desc()).limit(1)
    if number is not None:
        statement = statement.where(table.c.revision == number)
    body = connection.execute(statement).scalar_one_or_none()
    return codec.load(Note, body) if body else None


def revision_with(connection: Connection, note_id: str, digest: str) -> Note | None:
    """Return the newest revision of a note with this content."""
    table = tables.note_revision
    statement = (
        select(table.c.body)
        .where(table.c.note_id == note_id, table.c.digest == digest)
        .order_by(table.c.revision.desc())
        .limit(1)
    )
    body = connection.execute(statement).scalar_one_or_none()
    return codec.load(Note, body) if body else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """A note in a list."""

    id: str
    title: str | None
    dated: str | None
    state: str
    revision: int
    created_at: float
    page_count: int
    last_error: str | None


def find(
    connection: Connection,
    *,
    prefix: str | None = None,
    ids: Sequence[str] | None = None,
    since: float | None = None,
    limit: int | None = None,
) -> list[NoteRow]:
    """Return notes, newest first: those whose id begins with ``prefix``, or those named, or all."""
    counted = (
        select(func.count())
        .select_from(tables.note_page)
        .where(tables.note_page.c.note_id == _notes.c.id)
        .scalar_subquery()
    )
    statement = select(_notes, counted.label("page_count")).order_by(_notes.c.created_at.desc(), _notes.c.id)
    if prefix is not None:
        statement = statement.where(_begins(_notes.c.id, prefix))
    if ids is not None:
        statement = statement.where(_notes.c.id.in_(ids))
    if since is not None:
        statement = statement.where(_notes.c.created_at >= since)
    if limit is not None:
        statement = statement.limit(limit)
    return [
        NoteRow(**{name: getattr(row, name) for name in NoteRow.__dataclass_fields__})
        for row in connection.execute(statement)
    ]


def page_with(connection: Connection, prefix: str) -> list[str]:
    """Return the ids of pages that begin with ``prefix``."""
    return list(connection.execute(select(tables.page.c.id).where(_begins(tables.page.c.id, prefix))).scalars())


def _begins(ident: Column[Any], prefix: str) -> ColumnElement[bool]:
    """An id, in lower case, begins with ``prefix``: a range, so that the index is walked (LIKE would not)."""
    return ident.between(prefix.lower(), prefix.lower() + "\U0010ffff")
