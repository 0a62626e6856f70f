"""Transcripts: the words of a page, where each stands and how sure it is. Words are the truth; all else is derived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from notesyncd.domain.geometry import BoundingBox
from notesyncd.domain.page import Step
from notesyncd.domain.reading import ReaderId, RegionKind, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

Outcome = Literal["text", "drawing", "blank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Raw signals behind a word; none of them is a probability. ``token_…`` as in ``TokenEvidence``."""

    token_logprob: float | None = None
    token_least: float | None = None
    token_margin: float | None = None
    token_entropy: float | None = None
    agreement: float | None = None
    ocr_score: float | None = None
    ink: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word on the page.

    Attributes:
        id: ``w1``, ``w2`` …; never given twice on a page.
        box: pixels of the upright page image, or None: then ``unplaced`` is among the flags.
        confidence: calibrated probability that the text is right, 0..1; None: uncalibrated.
        flags: e.g. ``unplaced``, ``corrected``, ``accepted``, ``illegible``.
    """

    id: str
    text: str
    box: BoundingBox | None = None
    confidence: float | None = None
    evidence: Evidence = Evidence()
    alternatives: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One physical line; ``id`` is ``l1``, ``l2`` and so on."""

    id: str
    words: tuple[Word, ...]
    box: BoundingBox | None = None
    script: Script = "unknown"

    @property
    def text(self) -> str:
        """The words, joined as they are written: with spaces, none beside CJK characters."""
        return join_words(word.text for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Lines that belong together, in reading order."""

    kind: RegionKind = "text"
    lines: tuple[Line, ...] = ()
    level: int | None = None
    checked: bool | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    box: BoundingBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingInk:
    """Ink that no word of the transcript explains."""

    text: str | None
    box: BoundingBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that made a transcript; enough to make it again. ``picture_digest`` etc. are the ``Reading``'s."""

    notesyncd: str
    reader: ReaderId
    steps: tuple[Step, ...] = ()
    grounding: str = "adopted/1"
    calibration: str | None = None
    prompt_digest: str | None = None
    sampling: tuple[tuple[str, str], ...] = ()
    picture_digest: str | None = None
    adapter: str | None = None
    packages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One version of a page's words.

    Attributes:
        version: 1, 2, 3 …; a re-read or a correction makes the next one.
        next_word: number of the next word id on this page.
        next_line: number of the next line id on this page.
        regions: in reading order.
        width: pixels of the page image that the boxes refer to.
        height: pixels of the page image that the boxes refer to.
    """

    page_id: str
    version: int
    regions: tuple[Region, ...]
    provenance: Provenance
    width: int
    height: int
    next_word: int
    next_line: int
    missing: tuple[MissingInk, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> Iterator[Line]:
        """All lines in reading order."""
        return (line for region in self.regions for line in region.lines)

    @property
    def words(self) -> Iterator[Word]:
        """All words in reading order."""
        return (word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """Lines joined by newlines, in reading order."""
        return "\n".join(line.text for line in self.lines)


_CJK_RANGES = (
    (0x2E80, 0x303F),  # radicals, CJK punctuation
    (0x3040, 0x30FF),  # hiragana, katakana
    (0x3100, 0x312F),  # bopomofo
    (0x31F0, 0x31FF),  # katakana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFF00, 0xFF9F),  # full-width forms, half-width katakana
    (0x20000, 0x3FFFF),  # further ideographs
)


def is_cjk(character: str) -> bool:
    """Tell whether a character belongs to a script that writes no spaces (Han, kana and their punctuation)."""
    code = ord(character)
    return any(first <= code <= last for first, last in _CJK_RANGES)


def join_words(texts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """Join words with single spaces, but with none beside a CJK character. Empty words are left out.

    Words of mixed scripts are script runs (2026, 年, 4, 月): a space there would be one that nobody wrote.
    """
    joined = ""
    for text in texts:
        if joined and text and not (is_cjk(joined[-1]) or is_cjk(text[0])):
            joined += " "
        joined += text
    return joined
