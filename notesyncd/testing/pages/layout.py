"""Where every piece of ink lies on the flat sheet, and which words share a line, a cell, a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notesyncd.testing.pages.bands import Band, BandCell, WordKind
from notesyncd.testing.pages.flow import LineKind
from notesyncd.testing.pages.ink import Ink


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWord:
    """A word with its ink on the sheet."""

    text: str
    kind: WordKind
    line: int
    ink: Ink


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A physical line: its words by number."""

    text: str
    kind: LineKind
    column: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCell:
    """A table's cell: its edges (left, top, right, bottom) on the sheet and its words by number."""

    text: str
    edges: tuple[float, float, float, float]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All that is written on a sheet, in reading order; ``bottom`` is where the next line would begin."""

    words: tuple[PlacedWord, ...]
    lines: tuple[PlacedLine, ...]
    tables: tuple[tuple[tuple[PlacedCell, ...], ...], ...]
    strokes: tuple[Ink, ...]
    bottom: int


def balance(bands: Sequence[Band], columns: int) -> list[list[Band]]:
    """Share bands out to columns of about equal height, in order; blank lines are left out at a column's top."""
    whole = sum(band.height for band in bands)
    shared: list[list[Band]] = [[] for _ in range(columns)]
    above = 0
    for band in bands:
        column = shared[min(above * columns // max(whole, 1), columns - 1)]
        above += band.height
        if columns == 1 or column or band.lines:
            column.append(band)
    return shared


def place(columns: Sequence[Sequence[Band]], *, lefts: Sequence[int], top: int) -> Layout:
    """Put the bands of each column one below the other, beginning at ``lefts`` and ``top`` pixels."""
    words: list[PlacedWord] = []
    lines: list[PlacedLine] = []
    tables: list[tuple[tuple[PlacedCell, ...], ...]] = []
    strokes: list[Ink] = []
    bottom = top
    for number, (left, bands) in enumerate(zip(lefts, columns, strict=True)):
        y = top
        for band in bands:
            rows: list[tuple[PlacedCell, ...]] = []
            for row, line in enumerate(band.lines):
                first = len(words)
                words += [
                    PlacedWord(text=word.text, kind=word.kind, line=len(lines), ink=word.ink.moved(left, y))
                    for word in line.words
                ]
                own = tuple(range(first, len(words)))
                if own:
                    lines.append(PlacedLine(text=line.text, kind=line.kind, column=number, words=own))
                if band.cells:
                    rows.append(_place_cells(band.cells[row], own, left, y))
            if rows:
                tables.append(tuple(rows))
            strokes += [stroke.moved(left, y) for stroke in band.strokes]
            y += band.height
        bottom = max(bottom, y)
    return Layout(words=tuple(words), lines=tuple(lines), tables=tuple(tables), strokes=tuple(strokes), bottom=bottom)


def _place_cells(cells: Sequence[BandCell], words: tuple[int, ...], left: int, top: int) -> tuple[PlacedCell, ...]:
    placed, first = [], 0
    for cell in cells:
        x0, y0, x1, y1 = cell.edges
        placed.append(
            PlacedCell(
                text=cell.text,
                edges=(x0 + left, y0 + top, x1 + left, y1 + top),
                words=words[first : first + cell.words],
            )
        )
        first += cell.words
    return tuple(placed)
