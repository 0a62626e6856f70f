"""One attempt to bring a copy to a revision: look where the rules say so, then let the sink write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notesyncd.api import Absent, DeliveryRequest, Found, Receipt, Removed
from notesyncd.deliver.quiet import must_look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from notesyncd.api import Attachment, Json, Note, RemoteCopy, RevisionMark, Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """Nothing stands there although a restored ledger can't know: a person says whether it is made again."""

    reason: str = "after the restore no copy was found; `notesyncd retry` creates it, `forget` leaves it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One delivery, with the hands it needs; nothing in it knows the ledger.

    Attributes:
        note: the revision due.
        copy: the copy as it stood before this attempt.
        sent: the revisions of ``copy.maybe_sent`` and the one last delivered, as far as they are still known.
        revision_with: gives the revision of this note that bears a mark.
        looked: is told what a look found, before anything is written.
    """

    note: Note
    copy: RemoteCopy
    sent: Sequence[Note]
    revision_with: Callable[[RevisionMark], Note | None]
    looked: Callable[[Receipt | None], None]
    save_progress: Callable[[Json], None]
    open_artifact: Callable[[Attachment], Path]


def send(sink: Sink, errand: Errand) -> Receipt | Removed | Asks:
    """Carry out one delivery.

    Raises:
        NotesyncdError: by what to do next; whatever else the sink raises.
    """
    copy = errand.copy
    known: Found | None = None
    if must_look(copy):
        found = sink.find(copy.note_id, copy.since, copy.receipt)
        if isinstance(found, Removed):
            return found
        if isinstance(found, Absent):
            if copy.receipt is not None or copy.tombstone:
                return Removed()
            if copy.unsure:
                return Asks()
            errand.looked(None)
        else:
            known = found
            errand.looked(found.receipt)
    elif copy.receipt is not None:
        known = Found(receipt=copy.receipt, revision=copy.delivered)
    previous = errand.revision_with(known.revision) if known and known.revision else None
    return sink.deliver(
        DeliveryRequest(
            note=errand.note,
            previous=previous,
            ours=_distinct([*errand.sent, *([previous] if previous else []), errand.note]),
            known=known,
            progress=copy.progress,
            save_progress=errand.save_progress,
            open_artifact=errand.open_artifact,
        )
    )


def _distinct(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple({note.digest: note for note in notes}.values())
