"""An answer cut into regions, lines and words, each word with the characters of the answer that it was made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notesyncd.api import BoundingBox, RegionKind
from notesyncd.read.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWord:
    """One plain word; it stands, markup and escapes included, at ``begin:end`` of the answer's characters."""

    text: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """One line of plain words; ``box`` in pixels of the page image, where the model named one."""

    words: tuple[AnswerWord, ...]
    box: BoundingBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRegion:
    """Lines that belong together, as ``ReadRegion`` has them."""

    kind: RegionKind = "text"
    lines: tuple[AnswerLine, ...] = ()
    level: int | None = None
    checked: bool | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    box: BoundingBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    """What an answer says; ``warnings`` name what in it was not as the model's family writes."""

    regions: tuple[AnswerRegion, ...]
    warnings: tuple[str, ...] = ()


Parser = Callable[[str, Picture], ParsedAnswer]
"""Takes the answer (what the guards left of it) and the picture that was asked about. Never raises: what can't be
parsed is plain text, with a warning."""
