"""A person's hand: doubts shown, corrections made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notesyncd.domain.geometry import BoundingBox

CorrectionKind = Literal["replace", "insert", "delete", "accept", "illegible", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A word that a person should look at."""

    word_id: str
    reason: str
    confidence: float | None = None


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
