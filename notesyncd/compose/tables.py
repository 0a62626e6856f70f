"""Finds tables: rows of writing whose words stand in the same columns, with clear gutters between them."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from notesyncd.api import Block, Span, Word, join_words
from notesyncd.compose.rows import Row, shown_text

# Prose has gaps of this width one below the other only by chance, and not twice in three rows.
_GUTTER = 0.45  # of a row's height
_CLEARER = 1.3  # times as wide as the gaps between words of one cell
_CLEAR_ALONE = 0.9  # of a row's height, where every cell holds one word and there are no such gaps
_FEWEST_ROWS = 3
_FEWEST_COLUMNS = 3

_Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that make a table; ``columns`` are the left and right edges of each, in pixels of the page image."""

    rows: Sequence[Row]
    columns: Sequence[_Interval]

    def block(self, prefix: str, page_id: str) -> Block:
        """Return the table with the words of each cell named; the first row is its head."""
        return Block(
            id=f"{prefix}-{self.rows[0].id}",
            kind="table",
            page_id=page_id,
            rows=tuple(tuple(self._cell(row, column) for column in self.columns) for row in self.rows),
        )

    @staticmethod
    def _cell(row: Row, column: _Interval) -> tuple[Span, ...]:
        words = [word for word, _ in row.words if column[0] <= _center(word) <= column[1]]
        if not words:
            return ()
        text = join_words([shown_text(word) for word in words])
        return (Span(text=text, word_ids=tuple(word.id for word in words)),)


def with_tables(rows: Sequence[Row], apart: Collection[str]) -> list[list[Row] | Table]:
    """Split rows into tables and runs of other rows, in order.

    Args:
        rows: below one another.
        apart: ids of rows that are in no table: headings, list items.
    """
    parts: list[list[Row] | Table] = []
    at = 0
    while at < len(rows):
        table = _table_at(rows, at, apart)
        if table is not None:
            parts.append(table)
            at += len(table.rows)
            continue
        if not parts or isinstance(parts[-1], Table):
            parts.append([])
        parts[-1].append(rows[at])  # type: ignore[union-attr]
        at += 1
    return parts


def _table_at(rows: Sequence[Row], first: int, apart: Collection[str]) -> Table | None:
    """Return the longest table that begins with row ``first``."""
    found: Table | None = None
    for end in range(first + 1, len(rows) + 1):
        row = rows[end - 1]
        if row.id in apart or row.box is None or any(word.box is None for word, _ in row.words):
            break
        columns = _columns(rows[first:end])
        if len(columns) < _FEWEST_COLUMNS:
            break
        clear = _clear(rows[first:end], columns)
        if end - first >= _FEWEST_ROWS and clear and all(_filled(row, clear) for row in rows[first:end]):
            found = Table(rows=rows[first:end], columns=clear)
    return found


def _columns(rows: Sequence[Row]) -> list[_Interval]:
    """Return the stretches of the page's width that words cover, where the gutters between them are wide enough."""
    gutter = _GUTTER * _height(rows)
    edges = sorted((word.box.left, word.box.right) for row in rows for word, _ in row.words if word.box is not None)
    columns: list[_Interval] = []
    for left, right in edges:
        if columns and left - columns[-1][1] < gutter:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _clear(rows: Sequence[Row], columns: list[_Interval]) -> list[_Interval]:
    """Close the narrowest gutter until all are clearer than the gaps between the words of one cell; [] if none is.

    Words of neighbouring cells may stand below one another by chance: that gap is no gutter.
    """
    while len(columns) >= _FEWEST_COLUMNS:
        gaps = [gap for row in rows for gap in _gaps_in_cells(row, columns)]
        least = _CLEARER * statistics.median(gaps) if gaps else _CLEAR_ALONE * _height(rows)
        width, at = min((right[0] - left[1], at) for at, (left, right) in enumerate(pairwise(columns)))
        if width >= least:
            return columns
        columns = [*columns[:at], (columns[at][0], columns[at + 1][1]), *columns[at + 2 :]]
    return []


def _height(rows: Sequence[Row]) -> float:
    return statistics.median(row.box.height for row in rows if row.box is not None)


def _gaps_in_cells(row: Row, columns: Sequence[_Interval]) -> list[float]:
    boxes = [word.box for word, _ in row.words if word.box is not None]
    borders = [column[1] for column in columns]
    return [
        right.left - left.right
        for left, right in pairwise(boxes)
        if right.left > left.right and not any(left.right <= border < right.left for border in borders)
    ]


def _filled(row: Row, columns: Sequence[_Interval]) -> bool:
    """Tell whether a row has words in its first column and in most of the others."""
    held = [any(left <= _center(word) <= right for word, _ in row.words) for left, right in columns]
    return held[0] and sum(held) > len(columns) / 2


def _center(word: Word) -> float:
    return word.box.center[0] if word.box is not None else -1.0
