"""Measures of a column of rows: how far apart they stand and how far they reach, as the eye takes them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from notesyncd.api import is_cjk
from notesyncd.compose.dates import is_date_line
from notesyncd.compose.rows import Row

# How many rows on either side make the neighbourhood of a row.
_NEAR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Rows that stand below one another.

    Attributes:
        height: usual height of a row in pixels; None where boxes are missing: then widths are in characters.
        steps: distance in pixels from the row before to each row but the first; empty where boxes are missing.
        left: where rows begin, as a rule.
        right: how far the longest row reaches; a date in the corner doesn't count.
    """

    rows: tuple[Row, ...]
    height: float | None
    steps: tuple[float, ...]
    left: float
    right: float

    def pitch(self, at: int) -> float:
        """Return the usual distance of rows around row ``at`` (not the first), on the small side.

        It is taken from the neighbourhood, since a letterhead is set closer than the letter; gaps between paragraphs
        must not count.
        """
        near = sorted(step for step in self.steps[max(at - 1 - _NEAR, 0) : at + _NEAR] if step > 0)
        height = self.height or 0.0
        if not near:
            return 2 * height
        usual = near[int(0.4 * (len(near) - 1))]
        # One or two distances don't tell a wide hand from a gap.
        return usual if len(near) > 2 else min(usual, 1.8 * height)

    def free(self, row: Row) -> float:
        """Return how much room is left between the end of ``row`` and the column's edge."""
        return self.right - _edges(row, boxes=self.height is not None)[1]

    @property
    def width(self) -> float:
        """Width of the column."""
        return self.right - self.left

    def is_prose(self, rows: Sequence[Row]) -> bool:
        """Tell whether ``rows``, which follow one another, are running text: whole phrases that go on to the edge."""
        # Four words a row, or eight characters where words aren't set apart.
        sizes = [max(len(row.text.split()) / 4, sum(is_cjk(character) for character in row.text) / 8) for row in rows]
        if len(rows) < 2 or median(sizes) < 1:
            return False
        reaching = sum(self.free(row) < 0.25 * self.width for row in rows[:-1])
        return reaching >= 0.5 * (len(rows) - 1)

    def first_word_width(self, row: Row) -> float:
        """Return the width of the word that begins ``row``, the gap before it included."""
        left, right = _edges(row, boxes=self.height is not None)
        per_character = (right - left) / max(_width(row.text), 1)
        return per_character * (_width(row.text[: row.words[0][1]]) + 1)


def columns_of(rows: Sequence[Row]) -> list[Column]:
    """Cut rows in reading order into columns: another one begins where a row stands higher than the one before it."""
    groups: list[list[Row]] = []
    for row in rows:
        if not groups or is_above(row, groups[-1][-1]):
            groups.append([row])
        else:
            groups[-1].append(row)
    return [_column(group) for group in groups]


def is_above(row: Row, previous: Row) -> bool:
    """Tell whether ``row`` stands higher than ``previous``, so that it is the first of another column."""
    if row.box is None or previous.box is None:
        return False
    return row.box.center[1] < previous.box.center[1] - previous.box.height / 2


def _column(rows: list[Row]) -> Column:
    boxes = [row.box for row in rows if row.box is not None]
    has_boxes = len(boxes) == len(rows)
    height = median(box.height for box in boxes) if has_boxes else None
    edges = [_edges(row, boxes=has_boxes) for row in rows if not is_date_line(row.text)] or [(0.0, 0.0)]
    return Column(
        rows=tuple(rows),
        height=height,
        steps=tuple(below.center[1] - above.center[1] for above, below in pairwise(boxes)) if has_boxes else (),
        left=median(left for left, _ in edges),
        right=max(right for _, right in edges),
    )


def _edges(row: Row, *, boxes: bool) -> tuple[float, float]:
    if boxes and row.box is not None:
        return row.box.left, row.box.right
    return 0.0, float(_width(row.text))


def _width(text: str) -> int:
    """Count characters, those of Chinese and Japanese twice, as they are twice as wide."""
    return sum(2 if is_cjk(character) else 1 for character in text)
