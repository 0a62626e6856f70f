"""What a person asks for from the terminal or a page: one commit each, with or without a running daemon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notesyncd.api import PermanentError
from notesyncd.ledger import files, notes, outbox, transcriptions

if TYPE_CHECKING:
    from notesyncd.ledger.outbox import Place
    from notesyncd.ledger.store import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How many rows were queued again."""

    files: int = 0
    pages: int = 0
    notes: int = 0
    deliveries: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.files + self.pages + self.notes + self.deliveries


def retry(ledger: Ledger, *, now: float, sink: str | None = None) -> Retried:
    """Queue again what is parked, failed or unreadable; only the deliveries of ``sink`` if one is named."""
    with ledger.write() as connection:
        deliveries = outbox.retry(connection, now=now, sink=sink)
        if sink is not None:
            return Retried(deliveries=deliveries)
        return Retried(
            files=files.retry(connection, now=now),
            pages=transcriptions.retry(connection, now=now),
            notes=notes.retry(connection, now=now),
            deliveries=deliveries,
        )


def redeliver(ledger: Ledger, note_id: str, sink: str | None, *, now: float) -> dict[str, str]:
    """Send a note again to one sink or to all it was ever sent to; returns what happens at each sink.

    Raises:
        PermanentError: if the note was never sent to that sink.
    """
    with ledger.write() as connection:
        places = [place for place, *_ in outbox.states(connection, note_id) if sink in (None, place.sink)]
        if not places:
            raise PermanentError(
                f"note {note_id} was never sent to {sink or 'any sink'}; "
                f"`notesyncd backfill {sink or 'SINK'}` does that"
            )
        return {place.sink: outbox.redeliver(connection, note_id, place, now=now) for place in places}


def backfill(ledger: Ledger, place: Place, *, now: float, since: float | None, dry_run: bool) -> list[str]:
    """Queue every note that this sink never had; returns the ids of those notes, the oldest first."""
    if dry_run:
        with ledger.read() as connection:
            return outbox.never_at(connection, place.sink, since=since)
    with ledger.write() as connection:
        note_ids = outbox.never_at(connection, place.sink, since=since)
        outbox.backfill(connection, place, note_ids, now=now)
    return note_ids


def note_id_of(ledger: Ledger, prefix: str) -> str:
    """Return the one note whose id begins with ``prefix``.

    Raises:
        PermanentError: if there is none, or more than one.
    """
    with ledger.read() as connection:
        found = notes.find(connection, prefix=prefix, limit=3)
    return _only([row.id for row in found], prefix, "note")


def page_id_of(ledger: Ledger, prefix: str) -> str:
    """Return the one page whose id begins with ``prefix``.

    Raises:
        PermanentError: if there is none, or more than one.
    """
    with ledger.read() as connection:
        return _only(notes.page_with(connection, prefix), prefix, "page")


def pages_named(ledger: Ledger, prefix: str) -> list[str]:
    """Return the ids of the page whose id begins with ``prefix``, or of all pages of the note of which it does.

    Raises:
        PermanentError: if there is none, or more than one.
    """
    with ledger.read() as connection:
        note_ids = [row.id for row in notes.find(connection, prefix=prefix, limit=3)]
        named = _only([*note_ids, *notes.page_with(connection, prefix)], prefix, "page or note")
        return list(dict.fromkeys(notes.page_ids(connection, named))) if named in note_ids else [named]


def _only(ids: list[str], prefix: str, what: str) -> str:
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise PermanentError(f"there is no {what} whose id begins with {prefix!r}; see `notesyncd notes`")
    raise PermanentError(f"{prefix!r} begins the ids of more than one {what} ({', '.join(ids[:3])} …); give more of it")
