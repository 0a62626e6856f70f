"""Makes a transcript of a reading, with the reader's own boxes: each word gets its id and its place, or "unplaced"."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from notesyncd.api import (
    BoundingBox,
    Evidence,
    Line,
    PageImage,
    Provenance,
    Reading,
    ReadLine,
    ReadRegion,
    ReadWord,
    Region,
    Transcript,
    Word,
)
from notesyncd.ground.order import in_reading_order
from notesyncd.ground.plain_text import plain

UNPLACED = "unplaced"
"""Flag of a word of which nobody knows where it stands."""


def ground(
    reading: Reading,
    *,
    image: PageImage,
    previous: Transcript | None,
    provenance: Provenance,
    warnings: Iterable[str] = (),
) -> Transcript:
    """Give the words of a reading their ids and places.

    Words and lines get ids that were never given on this page: numbering continues where ``previous`` ended. Boxes
    are clipped to the page image; one that lies outside of it places nothing. The confidence stays unknown: a
    reader's raw score is evidence, not a probability.

    Args:
        reading: lines in any order, unless ``reading.ordered``.
        image: the page image that the boxes refer to.
        previous: the page's transcript so far, if there is one.
        warnings: what was found odd before the page was read; the reading's own come after these.
    """
    adopter = _Adopter(
        width=image.width,
        height=image.height,
        word_ids=count(previous.next_word if previous else 1),
        line_ids=count(previous.next_line if previous else 1),
    )
    regions = tuple(adopter.regions(reading.regions if reading.ordered else _ordered(reading.regions)))
    return Transcript(
        page_id=image.page_id,
        version=previous.version + 1 if previous else 1,
        regions=regions,
        provenance=provenance,
        width=image.width,
        height=image.height,
        next_word=next(adopter.word_ids),
        next_line=next(adopter.line_ids),
        warnings=(*warnings, *reading.warnings),
    )


def _ordered(regions: Iterable[ReadRegion]) -> Iterator[ReadRegion]:
    """Put the lines of all plain text in reading order; regions of other kinds stay together and come after it."""
    regions = list(regions)
    loose = [line for region in regions if region.kind == "text" for line in region.lines]
    for group in in_reading_order(loose):
        yield ReadRegion(lines=tuple(group))
    yield from (region for region in regions if region.kind != "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopter:
    width: int
    height: int
    word_ids: count[int] = field(default_factory=count)
    line_ids: count[int] = field(default_factory=count)

    def regions(self, regions: Iterable[ReadRegion]) -> Iterator[Region]:
        for region in regions:
            lines = tuple(line for line in map(self.line, region.lines) if line is not None)
            cells = tuple(tuple(map(plain, row)) for row in region.cells)
            if not lines and not cells and region.kind != "drawing":
                continue
            yield Region(
                kind=region.kind,
                lines=lines,
                level=region.level,
                checked=region.checked,
                cells=cells,
                box=self.box(region.box) or _around(line.box for line in lines),
            )

    def line(self, line: ReadLine) -> Line | None:
        words = tuple(word for word in map(self.word, line.words) if word is not None)
        if not words:
            return None
        box = self.box(line.box) or _around(word.box for word in words)
        return Line(id=f"l{next(self.line_ids)}", words=words, box=box, script=line.script)

    def word(self, word: ReadWord) -> Word | None:
        text = plain(word.text)
        if not text:
            return None
        box = self.box(word.box)
        return Word(
            id=f"w{next(self.word_ids)}",
            text=text,
            box=box,
            evidence=_evidence(word),
            alternatives=tuple(filter(None, map(plain, word.alternatives))),
            flags=() if box is not None else (UNPLACED,),
        )

    def box(self, box: BoundingBox | None) -> BoundingBox | None:
        if box is None:
            return None
        inside = box.clipped(self.width, self.height)
        return inside if inside.width > 0 and inside.height > 0 else None


def _evidence(word: ReadWord) -> Evidence:
    tokens = word.tokens
    return Evidence(
        token_logprob=_finite(tokens.logprob) if tokens else None,
        token_least=_finite(tokens.least) if tokens else None,
        token_margin=_finite(tokens.margin) if tokens else None,
        token_entropy=_finite(tokens.entropy) if tokens else None,
        ocr_score=_finite(word.score),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _around(boxes: Iterable[BoundingBox | None]) -> BoundingBox | None:
    placed = [box for box in boxes if box is not None]
    return BoundingBox.union(placed) if placed else None
