"""A person's correction: put on the newest words and kept, with transcript version and queued notes, in one commit."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from notesyncd.api import Change, Correction, CorrectionRequest, PermanentError, Transcript
from notesyncd.ledger import transcriptions
from notesyncd.review.apply import apply

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.store import Ledger


def correct(ledger: Ledger, request: CorrectionRequest) -> tuple[Transcript, Correction]:
    """Carry out one correction and return the new transcript.

    Raises:
        PermanentError: if the page has no words yet, or the correction can't be carried out; nothing is changed.
    """
    now = datetime.now().astimezone()
    with ledger.write() as connection:
        transcript = transcriptions.newest(connection, request.page_id)
        if transcript is None:
            raise PermanentError(f"page {request.page_id[:12]} has not been read yet")
        undone = _undone(connection, request) if request.kind == "undo" else None
        correction = Correction(
            id=str(uuid.uuid4()),
            page_id=request.page_id,
            transcript_version=request.seen_version or transcript.version,
            kind=request.kind,
            word_ids=request.word_ids,
            box=request.box,
            before=request.before,
            after=request.after,
            by=request.by,
            at=now,
            undoes=undone.correction.id if undone else None,
        )
        corrected, change = apply(transcript, correction, undone=undone)
        transcriptions.correct(connection, corrected, change, now=now.timestamp())
    return corrected, correction


def _undone(connection: Connection, request: CorrectionRequest) -> Change:
    """Return the change that is to be taken back."""
    for change in reversed(transcriptions.changes(connection, request.page_id)):
        if request.undoes in (None, change.correction.id):
            return change
    raise PermanentError(f"page {request.page_id[:12]} has no correction {request.undoes or ''} that could be undone")
