"""A person's correction: applied to the newest words, kept with its transcript version and queued note in one commit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from notesyncd.api import BoundingBox, Correction, CorrectionKind, PermanentError, Transcript
from notesyncd.ledger import transcriptions
from notesyncd.review.apply import apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notesyncd.ledger.store import Ledger


def correct(
    ledger: Ledger,
    page_id: str,
    *,
    kind: CorrectionKind,
    word_ids: Sequence[str] = (),
    after: str | None = None,
    before: str | None = None,
    box: BoundingBox | None = None,
    undoes: str | None = None,
    seen_version: int | None = None,
    by: str,
) -> tuple[Transcript, Correction]:
    """Carry out one correction and return the new transcript.

    Args:
        before: what the person saw; refused if other words stand there by now.
        undoes: id of the correction to take back; None with kind ``undo``: the last one that still stands.
        seen_version: the transcript version the person looked at; None: the newest.

    Raises:
        PermanentError: if the page has no words yet, or the correction can't be carried out; nothing is changed.
    """
    now = datetime.now().astimezone()
    with ledger.write() as connection:
        transcript = transcriptions.newest(connection, page_id)
        if transcript is None:
            raise PermanentError(f"page {page_id[:12]} has not been read yet")
        undone = None
        if kind == "undo":
            standing = transcriptions.changes(connection, page_id)
            undone = next((change for change in reversed(standing) if undoes in (None, change.correction.id)), None)
            if undone is None:
                raise PermanentError(f"page {page_id[:12]} has no correction {undoes or ''} that could be undone")
            undoes = undone.correction.id
        correction = Correction(
            id=str(uuid.uuid4()),
            page_id=page_id,
            transcript_version=seen_version or transcript.version,
            kind=kind,
            word_ids=tuple(word_ids),
            box=box,
            before=before,
            after=after,
            by=by,
            at=now,
            undoes=undoes,
        )
        corrected, change = apply(transcript, correction, undone=undone)
        transcriptions.correct(connection, corrected, change, now=now.timestamp())
    return corrected, correction
