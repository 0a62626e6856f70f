"""What the folders that a note's pages came from have to say in it: tags, photos left out, a backlog kept quiet."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from notesyncd.compose.note import ComposedPage
from notesyncd.compose.tags import folder_tags
from notesyncd.ledger import files, folders, notes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from notesyncd.ledger.notes import PageOfNote
    from notesyncd.pipeline.services import WatchedRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAndFolders:
    """The pages of a note, and what its folders' owner set.

    Attributes:
        tags: by scan digest, from the names of the folders that its files lie in.
        photos: digests of scans without any writing, from folders whose owner wants no notes of such.
        backlog_sinks: announcing sinks that may have the note; None where it is of no backlog: then all may.
    """

    pages: Sequence[PageOfNote]
    tags: dict[str, tuple[str, ...]]
    photos: frozenset[str]
    backlog_sinks: frozenset[str] | None

    @property
    def shows_nothing(self) -> bool:
        """Whether there is nothing to be sent."""
        return all(page.outcome == "blank" or page.scan_digest in self.photos for page in self.pages)

    def composed(self) -> list[ComposedPage]:
        """Return what the note is composed of."""
        shown = [page for page in self.pages if page.scan_digest not in self.photos]
        return [self._composed(page) for page in shown or self.pages]

    def without_backlog(self, chosen: Iterable[str], announcing: Collection[str]) -> list[str]:
        """Return the sinks to which a note goes at first: old pages are not announced unless that was asked for."""
        if self.backlog_sinks is None:
            return list(chosen)
        return [sink for sink in chosen if sink not in announcing or sink in self.backlog_sinks]

    def _composed(self, page: PageOfNote) -> ComposedPage:
        return ComposedPage(
            page=page.page,
            number=page.number,
            source=page.source,
            captured_at=page.captured_at,
            received_at=datetime.fromtimestamp(page.modified_at).astimezone(),
            transcript=page.transcript if page.outcome == "text" else None,
            outcome=page.outcome,
            problem=page.problem,
            tags=self.tags.get(page.scan_digest, ()),
        )


def note_and_folders(connection: Connection, note_id: str, roots: Sequence[WatchedRoot]) -> NoteAndFolders:
    """Ask the ledger for all of it."""
    pages = notes.pages(connection, note_id)
    digests = list(dict.fromkeys(page.scan_digest for page in pages))
    places = files.places_of(connection, digests)
    tagging = {str(root.path) for root in roots if root.tags_from_folders}
    skipping = {str(root.path) for root in roots if root.photos == "skip"}
    unwritten = set(digests) - {page.scan_digest for page in pages if page.outcome not in ("blank", "drawing")}
    return NoteAndFolders(
        pages=pages,
        tags={
            digest: folder_tags(os.fsdecode(raw_path) for root, raw_path in found if root in tagging)
            for digest, found in places.items()
        },
        photos=frozenset(digest for digest in unwritten if places.get(digest) and _all_in(places[digest], skipping)),
        backlog_sinks=folders.sinks_of_backlog(connection, digests),
    )


def _all_in(places: Iterable[tuple[str, bytes]], roots: Collection[str]) -> bool:
    return all(root in roots for root, _ in places)
