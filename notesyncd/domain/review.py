"""A person's hand: doubts shown, corrections made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.transcript import Word

CorrectionKind = Literal["replace", "insert", "delete", "accept", "illegible", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A word that a person should look at."""

    word_id: str
    reason: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequest:
    """What a person asks for; it becomes a ``Correction`` when it is carried out.

    Attributes:
        word_ids: as in ``Correction``.
        before: what the person saw; refused if other words stand there by now.
        undoes: id of the correction to take back; None with kind ``undo``: the last one that still stands.
        seen_version: the transcript version the person looked at; None: the newest.
    """

    page_id: str
    kind: CorrectionKind
    by: str
    word_ids: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    box: BoundingBox | None = None
    undoes: str | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One change a person made to a page's words.

    Attributes:
        transcript_version: the version the person looked at.
        word_ids: the words it is about; for ``insert`` the one word after which the new words stand
            (none: at the page's beginning).
        box: where inserted ink stands, in pixels of the upright page image, if the person said so.
        before: text of those words as the person saw it.
        after: the text that replaces it (``replace``, ``insert``).
        undoes: for ``undo`` the id of the correction that is taken back.
    """

    id: str
    page_id: str
    transcript_version: int
    kind: CorrectionKind
    word_ids: tuple[str, ...]
    by: str
    at: datetime
    box: BoundingBox | None = None
    before: str | None = None
    after: str | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A correction as it was carried out: enough to take it back, and to put it on a later reading.

    Attributes:
        removed: the words as they stood before, in order.
        added: the words that stand there since, in order.
        line_id: the line they stand in.
        after_word_id: the word right before them in that line; None: they begin the line.
    """

    correction: Correction
    removed: tuple[Word, ...]
    added: tuple[Word, ...]
    line_id: str | None
    after_word_id: str | None
