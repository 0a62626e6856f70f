"""Notes as plain text, for terminals, search and messages without markup."""

from __future__ import annotations

from notesyncd.domain.note import Block, Note
from notesyncd.render.text import clean_lines


def note_plain(note: Note) -> str:
    """Return the text of all blocks, without title and images; list items stand close, other blocks apart.

    Control characters are replaced, so that it is safe to print on a terminal.
    """
    document = ""
    previous: Block | None = None
    for block in note.blocks:
        text = _block(block)
        if not text:
            continue
        if previous is not None:
            document += "\n" if _in_list(previous) and _in_list(block) else "\n\n"
        document += text
        previous = block
    return document


def _in_list(block: Block) -> bool:
    return block.kind in ("list_item", "task")


def _block(block: Block) -> str:
    if block.kind == "table":
        rows = ([" ".join(clean_lines("".join(span.text for span in cell))) for cell in row] for row in block.rows)
        return "\n".join("\t".join(row).rstrip() for row in rows)
    lines = clean_lines(block.text)
    if not _in_list(block):
        return "\n".join(lines)
    first, *others = lines or [""]
    indent = "  " * max(block.level, 0)
    return "\n".join([f"{indent}{_marker(block)}{first}".rstrip(), *(f"{indent}  {line}" for line in others)])


def _marker(block: Block) -> str:
    if block.kind == "task":
        return "[x] " if block.checked else "[ ] "
    return "- " if block.ordinal is None else f"{block.ordinal}. "
