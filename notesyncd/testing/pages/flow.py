"""The notation of a page's text: headings, tasks, tables and plain lines, one item each."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Literal

from notesyncd.api import is_cjk

LineKind = Literal["text", "heading", "task", "table"]

_TASK = re.compile(r"\[( |x|X)\] +(.+)")
_INDENT = 4  # blanks that make one level
_NEVER_FIRST = frozenset("、。，．・：；！？）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the notation, or a whole table.

    Attributes:
        text: what is written; empty for a blank line and a table.
        indent: level, 0 at the margin.
        checked: whether a task's box is ticked.
        rows: a table's cells.
    """

    kind: LineKind = "text"
    text: str = ""
    indent: int = 0
    checked: bool = False
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word to write; ``glued`` where no space stands before it (Japanese, and where scripts meet)."""

    text: str
    glued: bool


def parse(text: str) -> Iterator[Item]:
    """Read a page's text line by line.

    ``# Plan`` is a heading, ``[ ] milk`` and ``[x] milk`` are tasks, neighbouring lines ``| a | b |`` are a table; four
    blanks in front make a level. All else is written as it stands.
    """
    for tabular, group in groupby(text.splitlines(), lambda line: line.strip().startswith("|")):
        if tabular:
            yield Item(kind="table", rows=tuple(_cells(line) for line in group))
        else:
            yield from (_item(line) for line in group)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _item(line: str) -> Item:
    text = line.strip()
    indent = (len(line) - len(line.lstrip())) // _INDENT
    if text.startswith("# "):
        return Item(kind="heading", text=text[2:].strip(), indent=indent)
    if task := _TASK.fullmatch(text):
        return Item(kind="task", text=task[2], indent=indent, checked=task[1] != " ")
    return Item(text=text, indent=indent)


def tokens(text: str) -> Iterator[Token]:
    """Split at white space and, inside, where letters of a script without spaces meet others."""
    for chunk in text.split():
        word, glued = chunk[0], False
        for before, character in pairwise(chunk):
            if before.isalnum() and character.isalnum() and is_cjk(before) != is_cjk(character):
                yield Token(text=word, glued=glued)
                word, glued = "", True
            word += character
        yield Token(text=word, glued=glued)


def break_lines(
    words: Iterable[Token], *, advance: Callable[[str], float], gap: float, width: float
) -> Iterator[tuple[Token, ...]]:
    """Break words into physical lines of at most ``width`` pixels; Japanese is torn between characters (kinsoku kept).

    Args:
        words: the words of one paragraph.
        advance: width of a text in pixels.
        gap: width of a space in pixels.
        width: of a line in pixels.

    Raises:
        ValueError: if a word is wider than a line.
    """
    line, used, pending = list[Token](), 0.0, deque(words)
    while pending:
        token = pending.popleft()
        start = used + (gap if line and not token.glued else 0)
        if start + advance(token.text) <= width:
            line.append(token)
            used = start + advance(token.text)
            continue
        head = _head(token.text, width - start, advance)
        if head:
            line.append(replace(token, text=head))
        elif not line:
            raise ValueError(f"{token.text!r} is wider than a line of {width:.0f} pixels")
        yield tuple(line)
        line, used = [], 0.0
        pending.appendleft(replace(token, text=token.text[len(head) :]))
    if line:
        yield tuple(line)


def _head(text: str, room: float, advance: Callable[[str], float]) -> str:
    """Return the longest beginning of a Japanese text that fits and leaves nothing behind that never begins a line."""
    if not is_cjk(text[0]):
        return ""
    fits = (
        length
        for length in range(len(text) - 1, 0, -1)
        if text[length] not in _NEVER_FIRST and advance(text[:length]) <= room
    )
    return text[: next(fits, 0)]
