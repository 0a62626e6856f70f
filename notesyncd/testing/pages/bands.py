"""From items to bands: each physical line, and each whole table, written at the left edge of its column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np

from notesyncd.testing.pages.flow import Item, LineKind, Token, break_lines, tokens
from notesyncd.testing.pages.ink import Ink
from notesyncd.testing.pages.pen import Pen

WordKind = Literal["text", "checkbox"]

_HEADING_SCALE = 1.3
_BULLETS = frozenset("-–•*·")
_CELL_PADDING = 0.35  # of the pitch, left and right of a cell's text
_CELL_BOTTOM = 0.32  # of the pitch, from the baseline down to the ruled stroke below: room for descenders


@dataclass(frozen=True, slots=True, kw_only=True)
class BandWord:
    """A word with its ink, in pixels from its band's top left corner; ``glued`` as in ``Token``."""

    text: str
    ink: Ink
    glued: bool = False
    kind: WordKind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """Words that stand on one baseline."""

    words: tuple[BandWord, ...]
    kind: LineKind

    @property
    def text(self) -> str:
        """The line as it was written, spaces included."""
        return "".join(word.text if word.glued else f" {word.text}" for word in self.words).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCell:
    """A cell of a table: its edges (left, top, right, bottom) and how many words of its line are its own."""

    text: str
    edges: tuple[float, float, float, float]
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What must not be torn apart: one physical line, or a table. ``strokes`` are no words (underlines, frames)."""

    height: int
    lines: tuple[BandLine, ...] = ()
    strokes: tuple[Ink, ...] = ()
    cells: tuple[tuple[BandCell, ...], ...] = ()


class Writer:
    """Writes items with a pen into a column; baselines lie one pitch apart, the first one pitch below a band's top."""

    def __init__(self, pen: Pen, *, width: float, pitch: int, word_gap: float = 1.0) -> None:
        """Set the column up.

        Args:
            pen: who writes.
            width: of the column, pixels.
            pitch: distance of baselines, pixels.
            word_gap: space between words in widths of the letter n; 0.5 makes words hard to tell apart.
        """
        self._pen = pen
        self._width = width
        self._pitch = pitch
        self._gap = word_gap * pen.hand.advance("n", pen.size)

    def write(self, item: Item) -> Iterator[Band]:
        """Write one item.

        Raises:
            ValueError: if a word or a table is wider than the column.
        """
        if item.kind == "table":
            yield self._table(item)
        elif not item.text:
            yield Band(height=self._pitch)
        else:
            yield from self._paragraph(item)

    def _paragraph(self, item: Item) -> Iterator[Band]:
        pen = self._pen
        scale = _HEADING_SCALE if item.kind == "heading" else 1.0
        left = 1.2 * item.indent * self._pitch + abs(pen.chance(0.1 * self._pitch))
        lead: tuple[BandWord, ...] = ()
        if item.kind == "task":
            box = pen.check_box(checked=item.checked).moved(round(left), self._pitch)
            lead = (BandWord(text="[x]" if item.checked else "[ ]", ink=box, kind="checkbox"),)
            left = box.right + self._gap
        words = list(tokens(item.text))
        hang = left
        if item.kind == "text" and len(words) > 1 and words[0].text in _BULLETS:
            hang += pen.hand.advance(words[0].text, pen.size) + self._gap
        broken = break_lines(
            words,
            advance=lambda text: scale * pen.hand.advance(text, pen.size),
            gap=self._gap,
            width=self._width - hang,
        )
        for number, physical in enumerate(broken):
            written = self._line(physical, hang if number else left, scale)
            line = BandLine(words=written if number else lead + written, kind=item.kind)
            strokes = (self._underline(line),) if item.kind == "heading" and line.words else ()
            yield Band(height=self._pitch, lines=(line,), strokes=strokes)

    def _line(self, words: tuple[Token, ...], left: float, scale: float, baseline: int = 1) -> tuple[BandWord, ...]:
        """Write words on the baseline that lies ``baseline`` pitches below the band's top."""
        pen = self._pen
        drift, wave = pen.chance(0.005), pen.chance(1.0)  # slope of the line; how it sways about it
        placed: list[BandWord] = []
        x = left
        for number, token in enumerate(words):
            if number and not token.glued:
                x += self._gap * scale * max(0.6, 1 + pen.chance(0.12))
            written = pen.word(token.text, scale=scale)
            sway = 0.06 * pen.x_height * wave * float(np.sin(x / (10 * pen.x_height))) + pen.chance(0.04 * pen.x_height)
            if written.ink is not None:
                ink = written.ink.moved(round(x), round(baseline * self._pitch + (x - left) * drift + sway))
                placed.append(BandWord(text=token.text, ink=ink, glued=token.glued and bool(placed)))
            x += written.advance
        return tuple(placed)

    def _underline(self, line: BandLine) -> Ink:
        pen = self._pen
        y = self._pitch + 0.55 * pen.x_height
        return pen.line(line.words[0].ink.left, y, line.words[-1].ink.right, y + pen.chance(0.1 * pen.x_height))

    def _table(self, item: Item) -> Band:
        pen = self._pen
        padding = _CELL_PADDING * self._pitch
        rows = [[list(tokens(cell)) for cell in row] for row in item.rows]
        columns = range(max(len(row) for row in rows))
        widths = [max(self._room(row[column]) for row in rows if column < len(row)) + 2 * padding for column in columns]
        edges = list(accumulate(widths, initial=0.0))
        if edges[-1] > self._width:
            raise ValueError(f"a table of {edges[-1]:.0f} pixels does not fit into a column of {self._width:.0f}")
        heights = [(row + _CELL_BOTTOM) * self._pitch for row in range(len(rows) + 1)]
        lines, cells = [], []
        for number, row in enumerate(rows):
            written = [self._line(tuple(cell), edges[i] + padding, 1.0, number + 1) for i, cell in enumerate(row)]
            lines.append(BandLine(words=tuple(word for cell in written for word in cell), kind="table"))
            cells.append(
                tuple(
                    BandCell(
                        text=text, edges=(edges[i], heights[number], edges[i + 1], heights[number + 1]), words=len(cell)
                    )
                    for i, (text, cell) in enumerate(zip(item.rows[number], written, strict=True))
                )
            )
        loose = 0.06 * self._pitch
        across = [pen.line(pen.chance(loose), y, edges[-1] + pen.chance(loose), y + pen.chance(loose)) for y in heights]
        down = [pen.line(x, heights[0], x + pen.chance(loose), heights[-1] + pen.chance(loose)) for x in edges]
        return Band(
            height=len(rows) * self._pitch, lines=tuple(lines), strokes=tuple(across + down), cells=tuple(cells)
        )

    def _room(self, words: list[Token]) -> float:
        spaces = sum(not word.glued for word in words[1:])
        return sum(self._pen.hand.advance(word.text, self._pen.size) for word in words) + spaces * self._gap
