"""Answers in HTML without boxes."""

from __future__ import annotations

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.html_page import HtmlPage
from notesyncd.read.parsers.html_tags import Tag, pieces
from notesyncd.read.parsers.layout import Layout
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

NO_HTML = "the answer is not HTML; it was taken as plain text"


def parse(answer: str, picture: Picture) -> ParsedAnswer:  # noqa: ARG001 - no boxes
    """Read HTML; what has no tag at all is plain text."""
    source = unfenced(Traced.whole(answer))
    if not has_tags(source):
        return as_plain(answer, *([NO_HTML] if answer.strip() else []))
    layout = Layout()
    page = HtmlPage(layout)
    page.feed(source)
    page.finish()
    return ParsedAnswer(regions=layout.finish())


def has_tags(source: Traced) -> bool:
    """Tell whether there is any tag."""
    return any(isinstance(piece, Tag) for piece in pieces(source))
