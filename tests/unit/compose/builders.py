"""Transcripts by hand: written as they look on the page, blank lines and indentation included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from notesyncd.compose.note import ComposedPage
from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.page import Page
from notesyncd.domain.reading import ReaderId
from notesyncd.domain.transcript import Line, Provenance, Region, Transcript, Word, is_cjk

WIDTH, HEIGHT, PITCH = 20, 40, 60
"""Width of a character, height of a line and distance of lines on these pages, in pixels."""

PAGE_ID = "0a1b2c3d4e5f" + "0" * 52
PROVENANCE = Provenance(notesyncd="0.1.0", reader=ReaderId(name="rapidocr", version="3.10.0"))


class Writer:
    """Writes lines onto a page and counts its word and line ids."""

    def __init__(self) -> None:
        self.words = 0
        self.lines = 0

    def line(self, text: str, *, top: float, left: float = 0, scale: float = 1, boxes: bool = True) -> Line:
        words: list[Word] = []
        x = left
        for token in text.split():
            wide = sum(2 if is_cjk(character) else 1 for character in token) * WIDTH * scale
            box = BoundingBox(left=x, top=top, right=x + wide, bottom=top + HEIGHT * scale) if boxes else None
            self.words += 1
            words.append(Word(id=f"w{self.words}", text=token, box=box, flags=() if boxes else ("unplaced",)))
            x += wide + WIDTH * scale
        self.lines += 1
        box = BoundingBox.union(word.box for word in words if word.box) if boxes else None
        return Line(id=f"l{self.lines}", words=tuple(words), box=box)

    def region(self, picture: str, *, left: float = 0, top: float = 0, boxes: bool = True, **more: Any) -> Region:
        """Write what ``picture`` shows: a blank line is a gap, leading spaces indent."""
        lines: list[Line] = []
        rows = picture.strip("\n").split("\n")
        margin = min(len(row) - len(row.lstrip()) for row in rows if row.strip())
        for at, row in enumerate(rows):
            if row.strip():
                indent = (len(row) - len(row.lstrip()) - margin) * WIDTH
                lines.append(self.line(row, top=top + at * PITCH, left=left + indent, boxes=boxes))
        return Region(lines=tuple(lines), **more)

    def transcript(self, *regions: Region, **more: Any) -> Transcript:
        facts = {"page_id": PAGE_ID, "version": 1, "provenance": PROVENANCE, "width": 1600, "height": 2000} | more
        return Transcript(regions=regions, next_word=self.words + 1, next_line=self.lines + 1, **facts)


def written(picture: str, **more: Any) -> Transcript:
    """A page with one text region."""
    writer = Writer()
    return writer.transcript(writer.region(picture, **more))


def composed(transcript: Transcript | None, **more: Any) -> ComposedPage:
    """A page of a note, received on 2026-11-21."""
    page_id = transcript.page_id if transcript else PAGE_ID
    facts: dict[str, Any] = {
        "page": Page(id=page_id, width=1600, height=2000, dpi=None),
        "number": 1,
        "source": "scan.jpg",
        "captured_at": None,
        "received_at": datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        "outcome": "text" if transcript else None,
    }
    return ComposedPage(transcript=transcript, **(facts | more))
