"""A table in the making: rows of cells, some of which reach over several columns or rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from notesyncd.api import BoundingBox
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion
from notesyncd.read.parsers.traced import Traced

_WIDEST_SPAN = 100
"""No cell of a page reaches further: a model that counts on and on must not fill the memory."""

_MOST_PADDED = 100_000
"""Cells of a table up to which short rows are filled up to the longest."""


@dataclass(slots=True, kw_only=True)
class _Cell:
    pieces: list[Traced] = field(default_factory=list)
    text: Traced | None = None
    across: int = 1
    down: int = 1

    def content(self) -> Traced:
        if self.text is None:
            self.text = Traced.joined(self.pieces)
        return self.text


class Table:
    """Takes the cells of a table in their order."""

    def __init__(self) -> None:
        self._rows: list[list[_Cell]] = []
        self._open: _Cell | None = None

    def row(self) -> None:
        """Begin a row."""
        self._rows.append([])
        self._open = None

    def cell(self, *, across: int = 1, down: int = 1) -> None:
        """Begin a cell that reaches over so many columns and rows."""
        if not self._rows:
            self.row()
        self._open = _Cell(across=min(max(across, 1), _WIDEST_SPAN), down=min(max(down, 1), _WIDEST_SPAN))
        self._rows[-1].append(self._open)

    def end_cell(self) -> None:
        """End the cell; what is written before the next one begins has a cell of its own."""
        self._open = None

    def write(self, text: Traced) -> None:
        """Add text to the cell that is open."""
        if self._open is None:
            if text.is_blank():
                return
            self.cell()
            self.write(text)
            return
        self._open.pieces.append(text)

    def region(self, box: BoundingBox | None) -> AnswerRegion | None:
        """Return the table, each of its rows with words as one line; None where there is no word in it.

        The text of a cell that reaches over several stands in the first of them; the others are empty.
        """
        words = (tuple(word for cell in row for word in cell.content().words()) for row in self._rows)
        lines = tuple(AnswerLine(words=row) for row in words if row)
        return AnswerRegion(kind="table", lines=lines, cells=self._cells(), box=box) if lines else None

    def _cells(self) -> tuple[tuple[str, ...], ...]:
        grid: list[list[str]] = []
        covered: dict[int, int] = {}  # columns into which a cell of a row above reaches: so many rows more
        for row in self._rows:
            texts: list[str] = []
            reaching: dict[int, int] = {}
            for cell in row:
                while covered.get(len(texts), 0):
                    texts.append("")
                if cell.down > 1:
                    reaching |= dict.fromkeys(range(len(texts), len(texts) + cell.across), cell.down)
                texts += [" ".join(cell.content().text.split()), *[""] * (cell.across - 1)]
            while covered.get(len(texts), 0):
                texts.append("")
            covered = {column: rows - 1 for column, rows in (covered | reaching).items() if rows > 1}
            grid.append(texts)
        grid = [texts for texts in grid if texts]
        width = max(map(len, grid), default=0)
        if width * len(grid) <= _MOST_PADDED:
            grid = [[*texts, *[""] * (width - len(texts))] for texts in grid]
        return tuple(map(tuple, grid))
