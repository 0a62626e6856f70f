"""One delivery: commits 4 and 5, with the sink's write between them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from notesyncd.api import AuthError, PermanentError, Receipt, Removed, RevisionMark, TransientError
from notesyncd.deliver.quiet import quiet_until
from notesyncd.deliver.retry import DELIVERY_ATTEMPTS, pause
from notesyncd.deliver.send import Asks, Errand, send
from notesyncd.domain.delivery import Delivery
from notesyncd.ledger import notes, outbox, work
from notesyncd.pipeline.pictures import picture

if TYPE_CHECKING:
    from notesyncd.api import Json, Note, Sink
    from notesyncd.domain.delivery import RemoteCopy
    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline.services import Services

log = logging.getLogger(__name__)


def deliver(services: Services, delivery: Delivery) -> bool:
    """Carry out one delivery. Returns whether the row was ours and could begin now."""
    place = outbox.Place(delivery.sink, delivery.identity)
    sink = services.sinks.get(place)
    if sink is None:
        return False
    begun = _begin(services, delivery, place, sink)
    if begun is None:
        return False
    claim, copy, note = begun
    try:
        done = send(sink, _errand(services, delivery, claim, copy, note))
        with services.ledger.write() as connection:
            now = services.clock()
            if isinstance(done, Receipt):
                outbox.finish(connection, delivery, claim, receipt=done, digest=note.digest, now=now)
            elif isinstance(done, Removed):
                outbox.removed(connection, delivery, claim, reason=done.reason, now=now)
            else:
                assert isinstance(done, Asks)
                outbox.park(connection, delivery, claim, hold="restored", error=done.reason, now=now)
    except work.StaleClaim:
        log.info("delivery %s was taken by somebody else meanwhile", delivery.id)
    except Exception as error:  # noqa: BLE001 - one sink's trouble stays its own
        _failed(services, delivery, claim, error)
    return True


def _begin(
    services: Services, delivery: Delivery, place: Place, sink: Sink
) -> tuple[work.Claim, RemoteCopy, Note] | None:
    """Commit 4, or a later due time while the copy must be left alone."""
    now = services.clock()
    with services.ledger.write() as connection:
        copy = outbox.copy(connection, delivery.note_id, place)
        quiet = quiet_until(
            copy,
            sink.capabilities,
            daemon_started=services.started,
            ledger_silent_since=outbox.silent_since(connection),
        )
        if quiet > now:
            reason = "waits until an earlier request can no longer be carried out"
            outbox.postpone_unbegun(connection, delivery.id, due_at=quiet, reason=reason)
            return None
        note = notes.revision(connection, delivery.note_id, delivery.revision)
        assert note is not None, "a delivery is queued in the commit that keeps its revision"
        begun = outbox.begin(connection, delivery, digest=note.digest, now=now, run_tag=services.run_tag)
        return begun and (*begun, note)


def _errand(services: Services, delivery: Delivery, claim: work.Claim, copy: RemoteCopy, note: Note) -> Errand:
    def revision_with(mark: RevisionMark) -> Note | None:
        with services.ledger.read() as connection:
            return notes.revision_with(connection, delivery.note_id, mark.digest)

    def looked(receipt: Receipt | None) -> None:
        with services.ledger.write() as connection:
            outbox.looked(connection, delivery, receipt=receipt)

    def save_progress(progress: Json) -> None:
        with services.ledger.write() as connection:
            outbox.save_progress(connection, delivery, claim, progress)

    marks = [*copy.maybe_sent, *([copy.delivered] if copy.delivered else [])]
    known = (revision_with(mark) for mark in marks)
    return Errand(
        note=note,
        copy=copy,
        sent=[sent for sent in known if sent is not None],
        revision_with=revision_with,
        looked=looked,
        save_progress=save_progress,
        open_artifact=lambda attachment: picture(services, attachment.page_id),
    )


def _failed(services: Services, delivery: Delivery, claim: work.Claim, error: Exception) -> None:
    """Sort an error by what to do next."""
    now = services.clock()
    message = str(error) or type(error).__name__
    log.warning("delivery of note %s to %s: %s", delivery.note_id, delivery.sink, message)
    try:
        with services.ledger.write() as connection:
            if isinstance(error, AuthError):
                outbox.park(connection, delivery, claim, hold="auth", error=message, now=now)
                place = outbox.Place(delivery.sink, delivery.identity)
                outbox.pause(connection, place, reason=message, now=now)
            elif isinstance(error, TransientError):
                later = now + pause(claim.attempts, retry_after=error.retry_after)
                outbox.postpone(connection, delivery, claim, due_at=later, error=message, now=now)
            elif isinstance(error, PermanentError):
                outbox.fail(connection, delivery, claim, error=message, now=now)
            else:
                log.error("delivery %s ended in an unexpected way", delivery.id, exc_info=error)
                message = f"{type(error).__name__}: {message}"
                if claim.attempts >= DELIVERY_ATTEMPTS:
                    outbox.fail(connection, delivery, claim, error=message, now=now)
                else:
                    later = now + pause(claim.attempts)
                    outbox.postpone(connection, delivery, claim, due_at=later, error=message, now=now)
    except work.StaleClaim:
        log.info("delivery %s was taken by somebody else meanwhile", delivery.id)
