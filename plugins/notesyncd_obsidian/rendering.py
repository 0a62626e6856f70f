"""A note as the Markdown of its region, and the pieces of it that are merged."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from notesyncd.api import Note, block_markdown, escape_markdown, note_markdown
from notesyncd_obsidian.chunks import Chunk, split
from notesyncd_obsidian.frontmatter import obsidian_tags, one_line

_NOT_UTF8 = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What we write of a note: the text, and its chunks with the names of the blocks they come from."""

    text: str
    chunks: tuple[Chunk, ...]


def render(note: Note, embed: Callable[[str], str], *, section: bool) -> Rendering:
    """Render a note.

    Args:
        embed: gives the link that shows the attachment of this name.
        section: the note shares its file with others, so that its title and tags stand in the text.
    """
    if section:
        note = _below_heading(note)
    parts = [_clean(note_markdown(note, embed=embed))]
    keys = [
        (chunk.text, f"{block.id}/{number}")
        for block in note.blocks
        for number, chunk in enumerate(split(_clean(block_markdown(block, embed=embed))))
    ]
    if section:
        heading, tags = _clean(f"## {escape_markdown(one_line(note.title))}"), obsidian_tags(note.tags)
        tag_line = " ".join(f"#{tag}" for tag in tags)
        parts = [heading, *parts, tag_line]
        keys = [(heading, "title"), *keys, (tag_line, "tags")]
    text = "\n\n".join(part for part in parts if part)
    names: defaultdict[str, deque[str]] = defaultdict(deque)
    for chunk_text, key in keys:
        names[chunk_text].append(key)
    chunks = (
        Chunk(text=chunk.text, blank=chunk.blank, key=names[chunk.text].popleft() if names[chunk.text] else None)
        for chunk in split(text)
    )
    return Rendering(text=text, chunks=tuple(chunks))


def _below_heading(note: Note) -> Note:
    """Fit the note's headings below the one of its section, and leave out a first one that says the same."""
    blocks = note.blocks
    if blocks and blocks[0].kind == "heading" and blocks[0].text == note.title:
        blocks = blocks[1:]
    lowered = (
        replace(block, level=min(max(block.level, 1) + 2, 6)) if block.kind == "heading" else block for block in blocks
    )
    return replace(note, blocks=tuple(lowered))


def _clean(text: str) -> str:
    return _NOT_UTF8.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
