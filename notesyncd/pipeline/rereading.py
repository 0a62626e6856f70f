"""Reading pages again, in place of what they were read as or beside it: queued in one commit, read by the daemon."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from notesyncd.api import Transcript
from notesyncd.ledger import rereading
from notesyncd.ledger.rereading import PageToReread

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.store import Ledger

_CORRECTED = "it was corrected, and that is never read over; --beside reads it to compare"
_TEXT_LAYER = "its file says itself what stands on it"
_RUNNING = "it is being read at this moment"
_NEVER_READ = "it was never read, so there is nothing to compare with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which pages are meant.

    Attributes:
        ids: pages by their ids; None: all that the rest says.
        read_by: of the newest transcript's reader.
        since: when they came in, at the earliest; seconds since the epoch.
    """

    ids: frozenset[str] | None = None
    read_by: str | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereading:
    """Pages that are read again, and those that are not, with the reason."""

    pages: tuple[PageToReread, ...]
    left_out: tuple[tuple[PageToReread, str], ...]


def reread(
    ledger: Ledger, selection: Selection, *, reader: str | None, beside: bool, dry_run: bool, now: float
) -> Rereading:
    """Queue pages to be read again; with ``dry_run`` only say which.

    Args:
        reader: name of the reader that is to read them; None: the one that is configured when they are read.
        beside: keep what they are read as beside their transcripts, to be compared and never delivered.
    """
    if dry_run:
        with ledger.read() as connection:
            return _plan(connection, selection, beside=beside)
    with ledger.write() as connection:
        plan = _plan(connection, selection, beside=beside)
        ids = [page.id for page in plan.pages]
        rereading.queue(connection, ids, again="beside" if beside else "instead", reader=reader, now=now)
    return plan


def words_that_differ(one: Transcript, other: Transcript) -> int:
    """Count the words that would have to be changed, put in or taken out to make one transcript of the other."""
    texts, others = ([word.text for word in transcript.words] for transcript in (one, other))
    matcher = SequenceMatcher(None, texts, others, autojunk=False)
    return sum(
        max(end - begin, other_end - other_begin)
        for kind, begin, end, other_begin, other_end in matcher.get_opcodes()
        if kind != "equal"
    )


def _plan(connection: Connection, selection: Selection, *, beside: bool) -> Rereading:
    found = rereading.find(connection, ids=selection.ids, read_by=selection.read_by, since=selection.since)
    obstacles = [(page, _obstacle(page, beside=beside)) for page in found]
    return Rereading(
        pages=tuple(page for page, obstacle in obstacles if obstacle is None),
        left_out=tuple((page, obstacle) for page, obstacle in obstacles if obstacle is not None),
    )


def _obstacle(page: PageToReread, *, beside: bool) -> str | None:
    if page.has_text_layer:
        return _TEXT_LAYER
    if page.state == "running":
        return _RUNNING
    if beside:
        return _NEVER_READ if page.version == 0 else None
    return _CORRECTED if page.is_corrected else None
