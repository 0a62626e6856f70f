"""Lays out HTML, whole answers as well as the bits of it that stand in Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

from notesyncd.read.parsers.html_tags import Tag, pieces, unescaped
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.traced import Traced

_BLOCKS = frozenset(
    """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hr
    html legend main nav p page_number pre section signature summary textarea watermark
    """.split()  # noqa: SIM905 - words are easier to read so
)
_LISTS = frozenset({"ol", "ul"})
_CELLS = frozenset({"td", "th"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TICKABLE = frozenset({"checkbox", "radio"})

_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SHIFTED = re.compile(r"[0-9+\-=()]+|n")
"""What is raised or lowered by its own characters: without, ten to the second would read 102."""


class HtmlPage:
    """Lays out tags and text as they come; what is open stays open from one call to the next."""

    def __init__(self, layout: Layout, *, read: Callable[[Traced], None] | None = None) -> None:
        """Write to ``layout``; what stands between tags is handed to ``read``, for it may hold another markup."""
        self._layout = layout
        self._read = read
        self._default = Style()
        self._lists: list[int | None] = []  # the number of the next item in each that is open, if it counts
        self._in_item = False
        self._is_fresh = False
        self._formula: list[Traced] | None = None
        self._is_display = False
        self._shift: dict[int, int] | None = None
        self._preformatted = 0

    def feed(self, source: Traced) -> None:
        """Lay out HTML."""
        for piece in pieces(source):
            if isinstance(piece, Tag):
                self.tag(piece)
            else:
                self.between_tags(piece)

    def styled(self, style: Style) -> None:
        """Begin blocks of this style, unless their tags say otherwise, from here on."""
        self._default = style
        self._lists.clear()
        self._in_item = self._is_fresh = False
        self._layout.block(style)

    def between_tags(self, source: Traced) -> None:
        """Take what stands between tags, still escaped."""
        if self._read is None or self._formula is not None or self._preformatted or source.is_blank():
            self.text(unescaped(source))
            return
        # Line breaks beside a tag only lay out the HTML.
        begin = len(source.text) - len(source.text.lstrip())
        end = len(source.text.rstrip())
        self.text(source.part(0, begin))
        self._read(source.part(begin, end))
        self.text(source.part(end))

    def text(self, text: Traced) -> None:
        """Take plain text."""
        if self._formula is not None:
            self._formula.append(text)
            return
        if not text.is_blank():
            self._is_fresh = False
        if self._preformatted:
            for line in text.lines():
                self._layout.write(line)
                self._layout.line()
        elif self._shift is not None and _SHIFTED.fullmatch(text.text):
            self._layout.write(text.respelled(text.text.translate(self._shift)))
        else:
            self._layout.write(text)

    def formula(self, latex: Traced, *, is_display: bool) -> None:
        """Take a formula, without its delimiters."""
        self._is_fresh = False
        latex = latex.stripped()
        if self._formula is not None:
            self._formula.append(latex)
        elif is_display:
            self._layout.formula(latex)
        else:
            self._layout.write(latex, formula=True)

    def tag(self, tag: Tag) -> None:  # noqa: C901 - one branch a kind of tag
        """Take a tag."""
        name, closes = tag.name, tag.is_closing
        if name == "math":
            self._math(tag)
        elif self._formula is not None:
            return
        elif name in _HEADINGS:
            self._layout.block(self._default if closes else Style(kind="heading", level=_HEADINGS[name]))
        elif name in _LISTS:
            self._list(tag)
        elif name == "li":
            self._item(tag)
        elif name in _BLOCKS:
            self._block(tag)
        elif name == "br":
            self._layout.line()
        elif name == "img" and not closes:
            self._layout.drawing()
        elif name == "input":
            self._input(tag)
        elif name in ("sup", "sub"):
            self._shift = None if closes else _RAISED if name == "sup" else _LOWERED
        elif name == "option":
            self._layout.line()
        else:
            self._table(tag)

    def finish(self) -> None:
        """Write the formula that was left open."""
        self._end_formula()

    def _block(self, tag: Tag) -> None:
        if tag.name == "pre":
            self._preformatted = max(0, self._preformatted + (-1 if tag.is_closing else 1))
        if not self._in_item:
            self._layout.block(self._default)
        elif not self._is_fresh:
            self._layout.line()

    def _list(self, tag: Tag) -> None:
        self._layout.block(self._default)
        self._in_item = False
        if not tag.is_closing:
            self._lists.append(tag.number("start", 1) if tag.name == "ol" else None)
        elif self._lists:
            self._lists.pop()

    def _item(self, tag: Tag) -> None:
        self._in_item = self._is_fresh = not tag.is_closing
        if tag.is_closing:
            self._layout.block(self._default)
            return
        self._layout.block(Style(kind="list"))
        following = self._lists[-1] if self._lists else None
        if following is not None:
            number = tag.number("value", following)
            self._lists[-1] = number + 1
            # The number stands on the page, too; only the model left it to the tag.
            self._layout.write(tag.source.read_as(f"{number}. "))

    def _input(self, tag: Tag) -> None:
        if (tag.value("type") or "text").lower() in _TICKABLE:
            self._is_fresh = False
            self._layout.checkbox(tag.source, checked="checked" in tag.attributes)
        elif (value := tag.attributes.get("value")) is not None:
            self._is_fresh = False
            self._layout.write(unescaped(value))

    def _table(self, tag: Tag) -> None:
        layout = self._layout
        if tag.name == "table":
            layout.close_table() if tag.is_closing else layout.open_table()
        elif tag.name == "tr" and not tag.is_closing and layout.in_table:
            layout.row()
        elif tag.name in _CELLS and layout.in_table:
            if tag.is_closing:
                layout.end_cell()
            else:
                layout.cell(across=tag.number("colspan", 1), down=tag.number("rowspan", 1))
        elif tag.name in ("caption", *_CELLS, "tr"):
            layout.line()

    def _math(self, tag: Tag) -> None:
        self._end_formula()
        if not tag.is_closing:
            self._formula = []
            self._is_display = (tag.value("display") or "").lower() == "block"

    def _end_formula(self) -> None:
        if self._formula is not None:
            latex, self._formula = Traced.joined(self._formula), None
            self.formula(latex, is_display=self._is_display)
