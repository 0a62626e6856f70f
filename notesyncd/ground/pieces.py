"""Pieces of lines on a page, with the slope of the hand taken out of what is above and what beside what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from notesyncd.api import BoundingBox, ReadLine

MOST_SHARED = 0.5
"""Share of the shorter one's length at which neighbours on one line may stand above one another: loose boxes do."""

_STEEPEST = 0.3  # rise over run; steeper "slopes" come from words that are no line
_TELLING = 6.0  # a piece this many times as long as high shows its own slope
_NEAR = 5  # lines that tell the slope of one too short to show its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line, or a part of one, as the detector found it.

    Attributes:
        start: where it begins along the writing direction, pixels.
        end: where it ends along the writing direction.
        middle: of its height, at the middle of its length, across the writing direction.
        height: across the writing direction.
        slope: how much it sinks a pixel along the writing direction.
        level: where its line crosses the middle of the page, if it went so far; smaller is earlier.
    """

    line: ReadLine
    start: float
    end: float
    middle: float
    height: float
    slope: float
    level: float

    @property
    def length(self) -> float:
        """Pixels along the writing direction."""
        return self.end - self.start

    def at(self, position: float) -> float:
        """Return its middle at some position along the writing direction, which may lie beyond its ends."""
        return self.middle + self.slope * (position - (self.start + self.end) / 2)

    def shared_length(self, other: Piece) -> float:
        """Return the share of the shorter one's length at which both stand above one another, 0..1."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        return max(0.0, shared) / max(min(self.length, other.length), 1.0)

    def apart(self, other: Piece) -> float:
        """Return how far apart their middles are across the writing direction, halfway between them."""
        between = (max(self.start, other.start) + min(self.end, other.end)) / 2
        return abs(self.at(between) - other.at(between))

    def is_beside(self, other: Piece) -> bool:
        """Tell whether both can be parts of one line: about level, half of the lower one's height shared."""
        apart = self.apart(other)
        shared = min((self.height + other.height) / 2 - apart, self.height, other.height)
        return (
            shared >= 0.5 * min(self.height, other.height)
            and apart <= 0.2 * (self.height + other.height)
            and self.shared_length(other) <= MOST_SHARED
        )

    def gap(self, other: Piece) -> float:
        """Return how far apart they are along the writing direction; below 0 where they overlap."""
        return max(self.start, other.start) - min(self.end, other.end)


def pieces_of(lines: Sequence[ReadLine], *, downwards: bool) -> list[Piece]:
    """Measure lines that all have boxes.

    Args:
        lines: each with a box.
        downwards: they are written from top to bottom, the first at the right.
    """
    boxes = [_turned(line.box, downwards=downwards) for line in lines]
    slopes = [_slope(line, downwards=downwards) for line in lines]
    told = [(box.center[1], slope) for box, slope in zip(boxes, slopes, strict=True) if slope is not None]
    middle_of_page = (
        min((box.left for box in boxes), default=0.0) + max((box.right for box in boxes), default=0.0)
    ) / 2
    pieces = []
    for line, box, own in zip(lines, boxes, slopes, strict=True):
        x, y = box.center
        slope = _slope_near(y, told) if own is None else own
        pieces.append(
            Piece(
                line=line,
                start=box.left,
                end=box.right,
                middle=y,
                height=_height(line, box, slope, downwards=downwards),
                slope=slope,
                level=y + slope * (middle_of_page - x),
            )
        )
    return pieces


def _turned(box: BoundingBox | None, *, downwards: bool) -> BoundingBox:
    """Return a box in coordinates in which writing runs to the right and the next line stands below."""
    assert box is not None
    if not downwards:
        return box
    return BoundingBox(left=box.top, top=-box.right, right=box.bottom, bottom=-box.left)


def _word_boxes(line: ReadLine, *, downwards: bool) -> list[BoundingBox]:
    return [_turned(word.box, downwards=downwards) for word in line.words if word.box is not None]


def _slope(line: ReadLine, *, downwards: bool) -> float | None:
    """Return the slope through the words' middles, or None where the line is too short to tell."""
    boxes = _word_boxes(line, downwards=downwards)
    if len(boxes) < 2:
        return None
    (x0, y0), (x1, y1) = boxes[0].center, boxes[-1].center
    run = x1 - x0
    if run < _TELLING * median(box.height for box in boxes) or abs(y1 - y0) > _STEEPEST * run:
        return None
    return (y1 - y0) / run


def _height(line: ReadLine, box: BoundingBox, slope: float, *, downwards: bool) -> float:
    """Return the height of the writing; the box of a slanted line is higher by what it rises."""
    words = [word.height - abs(slope) * word.width for word in _word_boxes(line, downwards=downwards)]
    straight = box.height - abs(slope) * box.width
    return max(1.0, min(median(words), box.height) if words else straight)


def _slope_near(y: float, told: Sequence[tuple[float, float]]) -> float:
    """Return the usual slope of the nearest lines that show one: a printed head is straighter than a hand."""
    nearest = sorted(told, key=lambda known: abs(known[0] - y))[:_NEAR]
    return median(slope for _, slope in nearest) if nearest else 0.0
