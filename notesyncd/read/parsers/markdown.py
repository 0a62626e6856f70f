"""Answers in Markdown, with the HTML and LaTeX that models mix into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.token import Token

from notesyncd.read.answer_parts import ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.front_matter import without_front_matter
from notesyncd.read.parsers.html_page import HtmlPage
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.markdown_dialect import DEEPEST, dialect, inline_tokens
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

TOO_DEEP = "the answer's lists and quotes are nested too deeply; it was taken as plain text"
TOO_LONG = "a paragraph of the answer is too long for markup to be looked for; it was taken as it is"

_LONGEST = 20_000
"""Characters of a paragraph: no page has one so long, and markup in it would cost seconds."""

_OTHER_SPACE = re.compile(r"[^\S \t\n]")
_TASK = re.compile(r"\[(?P<mark>[ xX✓✔])\][ \t]+(?=\S)")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])[ \t]+")
_COLUMN = re.compile(r"(?<!\\)\|")
_ESCAPED_COLUMN = re.compile(r"\\\|")


def parse(answer: str, picture: Picture) -> ParsedAnswer:  # noqa: ARG001 - Markdown names no boxes
    """Read Markdown."""
    source, facts = without_front_matter(unfenced(Traced.whole(answer)))
    layout = Layout()
    warnings = lay_out(source, layout)
    return ParsedAnswer(regions=layout.finish(), warnings=(*facts, *warnings))


def lay_out(source: Traced, layout: Layout, *, plain: Style | None = None) -> tuple[str, ...]:
    """Lay out Markdown, its paragraphs in the style ``plain``; returns what was odd about it."""
    if source.is_blank():
        return ()
    reader = _Reader(source, layout, plain=plain or Style())
    reader.read()
    layout.close_tables()
    return tuple(dict.fromkeys(reader.warnings))


@dataclass(slots=True, kw_only=True)
class _Item:
    """A list item that is open; ``number`` is what stands before it on the page, until it is written."""

    number: Traced | None
    is_fresh: bool = True


class _Reader:
    """Lays out the blocks of one text."""

    def __init__(self, source: Traced, layout: Layout, *, plain: Style, is_inner: bool = False) -> None:
        # Line breaks and NUL as markdown-it-py would make them, and only one kind of space; no character may move.
        text = source.text.replace("\r\n", " \n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
        text = _OTHER_SPACE.sub(" ", text)
        self._source = source.respelled(text)
        self._layout = layout
        self._plain = plain
        self._is_inner = is_inner
        self._markdown = dialect()
        self._page = HtmlPage(layout, read=self._inline)
        self._page.styled(plain)
        self._begins = [0, *(found.end() for found in re.finditer("\n", text))]
        self._items: list[_Item] = []
        self._heading: Token | None = None
        self._in_table = False
        self._seen = 0  # up to there the numbers of list items were found
        self.warnings: list[str] = []

    def read(self) -> None:
        tokens = self._markdown.parse(self._source.text)
        if any(token.level >= DEEPEST - 1 for token in tokens):
            self.warnings.append(TOO_DEEP)
            self._literal(self._source)
            return
        for token in tokens:
            self._block(token)
        self._page.finish()

    def _block(self, token: Token) -> None:  # noqa: C901, PLR0912 - one branch a kind of block
        layout = self._layout
        match token.type:
            case "heading_open":
                self._heading = token
            case "heading_close":
                self._heading = None
                layout.block()
            case "inline" if not self._in_table:
                self._text(token)
            case "list_item_open":
                if self._items and self._items[-1].is_fresh:
                    self._begin(Style())
                self._items.append(_Item(number=self._number(token)))
            case "list_item_close":
                if self._items[-1].number is not None:
                    self._begin(Style())
                self._items.pop()
                layout.block()
            case "fence":
                self._begin(Style())
                self._fence(token)
            case "html_block":
                self._begin(Style())
                self._page.feed(self._content(token))
            case "formula_block":
                self._begin(Style())
                self._page.formula(self._source.part(token.meta["begin"], token.meta["end"]), is_display=True)
            case "table_open":
                self._in_table = True
                layout.open_table()
            case "tr_open":
                self._row(token)
            case "table_close":
                self._in_table = False
                layout.close_table()
            case "hr" | "blockquote_open" | "blockquote_close":
                layout.block()

    def _begin(self, style: Style) -> None:
        """Begin a block; the first of a list item is the item, and those after it go on with it."""
        self._page.finish()
        item = self._items[-1] if self._items else None
        if style.kind != "text":
            self._layout.block(style)
        elif item is None:
            self._layout.block(self._plain)
        elif item.is_fresh:
            self._layout.block(Style(kind="list", checked=style.checked))
        else:
            self._layout.line()
        if item is not None:
            item.is_fresh = False
            if item.number is not None:
                self._layout.write(item.number)
                item.number = None

    def _text(self, token: Token) -> None:
        """Take the text of a heading or paragraph."""
        if self._heading is not None:
            self._begin(Style(kind="heading", level=int(self._heading.tag[1])))
            self._inline(self._heading_text(token))
            return
        source = self._content(token)
        task = _TASK.match(source.text) if self._items and self._items[-1].is_fresh else None
        if task is not None:
            self._begin(Style(checked=task["mark"] != " "))
            source = source.part(task.end())
        else:
            self._begin(Style())
        self._inline(source)

    def _number(self, item: Token) -> Traced | None:
        """Return the number that a list item begins with: it stands on the page."""
        if not item.info:
            return None
        number = item.info + item.markup
        begin = self._source.text.find(number, max(self._seen, self._begins[(item.map or [0])[0]]))
        if begin < 0:
            return None
        self._seen = begin + len(number)
        return self._source.part(begin, self._seen + 1)

    def _row(self, token: Token) -> None:
        """Take a row of a table, also the cells for which its head has no column."""
        self._page.finish()
        self._layout.row()
        line = self._line((token.map or [0])[0])
        text = line.text
        begin = len(text) - len(text.lstrip(" \t>"))
        item = _ITEM.match(text, begin) if self._items else None
        begin = item.end() if item is not None else begin
        line = line.part(begin).stripped()
        cells = list(line.cut(_COLUMN))
        if cells[0].is_blank():
            cells = cells[1:]
        if cells and cells[-1].is_blank() and line.text.endswith("|"):
            cells = cells[:-1]
        for cell in cells:
            self._layout.cell()
            self._inline(cell.stripped().replaced(_ESCAPED_COLUMN, lambda _: "|"))

    def _fence(self, token: Token) -> None:
        """Take fenced code: in one that says what it is, this may be the answer itself."""
        first = (token.map or [0, 0])[0] + 1
        count = token.content.removesuffix("\n").count("\n") + 1 if token.content else 0
        begin = self._begins[first] if count else 0
        body = self._source.part(begin, self._begin_of(first + count) if count else 0)
        language = token.info.strip().lower()
        if len(language.split()) > 1:  # then it is none, but text behind a mark
            opening = self._line(first - 1)
            self._literal(opening.part(opening.text.index(token.markup) + len(token.markup)))
        if language in ("markdown", "md") and not self._is_inner:
            inner = _Reader(body, self._layout, plain=self._plain, is_inner=True)
            inner.read()
            self.warnings += inner.warnings
        elif language == "html":
            self._page.feed(body)
        else:
            self._literal(body)

    def _inline(self, source: Traced) -> None:
        """Take text with emphasis, links, formulas and tags in it; each of its line breaks is one of the page."""
        if len(source.text) > _LONGEST:
            self.warnings.append(TOO_LONG)
            self._literal(source)
            return
        for token in inline_tokens(self._markdown, source):
            begin, end = token.meta.get("begin", 0), token.meta.get("end", 0)
            match token.type:
                case "text" if token.content:
                    self._page.text(source.part(begin, end))
                case "code_inline":
                    self._page.text(source.part(begin, end))
                case "text_special":
                    self._page.text(source.part(begin, end).read_as(token.content))
                case "softbreak" | "hardbreak":
                    self._layout.line()
                case "image":
                    self._layout.drawing()
                case "formula":
                    self._page.formula(source.part(begin, end), is_display=token.meta["is_display"])
                case "html_inline":
                    self._page.tag(token.meta["tag"])

    def _literal(self, source: Traced) -> None:
        for line in source.lines():
            if line.is_blank():
                self._layout.block()
            else:
                self._layout.write(line)
                self._layout.line()

    def _begin_of(self, line: int) -> int:
        return self._begins[line] if line < len(self._begins) else len(self._source.text)

    def _line(self, number: int) -> Traced:
        begin, end = self._begins[number], self._begin_of(number + 1)
        return self._source.part(begin, end - self._source.text.endswith("\n", begin, end))

    def _content(self, token: Token) -> Traced:
        """Return a block's text where it stands: the end of each of its lines, after indents and quote marks."""
        lines = [self._line(number).stripped() for number in range(*(token.map or (0, 0)))]
        contents = token.content.removesuffix("\n").split("\n")
        parts: list[Traced] = []
        for line, content in zip(lines, contents, strict=True):
            parts += (line.part(len(line.text) - len(content.strip())), _LINE_BREAK)
        return Traced.joined(parts[:-1])

    def _heading_text(self, token: Token) -> Traced:
        line = self._line((token.map or [0])[0])
        marks = self._heading.markup if self._heading is not None else ""
        for found in re.finditer(rf"{marks}[ \t]*", line.text):
            if line.text.startswith(token.content, found.end()):
                return line.part(found.end(), found.end() + len(token.content))
        return line


_LINE_BREAK = Traced(text="\n", begins=(0,), ends=(0,))
