"""The heading of the page before: what a reader may be told of a page, where that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.api import Transcript
from notesyncd.compose.blocks import page_blocks
from notesyncd.ledger import scans, transcriptions

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger


def title_before(ledger: Ledger, page_id: str) -> str | None:
    """Return the heading of the page that stands before this one in its file, as far as that was read yet."""
    with ledger.read() as connection:
        for digest, _, place in scans.places_of(connection, page_id):
            before = scans.page_at(connection, digest, place.number - 1)
            transcript = transcriptions.newest(connection, before) if before else None
            if transcript is not None:
                return heading_of(transcript)
    return None


def heading_of(transcript: Transcript) -> str | None:
    """Return the first heading on a page."""
    return next((block.text for block in page_blocks(transcript) if block.kind == "heading"), None)
