"""Answers to our own prompt for verbatim transcription.

All is literal but what the prompt asks for: " | " between the cells of a table's rows, and LaTeX between dollar signs.
Boxes to tick stay as they are written, ``[ ]``: what makes notes of lines knows them, and how tasks go on.
"""

from __future__ import annotations

import re

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.formulas import formula_at
from notesyncd.read.parsers.layout import Layout
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

_DISPLAY = re.compile(
    r"^[ \t]*\$\$[ \t\r]*\n(?P<latex>(?:(?![ \t]*\$\$)[^\n]*\n){1,50})[ \t]*\$\$[ \t\r]*$",
    re.MULTILINE,
)
_PIPE = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
_ANY_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
"""What stands below the head of a table, where a model falls into Markdown."""

_DELIMITER = re.compile(r"\$|\\[(\[]")


def parse(answer: str, picture: Picture) -> ParsedAnswer:  # noqa: ARG001 - no boxes are asked for
    """Keep the lines as they are written, with tables and formulas; blank lines part regions."""
    source = unfenced(Traced.whole(answer))
    layout = Layout()
    begin = 0
    for formula in _DISPLAY.finditer(source.text):
        _lay_out(source.part(begin, formula.start()), layout)
        layout.formula(source.part(*formula.span("latex")))
        begin = formula.end()
    _lay_out(source.part(begin), layout)
    return ParsedAnswer(regions=layout.finish())


def _lay_out(source: Traced, layout: Layout) -> None:
    """Lay out lines; two or more that follow one another with pipes in them are a table."""
    rows: list[tuple[Traced, list[Traced]]] = []
    for line in source.lines():
        cells = _cells(line.stripped())
        if len(cells) > 1:
            rows.append((line, cells))
            continue
        _rows(rows, layout)
        rows = []
        if line.is_blank():
            layout.block()
        else:
            _text(line, layout)
            layout.line()
    _rows(rows, layout)


def _cells(line: Traced) -> list[Traced]:
    """Return the cells of a row: pipes part them that stand free, or any where they stand at both ends as well."""
    if re.fullmatch(r"\|.+\|", line.text):
        return [cell.stripped() for cell in line.cut(_ANY_PIPE)][1:-1] or [line]
    return [cell.stripped() for cell in line.cut(_PIPE)]


def _rows(rows: list[tuple[Traced, list[Traced]]], layout: Layout) -> None:
    if len(rows) == 1:
        _text(rows[0][0], layout)
        layout.line()
        return
    if not rows:
        return
    layout.open_table()
    for line, cells in rows:
        if not _RULE.fullmatch(line.text.strip()):
            layout.row()
            for cell in cells:
                layout.cell()
                _text(cell, layout)
    layout.close_table()


def _text(text: Traced, layout: Layout) -> None:
    begin = 0
    for delimiter in _DELIMITER.finditer(text.text):
        formula = formula_at(text.text, delimiter.start()) if delimiter.start() >= begin else None
        if formula is not None:
            layout.write(text.part(begin, delimiter.start()))
            layout.write(text.part(formula.begin, formula.end).stripped(), formula=True)
            begin = formula.stop
    layout.write(text.part(begin))
