"""Lines as a person sees them: pieces that stand side by side are one row, and each word has a place in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from notesyncd.api import BoundingBox, Line, Word, join_words

ILLEGIBLE = "[illegible]"
"""Stands for a word that a person declared unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of writing.

    Attributes:
        text: its words, joined as they are written.
        words: its words, each with the offset in ``text`` at which it ends.
        box: pixels of the upright page image; None where any piece has none.
    """

    text: str
    words: tuple[tuple[Word, int], ...]
    box: BoundingBox | None

    @property
    def id(self) -> str:
        """Id of the first word."""
        return self.words[0][0].id

    def ids_from(self, offset: int) -> tuple[str, ...]:
        """Return the ids of the words that reach beyond ``offset``."""
        return tuple(word.id for word, end in self.words if end > offset)


def rows_of(lines: Iterable[Line], *, alone: frozenset[str] = frozenset()) -> list[Row]:
    """Put neighbouring lines that stand side by side into one row each; lines named in ``alone`` stay by themselves."""
    groups: list[list[Line]] = []
    for line in lines:
        if not any(word.text for word in line.words):
            continue
        if groups and line.id not in alone and groups[-1][-1].id not in alone and _beside(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_row(group) for group in groups]


def shown_text(word: Word) -> str:
    """Return what a note shows for a word."""
    return ILLEGIBLE if "illegible" in word.flags else word.text


def _beside(left: Line, right: Line) -> bool:
    """Tell whether ``right`` goes on where ``left`` ends, at the same height."""
    if left.box is None or right.box is None or right.box.left < left.box.right - left.box.height / 2:
        return False
    shared = min(left.box.bottom, right.box.bottom) - max(left.box.top, right.box.top)
    return shared > 0.5 * min(left.box.height, right.box.height)


def _row(lines: list[Line]) -> Row:
    text = ""
    words: list[tuple[Word, int]] = []
    for word in (word for line in lines for word in line.words if word.text):
        text = join_words((text, shown_text(word)))
        words.append((word, len(text)))
    boxes = [line.box for line in lines if line.box is not None]
    return Row(text=text, words=tuple(words), box=BoundingBox.union(boxes) if len(boxes) == len(lines) else None)
