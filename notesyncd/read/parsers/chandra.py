"""Answers of Chandra: HTML in blocks, each with a box and a label.

``<div data-bbox="x0 y0 x1 y1" data-label="Text">…</div>``; the four numbers may stand in brackets, with commas.
"""

from __future__ import annotations

from notesyncd.read.answer_parts import ParsedAnswer, Parser
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.html import NO_HTML, has_tags
from notesyncd.read.parsers.html_page import HtmlPage
from notesyncd.read.parsers.html_tags import Tag, pieces
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.places import Placing, numbers, relative, unplaced
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

_STYLES = {
    "equation-block": Style(kind="math"),
    "section-header": Style(kind="heading", level=2),
}
"""Of the labels in the model's own prompt, those that say what the text is where no tag says it."""

_DRAWINGS = frozenset({"image", "figure"})


def parser(scale: float) -> Parser:
    """Return the parser for edges of 0 to ``scale``: 1024 for the first Chandra, 1000 for the newer ones."""
    place = relative(scale)

    def parse(answer: str, picture: Picture) -> ParsedAnswer:
        source = unfenced(Traced.whole(answer))
        if not has_tags(source):
            return as_plain(answer, *([NO_HTML] if answer.strip() else []))
        return _Blocks(picture, place).read(source)

    return parse


class _Blocks:
    """Reads the blocks of one answer."""

    def __init__(self, picture: Picture, place: Placing) -> None:
        self._picture = picture
        self._place = place
        self._layout = Layout()
        self._page = HtmlPage(self._layout)
        self._unplaced = 0
        self._is_drawn = False

    def read(self, source: Traced) -> ParsedAnswer:
        depth = 0  # of <div> in the block that is open
        for piece in pieces(source):
            if isinstance(piece, Traced):
                self._page.between_tags(piece)
            elif piece.name == "div" and "data-bbox" in piece.attributes:
                self._begin(piece)
                depth = 1
            elif piece.name == "img" and self._is_drawn:
                continue
            else:
                depth += 0 if piece.name != "div" else -1 if piece.is_closing else 1
                self._page.tag(piece)
                if piece.name == "div" and piece.is_closing and depth == 0:
                    self._end()
        self._page.finish()
        return ParsedAnswer(regions=self._layout.finish(), warnings=unplaced(self._unplaced))

    def _begin(self, tag: Tag) -> None:
        self._end()
        box = self._place(self._picture, tuple(numbers(tag.value("data-bbox") or "")))
        self._unplaced += box is None
        label = (tag.value("data-label") or "").strip().lower()
        self._layout.place(box)
        self._page.styled(_STYLES.get(label, Style()))
        self._is_drawn = label in _DRAWINGS
        if self._is_drawn:
            self._layout.drawing()

    def _end(self) -> None:
        self._page.finish()
        self._layout.close_tables()
        self._layout.place(None)
        self._page.styled(Style())
        self._is_drawn = False
