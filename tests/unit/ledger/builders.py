"""Small real values for ledger tests: pages with words, notes with a text, and the commits that bring them in."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notesyncd.api import (
    Block,
    BoundingBox,
    Line,
    Note,
    NotePage,
    Page,
    Provenance,
    ReaderId,
    Receipt,
    Region,
    RevisionMark,
    Scan,
    Span,
    Transcript,
    Word,
)
from notesyncd.ledger import notes, outbox, scans, transcriptions, work
from notesyncd.ledger.outbox import Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.api import RemoteCopy
    from notesyncd.domain.delivery import Delivery
    from notesyncd.ledger.store import Ledger
    from notesyncd.ledger.work import Claim

NOW = 2_000_000_000.0
VAULT = Place("obsidian", "vault:one")
OTHER_VAULT = Place("obsidian", "vault:two")
SLACK = Place("slack", "team:channel")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def moment(seconds: float = NOW) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# ------------------------------------------------------------------------------------------------------ scans and pages


def page(name: str = "page") -> Page:
    return Page(id=sha(name), width=100, height=200, dpi=300.0)


def facts(name: str = "scan", *, taken_at: float = NOW, appeared_at: float = NOW) -> scans.ScanFacts:
    scan = Scan(
        digest=sha(f"bytes of {name}"),
        media_type="image/jpeg",
        size_bytes=1000,
        captured_at=None,
        camera=None,
        received_at=moment(),
    )
    return scans.ScanFacts(scan=scan, name=f"{name}.jpg", modified_at=taken_at, appeared_at=appeared_at)


def placed(pages: list[Page]) -> list[scans.ScanPage]:
    return [scans.ScanPage(page=page, number=number, orientation=1) for number, page in enumerate(pages, 1)]


def register(
    connection: Connection,
    *page_names: str,
    note_id: str | None = None,
    kind: str = "file",
    key: str = "/inbox",
    closes_at: float = NOW,
    now: float = NOW,
    taken_at: float = NOW,
    appeared_at: float = NOW,
) -> str:
    """Commit 1 of a file with these pages, into a new note or into ``note_id``; returns the note's id."""
    scan = facts("+".join(page_names), taken_at=taken_at, appeared_at=appeared_at)
    pages = placed([page(name) for name in page_names])
    scans.add(connection, scan, pages, now=now)
    if note_id is None:
        note_id = str(uuid.uuid5(uuid.NAMESPACE_URL, scan.scan.digest))
        scans.add_note(connection, note_id, group_kind=kind, group_key=key, closes_at=closes_at, now=now)
    scans.put_in(connection, note_id, scan.scan.digest, pages)
    notes.queue(connection, note_id, now=now)
    return note_id


# ------------------------------------------------------------------------------------------------------------- reading


def transcript(page_id: str, text: str = "milk eggs", *, version: int = 1) -> Transcript:
    words = tuple(
        Word(id=f"w{number}", text=word, box=BoundingBox(left=number, top=0, right=number + 1, bottom=1))
        for number, word in enumerate(text.split(), 1)
    )
    return Transcript(
        page_id=page_id,
        version=version,
        regions=(Region(lines=(Line(id="l1", words=words),)),),
        provenance=Provenance(notesyncd="0", reader=ReaderId(name="test", version="1")),
        width=100,
        height=200,
        next_word=len(words) + 1,
        next_line=2,
    )


def begin(connection: Connection, kind: str, key: object, *, now: float = NOW) -> Claim:
    claim = work.begin(connection, kind, key, now=now, run_tag="test")
    assert claim is not None
    return claim


def read(connection: Connection, page_name: str, text: str = "milk eggs", *, now: float = NOW) -> None:
    """Begin and commit 2 of one page."""
    page_id = page(page_name).id
    before = transcriptions.newest(connection, page_id)
    transcriptions.finish(
        connection,
        begin(connection, "transcription", page_id, now=now),
        outcome="text",
        transcript=transcript(page_id, text, version=before.version + 1 if before else 1),
        to_raster=None,
        now=now,
    )


# ------------------------------------------------------------------------------------------------- notes and deliveries


def note(note_id: str, text: str = "first", *, revision: int = 1, title: str | None = None) -> Note:
    return Note(
        id=note_id,
        revision=revision,
        digest=sha(text),
        title=title or text,
        path=f"2033/{text}",
        blocks=(Block(id="b1", kind="paragraph", spans=(Span(text=text, word_ids=("w1",)),)),),
        pages=(NotePage(page_id=page().id, source="scan.jpg", number=1),),
    )


def compose(
    connection: Connection,
    note_id: str,
    text: str = "first",
    *,
    routed: tuple[Place, ...] = (VAULT,),
    configured: tuple[Place, ...] | None = None,
    now: float = NOW,
) -> Note:
    """Begin and commit 3 of one note, as a new revision with this text."""
    claim = begin(connection, "note", note_id, now=now)
    composed = note(note_id, text, revision=notes.next_revision(connection, note_id))
    configured = routed if configured is None else configured
    notes.finish(connection, claim, note=composed, routed=routed, configured=configured, now=now)
    return composed


def composed(ledger: Ledger, *texts: str, routed: tuple[Place, ...] = (VAULT,), appeared_at: float = NOW) -> str:
    """A note in the ledger, read and composed once for each text."""
    with ledger.write() as connection:
        outbox.configure(connection, dict.fromkeys(routed, "test"), now=NOW)
        note_id = register(connection, "page", appeared_at=appeared_at)
        read(connection, "page")
        compose(connection, note_id, texts[0], routed=routed)
        for text in texts[1:]:
            notes.queue(connection, note_id, now=NOW)
            compose(connection, note_id, text, routed=routed)
    return note_id


def revise(ledger: Ledger, note_id: str, text: str, *, configured: tuple[Place, ...] = (VAULT,)) -> Note:
    """A correction came: the note in a further revision."""
    with ledger.write() as connection:
        notes.queue(connection, note_id, now=NOW)
        return compose(connection, note_id, text, routed=configured, configured=configured)


def mark(note: Note) -> RevisionMark:
    return RevisionMark(revision=note.revision, digest=note.digest)


def receipt(name: str = "remote-1") -> Receipt:
    return Receipt(remote_id=name, at=moment())


def rows(ledger: Ledger, note_id: str, place: Place = VAULT) -> dict[int, str]:
    """State of each delivery of a note to a place, by revision."""
    table = outbox.tables.delivery
    with ledger.read() as connection:
        found = connection.execute(
            outbox.select(table.c.revision, table.c.state).where(
                table.c.note_id == note_id, table.c.sink == place.sink, table.c.identity == place.identity
            )
        )
        return {row.revision: row.state for row in found}


def copy(ledger: Ledger, note_id: str, place: Place = VAULT) -> RemoteCopy:
    with ledger.read() as connection:
        return outbox.copy(connection, note_id, place)


def due(ledger: Ledger, place: Place = VAULT, *, now: float = NOW) -> Delivery:
    with ledger.read() as connection:
        return outbox.due(connection, place, now=now)[0]


def start(ledger: Ledger, place: Place = VAULT, *, now: float = NOW) -> tuple[Delivery, Claim, RemoteCopy, Note]:
    """Commit 4 of the delivery that is due at a place."""
    delivery = due(ledger, place, now=now)
    with ledger.write() as connection:
        sent = notes.revision(connection, delivery.note_id, delivery.revision)
        assert sent is not None
        begun = outbox.begin(connection, delivery, digest=sent.digest, now=now, run_tag="test")
    assert begun is not None
    return delivery, *begun, sent


def deliver(ledger: Ledger, place: Place = VAULT, *, remote_id: str = "remote-1", now: float = NOW) -> Delivery:
    """Commits 4 and 5 of the delivery that is due at a place."""
    delivery, claim, _, sent = start(ledger, place, now=now)
    with ledger.write() as connection:
        outbox.finish(connection, delivery, claim, receipt=receipt(remote_id), digest=sent.digest, now=now)
    return delivery
