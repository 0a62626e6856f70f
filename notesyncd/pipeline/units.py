"""One row, one step, one commit. Nothing here knows who dispatched it, and a unit run twice changes nothing."""

from __future__ import annotations

import dataclasses
import errno
import logging
from typing import TYPE_CHECKING

from notesyncd.api import (
    AuthError,
    Change,
    ChildDied,
    ConfigError,
    NotesyncdError,
    RasterInfo,
    TransientError,
)
from notesyncd.compose.note import compose
from notesyncd.deliver.retry import pause
from notesyncd.ledger import answers, notes, pace, transcriptions, work
from notesyncd.ledger.transcriptions import Wish
from notesyncd.pipeline.note_and_folders import note_and_folders
from notesyncd.pipeline.pictures import encode_jpeg, load_raster
from notesyncd.pipeline.previous_title import title_before
from notesyncd.pipeline.stages import PageOnItsWay, on_its_way, transcribe, words_with_places
from notesyncd.review.reanchor import reanchor
from notesyncd.route.route import destinations

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.pipeline.services import ReadingTools, Services

log = logging.getLogger(__name__)


def read_page(services: Services, page_id: str) -> bool:
    """Read one page: commit 2. Returns whether the row was ours to read."""
    with services.ledger.write() as connection:
        claim = work.begin(connection, "transcription", page_id, now=services.clock(), run_tag=services.run_tag)
        wish = transcriptions.wish(connection, page_id) if claim else None
    if claim is None or wish is None:
        return False
    try:
        page, seconds = _transcribe(services, page_id, services.tools.named(wish.reader))
        _keep(services, claim, wish, page, seconds)
    except work.StaleClaim:
        log.info("page %s was taken by somebody else meanwhile", page_id[:12])
    except Exception as error:  # noqa: BLE001 - whatever a reader raises concerns this page alone
        _read_failed(services, claim, error)
    finally:
        services.artifacts.pixels(page_id).unlink(missing_ok=True)
    return True


def _transcribe(services: Services, page_id: str, tools: ReadingTools) -> tuple[PageOnItsWay, float]:
    """Return the page at the end of its way, and how many seconds that took once the reader was ready."""
    raster, place = load_raster(services, page_id)
    page = on_its_way(
        tools,
        page_id=page_id,
        raster=raster,
        info=RasterInfo(orientation=place.orientation, dpi=place.page.dpi),
        text_layer=place.text_layer,
        file=services.artifacts.pixels(page_id),
        previous_title=title_before(services.ledger, page_id) if tools.tells_previous_title else None,
    )
    with tools.turn():
        begin = services.monotonic()
        return transcribe(page), services.monotonic() - begin


def _keep(services: Services, claim: work.Claim, wish: Wish, page: PageOnItsWay, seconds: float) -> None:
    nothing_else = page.outcome == "drawing" or page.condemned is not None  # that a note could show
    shown = page.outcome != "blank" and (services.style.images == "page" or nothing_else)
    if shown and page.prepared is not None and wish.again != "beside":
        services.artifacts.write_picture(page.page_id, encode_jpeg(page.prepared.pixels, services.image_bounds))
    now = services.clock()
    with services.ledger.write() as connection:
        if page.reading is not None:
            answers.keep(connection, page.page_id, page.reading, now=now)
        if wish.again is not None and (wish.again == "beside" or transcriptions.changes(connection, page.page_id)):
            _keep_beside(connection, claim, page, now=now)
        elif page.condemned is not None:
            to_raster = page.prepared.to_raster if page.prepared and wish.again is None else None
            reason = _why_condemned(page)
            transcriptions.park(connection, claim, hold="answer", error=reason, now=now, to_raster=to_raster)
        else:
            _keep_in_place(connection, claim, page, now=now)
        if page.image is not None and wish.reader is None:  # the configured reader was asked
            pace.page_took(connection, seconds)
    if page.condemned is not None:
        log.warning("page %s: %s", page.page_id[:12], _why_condemned(page))


def _keep_in_place(connection: Connection, claim: work.Claim, page: PageOnItsWay, *, now: float) -> None:
    transcript = words_with_places(page, transcriptions.newest(connection, page.page_id))
    anchored: tuple[Change, ...] = ()
    conflicts: tuple[str, ...] = ()
    if transcript is not None:
        again = reanchor(transcript, transcriptions.changes(connection, page.page_id))
        transcript = again.transcript
        anchored, conflicts = again.anchored, tuple(conflict.id for conflict in again.conflicts)
    transcriptions.finish(
        connection,
        claim,
        outcome=page.outcome or "text",
        transcript=transcript,
        to_raster=page.prepared.to_raster if page.prepared else None,
        anchored=anchored,
        conflicts=conflicts,
        now=now,
    )


def _keep_beside(connection: Connection, claim: work.Claim, page: PageOnItsWay, *, now: float) -> None:
    """Leave what stands as it is; also where a person corrected it after it was to be read again."""
    if page.condemned is not None:
        transcriptions.finish_beside(connection, claim, None, error=_why_condemned(page), now=now)
        return
    transcript = words_with_places(page, None)
    error = None if transcript else "there was nothing to read on it this time"
    transcriptions.finish_beside(connection, claim, transcript, error=error, now=now)


def _why_condemned(page: PageOnItsWay) -> str:
    assert page.reading is not None
    return (
        f"what {page.reading.reader.name} answered is no transcription ({page.condemned}); the answer is kept. "
        f"`notesyncd retry` asks again, `notesyncd reread {page.page_id[:12]} --reader NAME` another reader"
    )


def _read_failed(services: Services, claim: work.Claim, error: Exception) -> None:
    now = services.clock()
    later = now + pause(claim.attempts, retry_after=getattr(error, "retry_after", None))
    known = isinstance(error, NotesyncdError)
    message = str(error) if known else f"{type(error).__name__}: {error}"
    log.warning("page %s: %s", claim.key[:12], message, exc_info=None if known else error)
    try:
        with services.ledger.write() as connection:
            # a setting or a server's model that is wrong is no fault of the page: it waits until that is mended
            waits = isinstance(error, (TransientError, ConfigError))
            if waits or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                transcriptions.postpone(connection, claim, due_at=later, error=message, now=now)
            elif isinstance(error, AuthError):
                transcriptions.park(connection, claim, hold="auth", error=message, now=now)
            elif known and not isinstance(error, ChildDied):
                transcriptions.fail(connection, claim, error=message, now=now)
            else:
                transcriptions.strike(connection, claim, due_at=later, error=message, now=now)
    except work.StaleClaim:
        log.info("page %s was taken by somebody else meanwhile", claim.key[:12])


def compose_note(services: Services, note_id: str) -> bool:
    """Compose one note: commit 3. Returns whether the row was ours."""
    with services.ledger.write() as connection:
        claim = work.begin(connection, "note", note_id, now=services.clock(), run_tag=services.run_tag)
        stand = note_and_folders(connection, note_id, services.roots) if claim else None
    if claim is None or stand is None:
        return False
    try:
        note = compose(note_id, stand.composed(), services.style)
        with services.ledger.write() as connection:
            same = note.digest == notes.last_digest(connection, note_id)
            fresh = dataclasses.replace(note, revision=notes.next_revision(connection, note_id))
            configured = tuple(services.sinks)
            announcing = {place.sink for place, sink in services.sinks.items() if sink.capabilities.announces}
            chosen = stand.without_backlog(destinations(note, [place.sink for place in configured]), announcing)
            notes.finish(
                connection,
                claim,
                note=None if same or stand.shows_nothing else fresh,
                routed=[place for place in configured if place.sink in chosen],
                configured=configured,
                now=services.clock(),
            )
    except work.StaleClaim:
        log.info("note %s was queued again while it was composed", note_id)
    except Exception as error:
        log.warning("note %s can't be composed: %s", note_id, error, exc_info=not isinstance(error, NotesyncdError))
        with services.ledger.write() as connection:
            notes.fail(connection, claim, error=str(error), now=services.clock())
    return True
