r"""Answers of GOT-OCR 2.0: plain text or, asked for the format as well, Markdown with LaTeX's headings and tables.

``\title{…}``, ``\section*{…}``, ``\begin{tabular}{|l|l|} … & … \\ \hline … \end{tabular}``; formulas as in Markdown.
"""

from __future__ import annotations

import re

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.formulas import undelimited
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.markdown import lay_out
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

_GROUP = r"\{(?:[^{}]|\{[^{}]*\})*+\}"
_MARKUP = re.compile(
    r"\\(?P<heading>title|section|subsection|subsubsection)\*?\{(?P<text>[^{}\n]*)\}"
    rf"|\\begin\{{tabular\}}(?:{_GROUP})?(?P<rows>.*?)(?:\\end\{{tabular\}}|\Z)"
    r"|\\(?:begin|end)\{(?:abstract|center|document|table)\}",
    re.DOTALL,
)
_LEVELS = {"title": 1, "section": 2, "subsection": 3, "subsubsection": 4}

_ROW_END = re.compile(r"\\\\")
_CELL_END = re.compile(r"(?<!\\)&")
_RULE = re.compile(r"\\hline|\\cline\{[^{}]*\}|\\(?:top|mid|bottom)rule")
_SPAN = re.compile(
    r"\s*\\multi(?:column\{(?P<columns>[0-9]{1,3})\}|row\{[0-9]{1,3}\})"
    rf"\s*{_GROUP}\s*\{{(?P<text>(?:[^{{}}]|{_GROUP})*+)\}}\s*"
)
_ESCAPE = re.compile(r"\\(?P<mark>[&%$#_{}])")


def parse(answer: str, picture: Picture) -> ParsedAnswer:  # noqa: ARG001 - GOT names no boxes
    """Read Markdown with LaTeX in it."""
    source = unfenced(Traced.whole(answer))
    layout = Layout()
    warnings: list[str] = []
    begin = 0
    for markup in _MARKUP.finditer(source.text):
        warnings += lay_out(source.part(begin, markup.start()), layout)
        if markup["heading"]:
            layout.block(Style(kind="heading", level=_LEVELS[markup["heading"]]))
            layout.write(source.part(*markup.span("text")))
        elif markup["rows"] is not None:
            _table(source.part(*markup.span("rows")), layout)
        layout.block()
        begin = markup.end()
    warnings += lay_out(source.part(begin), layout)
    return ParsedAnswer(regions=layout.finish(), warnings=tuple(dict.fromkeys(warnings)))


def _table(rows: Traced, layout: Layout) -> None:
    """Lay out a table; below a cell of several rows LaTeX has empty cells, so that only columns are counted."""
    layout.open_table()
    for row in rows.cut(_ROW_END):
        text = Traced.joined(row.cut(_RULE))
        if text.is_blank():
            continue
        layout.row()
        for cell in text.cut(_CELL_END):
            span = _SPAN.fullmatch(cell.text)
            layout.cell(across=int(span["columns"] or 1) if span else 1)
            content = undelimited(cell.part(*span.span("text")) if span else cell)
            layout.write(content.replaced(_ESCAPE, lambda escape: escape["mark"]))
    layout.close_table()
