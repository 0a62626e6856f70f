"""Notes as Markdown in which nothing that was handwritten takes effect as markup, link, tag or mention."""

from __future__ import annotations

from collections.abc import Callable

from notesyncd.domain.note import Block, Note

Embed = Callable[[str], str]
"""Gives the markup that shows the attachment of this name."""


def escape_markdown(text: str) -> str:
    """Return ``text`` so that CommonMark, GFM and Obsidian show exactly these characters."""
    raise NotImplementedError


def block_markdown(block: Block, *, embed: Embed) -> str:
    """Return one block as Markdown without a newline at its end."""
    raise NotImplementedError


def note_markdown(note: Note, *, embed: Embed) -> str:
    """Return all blocks of a note as Markdown; list items and tasks stand close, other blocks apart."""
    raise NotImplementedError
