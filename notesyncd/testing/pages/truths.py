"""Works out the truth about a page from its layout and the way it came into the picture."""

from __future__ import annotations

import numpy as np

from notesyncd.api import BoundingBox
from notesyncd.testing.pages.arrays import Points
from notesyncd.testing.pages.layout import Layout, PlacedCell, PlacedLine, PlacedWord
from notesyncd.testing.pages.truth import (
    CellTruth,
    LineTruth,
    PageTruth,
    Quad,
    TableTruth,
    WordTruth,
    rounded,
    tight_box,
)
from notesyncd.testing.pages.warp import Warp


def tell(layout: Layout, warp: Warp, width: int, height: int) -> PageTruth:
    """Return the truth about a picture of ``width`` x ``height`` pixels into which ``warp`` brought the layout."""
    words = tuple(_word(word, warp) for word in layout.words)
    lines = tuple(_line(line, words) for line in layout.lines)
    tables = tuple(_table(tuple(tuple(_cell(cell, warp) for cell in row) for row in rows)) for rows in layout.tables)
    text = "\n".join(line.text for line in lines)
    return PageTruth(width=width, height=height, text=text, lines=lines, words=words, tables=tables)


def _word(word: PlacedWord, warp: Warp) -> WordTruth:
    return WordTruth(
        text=word.text,
        kind=word.kind,
        line=word.line,
        box=tight_box(warp.points(word.ink.outline()).tolist()),
        quad=_quad(warp, word.ink.corners()),
    )


def _line(line: PlacedLine, words: tuple[WordTruth, ...]) -> LineTruth:
    box = BoundingBox.union(words[number].box for number in line.words)
    return LineTruth(text=line.text, kind=line.kind, column=line.column, words=line.words, box=box)


def _cell(cell: PlacedCell, warp: Warp) -> CellTruth:
    left, top, right, bottom = cell.edges
    quad = _quad(warp, np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64))
    return CellTruth(text=cell.text, words=cell.words, box=tight_box(quad), quad=quad)


def _table(rows: tuple[tuple[CellTruth, ...], ...]) -> TableTruth:
    return TableTruth(rows=rows, box=BoundingBox.union(cell.box for row in rows for cell in row))


def _quad(warp: Warp, corners: Points) -> Quad:
    a, b, c, d = (rounded((x, y)) for x, y in warp.points(corners).tolist())
    return a, b, c, d
