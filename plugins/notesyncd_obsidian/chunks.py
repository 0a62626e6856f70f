"""Markdown cut into the pieces that are merged one by one: paragraphs, list items, tables, fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

_FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,})")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of Markdown.

    Attributes:
        text: its lines, without the newline at the end.
        blank: how many blank lines follow it.
        key: name of the block it belongs to, where that is known.
    """

    text: str
    blank: int = 1
    key: str | None = None

    @property
    def in_list(self) -> bool:
        """Whether it begins with a list item, so that it may stand close to another one."""
        return _LIST_ITEM.match(self.text) is not None


def split(text: str) -> list[Chunk]:
    """Cut Markdown into chunks; ``join`` of them is ``text`` without the newlines around it.

    Blank lines, list items and headings divide; inside fenced code and display formulas nothing does.
    """
    lines = text.strip("\n").split("\n")
    chunks: list[Chunk] = []
    current: list[str] = []

    def finish() -> None:
        if current:
            chunks.append(Chunk(text="\n".join(current), blank=0))
            current.clear()

    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            finish()
            # A line of blanks only, before the first chunk, can't follow anything.
            if chunks:
                chunks[-1] = replace(chunks[-1], blank=chunks[-1].blank + 1)
            at += 1
            continue
        end = _end_of_fenced(lines, at)
        if end is not None:
            if not current or not _LIST_ITEM.match(current[0]):
                finish()
            current += lines[at:end]
            finish()
            at = end
            continue
        if _LIST_ITEM.match(line) or _HEADING.match(line):
            finish()
        current.append(line)
        if _HEADING.match(line):
            finish()
        at += 1
    finish()
    return chunks


def join(chunks: Sequence[Chunk]) -> str:
    """Return the Markdown of chunks that follow each other."""
    return "".join(chunk.text + "\n" * (chunk.blank + 1) for chunk in chunks).rstrip("\n")


def spaced(texts: Iterable[str]) -> list[Chunk]:
    """Give chunks the blank lines that Markdown needs between them: list items stand close, all else apart."""
    chunks = [Chunk(text=text) for text in texts]
    following = [*chunks[1:], Chunk(text="")]
    return [replace(one, blank=natural_gap(one, other)) for one, other in zip(chunks, following, strict=False)]


def natural_gap(chunk: Chunk, following: Chunk) -> int:
    """How many blank lines stand between two chunks of ours."""
    return 0 if chunk.in_list and following.in_list else 1


def quote(text: str) -> str:
    """Put each line into a quotation."""
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def unquote(text: str) -> str | None:
    """Undo ``quote``; None if some line isn't quoted."""
    lines = text.split("\n")
    if not all(line == ">" or line.startswith("> ") for line in lines):
        return None
    return "\n".join(line[2:] for line in lines)


def _end_of_fenced(lines: list[str], at: int) -> int | None:
    """Where what is fenced from line ``at`` ends; None if nothing is, or if it is never closed."""
    closes: Callable[[str], bool]
    if match := _FENCE.match(lines[at]):
        fence = match["fence"]
        if fence[0] == "`" and "`" in lines[at][match.end() :]:
            return None

        def closes(line: str) -> bool:
            bare = line.strip()
            return len(bare) >= len(fence) and not bare.strip(fence[0])
    elif lines[at].strip() == "$$":

        def closes(line: str) -> bool:
            return line.strip().endswith("$$")
    else:
        return None
    return next((end + 1 for end in range(at + 1, len(lines)) if closes(lines[end])), None)
