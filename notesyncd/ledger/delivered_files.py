"""Which files are done with: every page read, every note of theirs at every sink; what may be put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, exists, select

from notesyncd.ledger import tables
from notesyncd.ledger.files import SourceFile, from_row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_file, _place, _page = tables.source_file, tables.note_page, tables.scan_page
_note, _row, _delivery = tables.note, tables.transcription, tables.delivery
_ARRIVED = ("done", "removed")
_ON_ITS_WAY = ("queued", "running", "parked", "failed")


def delivered(
    connection: Connection, roots: Sequence[str], *, besides: Collection[int] = (), limit: int = 1
) -> list[SourceFile]:
    """Return registered files below ``roots`` all of whose pages and notes are done with.

    A file that made no note (blank pages, photos that are skipped) is at no sink, so it is not among them.
    """
    here = _place.c.scan_digest == _file.c.digest
    unread = exists().where(
        _page.c.scan_digest == _file.c.digest, _row.c.page_id == _page.c.page_id, _row.c.state != "done"
    )
    uncomposed = exists().where(here, _note.c.id == _place.c.note_id, _note.c.state != "done")
    arrived = exists().where(_delivery.c.note_id == _place.c.note_id, _delivery.c.state.in_(_ARRIVED))
    undelivered = exists().where(here, ~arrived.correlate(_place))
    on_its_way = exists().where(here, _delivery.c.note_id == _place.c.note_id, _delivery.c.state.in_(_ON_ITS_WAY))
    statement = (
        select(_file)
        .where(_file.c.root.in_(roots), _file.c.state == "registered", _file.c.digest_is_current == 1)
        .where(exists().where(here), ~unread, ~uncomposed, ~undelivered, ~on_its_way)
        .order_by(_file.c.id)
        .limit(limit + len(besides))
    )
    return [from_row(row) for row in connection.execute(statement) if row.id not in besides][:limit]
