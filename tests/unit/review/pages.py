"""Small pages of words for corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.reading import ReaderId
from notesyncd.domain.review import Correction
from notesyncd.domain.transcript import Line, Provenance, Region, Transcript, Word

PAGE_ID = "c0ffee" * 10 + "abcd"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def page(*lines: str, first: int = 1, boxes: bool = True, version: int = 1) -> Transcript:
    """Lines of words, each word with a box of 20 pixels a character; word ids count from ``first``.

    Dots (····) are paper without words.
    """
    number = first
    made: list[Line] = []
    for at, text in enumerate(lines):
        words: list[Word] = []
        left = 0.0
        for token in text.split():
            right = left + 20 * len(token)
            if set(token) == {"·"}:
                left = right + 20
                continue
            box = BoundingBox(left=left, top=60 * at, right=right, bottom=60 * at + 40) if boxes else None
            words.append(Word(id=f"w{number}", text=token, box=box, flags=() if boxes else ("unplaced",)))
            number += 1
            left = right + 20
        made.append(Line(id=f"l{at + 1}", words=tuple(words)))
    return Transcript(
        page_id=PAGE_ID,
        version=version,
        regions=(Region(lines=tuple(made)),) if made else (),
        provenance=Provenance(notesyncd="0", reader=ReaderId(name="r", version="1")),
        width=1000,
        height=1000,
        next_word=number,
        next_line=len(made) + 1,
    )


def correction(kind: str, *word_ids: str, name: str = "c1", version: int = 1, **more: Any) -> Correction:
    facts: dict[str, Any] = {"by": "anna", "at": NOW, "page_id": PAGE_ID} | more
    return Correction(id=name, kind=kind, word_ids=word_ids, transcript_version=version, **facts)  # type: ignore[arg-type]


def word(transcript: Transcript, word_id: str) -> Word:
    return next(word for word in transcript.words if word.id == word_id)


def ids(transcript: Transcript) -> list[str]:
    return [word.id for word in transcript.words]
