"""Lays out what an answer says, bit by bit and in its order, as regions of lines of words."""

from __future__ import annotations

from dataclasses import dataclass

from notesyncd.api import BoundingBox, RegionKind
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion
from notesyncd.read.parsers.tables import Table
from notesyncd.read.parsers.traced import Traced

CHECKBOXES = {"☐": False, "☑": True, "☒": True}
"""Characters that models write for a box on the page, and whether it is ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a region is; as ``AnswerRegion`` has it."""

    kind: RegionKind = "text"
    level: int | None = None
    checked: bool | None = None


_PLAIN = Style()


class Layout:
    """Takes text, line breaks, blocks, tables and drawings in the order of the answer.

    Inside a table, blocks and lines only part words, and a table in a cell is part of that cell.
    """

    def __init__(self) -> None:
        self._regions: list[AnswerRegion] = []
        self._style = _PLAIN
        self._box: BoundingBox | None = None
        self._lines: list[AnswerLine] = []
        self._are_formulas = False
        self._pieces: list[tuple[Traced, bool]] = []
        self._table: Table | None = None
        self._depth = 0
        self._drawn = 0

    # ------------------------------------------------------------------------------------------------------- blocks

    def block(self, style: Style = _PLAIN) -> None:
        """Begin a region; one that stays empty is none."""
        if self._table is not None:
            self._part()
            return
        self._end_region()
        self._style = style

    def place(self, box: BoundingBox | None) -> None:
        """Say where the regions stand that begin from now on."""
        self.block()
        self._box = box

    def drawing(self) -> None:
        """Put a drawing here; what follows goes on as what it was. One in a table follows the table."""
        if self._table is not None:
            self._drawn += 1
            return
        self._end_region()
        self._regions.append(AnswerRegion(kind="drawing", box=self._box))

    def checkbox(self, origin: Traced, *, checked: bool) -> None:
        """Put a checkbox here, which ``origin`` stands for: a task begins, or it is a word where none can begin."""
        if self._table is None and self._begins_line() and self._style.kind in ("text", "list"):
            self.block(Style(kind="list", checked=checked))
            return
        self.write(origin.read_as("☑" if checked else "☐"))
        self._part()

    # --------------------------------------------------------------------------------------------------------- text

    def write(self, text: Traced, *, formula: bool = False) -> None:
        """Add text to the line that is open."""
        if self._table is not None:
            self._table.write(text)
        else:
            self._pieces.append((text, formula))

    def line(self) -> None:
        """End the line."""
        if self._table is not None:
            self._part()
        else:
            self._end_line()

    def formula(self, latex: Traced) -> None:
        """Add a formula on lines of its own."""
        self.line()
        for line in latex.lines():
            self.write(line, formula=True)
            self.line()

    # ------------------------------------------------------------------------------------------------------- tables

    @property
    def in_table(self) -> bool:
        """Tell whether a table is open."""
        return self._table is not None

    def open_table(self) -> None:
        """Begin a table."""
        self._depth += 1
        if self._depth > 1:
            self._part()
            return
        self._end_region()
        self._table = Table()

    def row(self) -> None:
        """Begin a row of the table."""
        if self._depth == 1 and self._table is not None:
            self._table.row()
        else:
            self._part()

    def cell(self, *, across: int = 1, down: int = 1) -> None:
        """Begin a cell of the row."""
        if self._depth == 1 and self._table is not None:
            self._table.cell(across=across, down=down)
        else:
            self._part()

    def end_cell(self) -> None:
        """End the cell."""
        if self._depth == 1 and self._table is not None:
            self._table.end_cell()
        else:
            self._part()

    def close_table(self) -> None:
        """End the table."""
        if self._depth:
            self._depth -= 1
        if self._depth or self._table is None:
            self._part()
            return
        table, self._table = self._table.region(self._box), None
        if table is not None:
            self._regions.append(table)
        for _ in range(self._drawn):
            self.drawing()
        self._drawn = 0

    def close_tables(self) -> None:
        """End the table and those in its cells."""
        while self._depth:
            self.close_table()

    # ---------------------------------------------------------------------------------------------------------- end

    def finish(self) -> tuple[AnswerRegion, ...]:
        """End all that is open and return the regions."""
        self.close_tables()
        self._end_region()
        return tuple(self._regions)

    def _part(self) -> None:
        """Part the words before from those after."""
        self.write(_SPACE)

    def _begins_line(self) -> bool:
        return all(text.is_blank() for text, _ in self._pieces)

    def _end_line(self) -> None:
        pieces, self._pieces = self._pieces, []
        text = Traced.joined(text for text, _ in pieces).stripped()
        if not text.text:
            return
        checked = CHECKBOXES.get(text.text[0])
        if checked is not None and self._style.kind in ("text", "list") and not text.part(1).is_blank():
            self._end_region()
            self._style = Style(kind="list", checked=checked)
            text = text.part(1)
        is_loose = self._style.kind in ("text", "list") and self._style.checked is None
        are_formulas = is_loose and all(is_one or text.is_blank() for text, is_one in pieces)
        if are_formulas is not self._are_formulas:
            self._end_region()
            self._are_formulas = are_formulas
        self._lines.append(AnswerLine(words=text.words()))

    def _end_region(self) -> None:
        if self._pieces:
            self._end_line()
        lines, self._lines = tuple(self._lines), []
        if not lines:
            return
        kind: RegionKind = "math" if self._are_formulas else self._style.kind
        self._regions.append(
            AnswerRegion(kind=kind, lines=lines, level=self._style.level, checked=self._style.checked, box=self._box)
        )


_SPACE = Traced(text=" ", begins=(0,), ends=(0,))
