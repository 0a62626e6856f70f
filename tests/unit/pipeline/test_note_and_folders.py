"""What a folder's owner set has its say in the note: quiet backlogs, photos left out, tags."""

from __future__ import annotations

import pytest

from notesyncd.api import Page
from notesyncd.compose.tags import folder_tags
from notesyncd.ledger.notes import PageOfNote
from notesyncd.pipeline.note_and_folders import NoteAndFolders


def page(digest: str, outcome: str) -> PageOfNote:
    return PageOfNote(
        page=Page(id=f"{digest}-{outcome}", width=1, height=1, dpi=None),
        scan_digest=digest,
        number=1,
        source=f"{digest}.jpg",
        captured_at=None,
        modified_at=0.0,
        state="done",
        outcome=outcome,  # type: ignore[arg-type]
        problem=None,
        transcript=None,
    )


def stand(*pages: PageOfNote, photos: str = "", backlog: frozenset[str] | None = None) -> NoteAndFolders:
    return NoteAndFolders(pages=pages, tags={}, photos=frozenset(photos.split()), backlog_sinks=backlog)


@pytest.mark.parametrize(
    ("backlog", "sinks"),
    [
        (None, ["vault", "slack", "teams"]),
        (frozenset(), ["vault"]),
        (frozenset({"slack"}), ["vault", "slack"]),
    ],
)
def test_a_backlog_is_not_announced_unless_the_sink_is_named(backlog: frozenset[str] | None, sinks: list[str]) -> None:
    note = stand(page("a", "text"), backlog=backlog)
    assert note.without_backlog(["vault", "slack", "teams"], {"slack", "teams"}) == sinks


def test_photos_are_left_out_and_a_note_of_nothing_else_shows_nothing() -> None:
    both = stand(page("photo", "drawing"), page("page", "text"), photos="photo")
    assert [shown.source for shown in both.composed()] == ["page.jpg"]
    assert not both.shows_nothing
    alone = stand(page("photo", "drawing"), page("empty", "blank"), photos="photo")
    assert alone.shows_nothing
    assert not stand(page("photo", "drawing")).shows_nothing


def test_folders_make_tags_that_any_sink_takes() -> None:
    assert folder_tags(["Work/Meeting Notes (2026)/scan.jpg", "work/Überseewege/scan.jpg", "scan.jpg"]) == (
        "Work",
        "Meeting-Notes-2026",
        "Überseewege",
    )
    assert folder_tags(["2026/05/scan.jpg"]) == ()
    assert folder_tags(["#evil]]/@channel/-- --/x.jpg"]) == ("evil", "channel")
