"""Scans and their pages: commit 1, *register*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from notesyncd.domain.page import Page, Scan
from notesyncd.domain.reading import ReadRegion
from notesyncd.ledger import codec, tables

_TextLayer = tuple[ReadRegion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPage:
    """A page's place in a scan: its number from 1, EXIF orientation 1..8 and born-digital text, if any."""

    page: Page
    number: int
    orientation: int
    text_layer: tuple[ReadRegion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFacts:
    """What the ledger keeps about a scan beside its bytes. Times are seconds since the epoch.

    Attributes:
        name: file name under which it was first seen, for people.
        modified_at: the file's own time.
        appeared_at: when the file came into the folder (its inode's change time).
    """

    scan: Scan
    name: str
    modified_at: float
    appeared_at: float
    forgotten: bool = False

    @property
    def taken_at(self) -> float:
        """Capture time if the file says so, else the file's own time."""
        return self.scan.captured_at.timestamp() if self.scan.captured_at else self.modified_at


def get(connection: Connection, digest: str) -> ScanFacts | None:
    """Return a scan by digest."""
    row = connection.execute(select(tables.scan).where(tables.scan.c.digest == digest)).one_or_none()
    if row is None:
        return None
    scan = Scan(
        digest=row.digest,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        captured_at=datetime.fromisoformat(row.captured_at) if row.captured_at else None,
        camera=row.camera,
        received_at=datetime.fromtimestamp(row.received_at).astimezone(),
    )
    return ScanFacts(
        scan=scan,
        name=row.name,
        modified_at=row.modified_at,
        appeared_at=row.appeared_at,
        forgotten=bool(row.forgotten),
    )


def page_ids(connection: Connection, digest: str, *, with_ink: bool = False) -> set[str]:
    """Return the ids of a scan's pages; ``with_ink`` leaves out those known to be blank."""
    place, row = tables.scan_page, tables.transcription
    statement = select(place.c.page_id).join(row, row.c.page_id == place.c.page_id).where(place.c.scan_digest == digest)
    if with_ink:
        statement = statement.where(row.c.outcome.is_distinct_from("blank"))
    return set(connection.execute(statement).scalars())


def add(connection: Connection, facts: ScanFacts, pages: list[ScanPage], *, now: float) -> None:
    """Add a scan with its pages and queue those that were never read. Harmless when the scan is known."""
    scan = facts.scan
    connection.execute(
        upsert(tables.scan)
        .values(
            digest=scan.digest,
            media_type=scan.media_type,
            size_bytes=scan.size_bytes,
            captured_at=scan.captured_at.isoformat() if scan.captured_at else None,
            camera=scan.camera,
            received_at=scan.received_at.timestamp(),
            name=facts.name,
            modified_at=facts.modified_at,
            appeared_at=facts.appeared_at,
            taken_at=facts.taken_at,
        )
        .on_conflict_do_nothing()
    )
    for place in pages:
        page = place.page
        connection.execute(
            upsert(tables.page)
            .values(id=page.id, width=page.width, height=page.height, dpi=page.dpi)
            .on_conflict_do_nothing()
        )
        connection.execute(
            upsert(tables.scan_page)
            .values(
                scan_digest=scan.digest,
                number=place.number,
                page_id=page.id,
                orientation=place.orientation,
                text_layer=codec.dump(_TextLayer, place.text_layer) if place.text_layer else None,
            )
            .on_conflict_do_nothing()
        )
        connection.execute(
            upsert(tables.transcription)
            .values(page_id=page.id, state="queued", due_at=now, since=now)
            .on_conflict_do_nothing()
        )


def places_of(connection: Connection, page_id: str) -> list[tuple[str, str, ScanPage]]:
    """Return every (scan digest, media type, place) where a page stands, oldest scan first."""
    statement = (
        select(tables.scan_page, tables.scan.c.media_type, tables.page)
        .join(tables.scan, tables.scan.c.digest == tables.scan_page.c.scan_digest)
        .join(tables.page, tables.page.c.id == tables.scan_page.c.page_id)
        .where(tables.scan_page.c.page_id == page_id)
        .order_by(tables.scan.c.received_at)
    )
    return [
        (
            row.scan_digest,
            row.media_type,
            ScanPage(
                page=Page(id=row.page_id, width=row.width, height=row.height, dpi=row.dpi),
                number=row.number,
                orientation=row.orientation,
                text_layer=codec.load(_TextLayer, row.text_layer) if row.text_layer else (),
            ),
        )
        for row in connection.execute(statement)
    ]


def page_at(connection: Connection, digest: str, number: int) -> str | None:
    """Return the id of the page with this number in a scan."""
    table = tables.scan_page
    statement = select(table.c.page_id).where(table.c.scan_digest == digest, table.c.number == number)
    return connection.execute(statement).scalar_one_or_none()


def notes_with(connection: Connection, digest: str) -> list[tuple[str, str]]:
    """Return (note id, group kind) of every note in which pages of this scan stand."""
    statement = (
        select(tables.note.c.id, tables.note.c.group_kind)
        .join(tables.note_page, tables.note_page.c.note_id == tables.note.c.id)
        .where(tables.note_page.c.scan_digest == digest)
        .distinct()
    )
    return [(row.id, row.group_kind) for row in connection.execute(statement)]


def note_at(connection: Connection, digest: str, number: int) -> str | None:
    """Return the note in which this page number of a scan stands."""
    statement = select(tables.note_page.c.note_id).where(
        tables.note_page.c.scan_digest == digest, tables.note_page.c.number == number
    )
    return connection.execute(statement.limit(1)).scalar_one_or_none()


def number_in(connection: Connection, digest: str, note_id: str) -> int | None:
    """Return the number of the first page of a scan that stands in a note."""
    table = tables.note_page
    statement = select(func.min(table.c.number)).where(table.c.scan_digest == digest, table.c.note_id == note_id)
    return connection.execute(statement).scalar_one_or_none()


def take_out(connection: Connection, digest: str, note_id: str) -> None:
    """Take a scan's pages out of a note: a later form of the scan stands there now."""
    here = (tables.note_page.c.scan_digest == digest) & (tables.note_page.c.note_id == note_id)
    connection.execute(delete(tables.note_page).where(here))


def put_in(connection: Connection, note_id: str, digest: str, pages: list[ScanPage]) -> None:
    """Put pages of a scan into a note."""
    for place in pages:
        connection.execute(
            upsert(tables.note_page)
            .values(note_id=note_id, scan_digest=digest, number=place.number, page_id=place.page.id)
            .on_conflict_do_nothing()
        )


def note_exists(connection: Connection, note_id: str) -> bool:
    """Tell whether a note id is taken."""
    return connection.execute(select(tables.note.c.id).where(tables.note.c.id == note_id)).first() is not None


def group_near(connection: Connection, *, kind: str, key: str, taken_at: float, within: float | None) -> str | None:
    """Return the note of this group whose pages were taken nearest to ``taken_at``, at most ``within`` seconds away.

    Without ``within`` the whole group is one note, whenever its pages were taken.
    """
    note, place, scan = tables.note, tables.note_page, tables.scan
    group = select(note.c.id).where(note.c.group_kind == kind, note.c.group_key == key).limit(1)
    if within is None:
        return connection.execute(group).scalar_one_or_none()
    near = (
        select(scan.c.digest)
        .where(scan.c.taken_at.between(taken_at - within, taken_at + within))
        .order_by(func.abs(scan.c.taken_at - taken_at))
    )
    for digest in connection.execute(near).scalars():  # few; one joined query would walk through the whole group
        joined = group.join(place, place.c.note_id == note.c.id).where(place.c.scan_digest == digest)
        note_id: str | None = connection.execute(joined).scalar_one_or_none()
        if note_id is not None:
            return note_id
    return None


def add_note(
    connection: Connection, note_id: str, *, group_kind: str, group_key: str, closes_at: float, now: float
) -> None:
    """Add a note that waits for its pages."""
    connection.execute(
        tables.note.insert().values(
            id=note_id,
            group_kind=group_kind,
            group_key=group_key,
            closes_at=closes_at,
            created_at=now,
            state="waiting",
            since=now,
        )
    )


def keep_open(connection: Connection, note_id: str, closes_at: float) -> None:
    """Leave a group open at least until ``closes_at``."""
    table = tables.note
    later = func.max(table.c.closes_at, closes_at)
    connection.execute(update(table).where(table.c.id == note_id).values(closes_at=later))
