"""Notes as Markdown in which nothing that was handwritten takes effect as markup, link, tag or mention."""

from __future__ import annotations

import re
from collections.abc import Callable

from notesyncd.domain.note import Block, BlockKind, Note, Span
from notesyncd.render.markdown_escape import escape_inline, escape_line, escape_markdown
from notesyncd.render.text import clean_lines, showable

__all__ = ["Embed", "block_markdown", "escape_markdown", "note_markdown"]

Embed = Callable[[str], str]
"""Gives the markup that shows the attachment of this name."""

# Other names could be run by a plugin of the vault (``dataviewjs``) or fetched from somewhere (``query``, ``mermaid``).
_CODE_LANGUAGES = {
    "bash",
    "c",
    "cpp",
    "css",
    "html",
    "java",
    "javascript",
    "json",
    "python",
    "rust",
    "sql",
    "toml",
    "yaml",
}

# TeX macros of MathJax that reach beyond the formula: links, HTML, own definitions, extensions.
_REACHING_TEX = re.compile(
    r"\\(?:href|url|html\w*|style|class|cssId|data|require|def|gdef|edef|xdef|let|(?:re)?newcommand|providecommand"
    r"|(?:re)?newenvironment|unicode|includegraphics|catcode|csname|begingroup)(?![A-Za-z])"
)


def block_markdown(block: Block, *, embed: Embed) -> str:
    """Return one block as Markdown without a newline at its end; empty where there is nothing to show.

    List items and tasks are indented by one tab a level.
    """
    if block.kind in ("image", "drawing"):
        return embed(block.attachment) if block.attachment is not None else ""
    return _RENDERERS[block.kind](block)


def note_markdown(note: Note, *, embed: Embed) -> str:
    """Return all blocks of a note as Markdown; list items and tasks stand close, other blocks apart.

    The title is no part of it, and no newline stands at the end.
    """
    document = ""
    previous: Block | None = None
    for block in note.blocks:
        text = block_markdown(block, embed=embed)
        if not text:
            continue
        if previous is not None:
            document += "\n" if _stands_close(previous, block) else "\n\n"
        document += text
        previous = block
    return document


def _stands_close(previous: Block, block: Block) -> bool:
    """Tell whether no empty line may stand between two blocks, as between items of a list."""
    if not (_in_list(previous) and _in_list(block)):
        return False
    # A list inside an item that doesn't begin at 1 can't end the item's text (CommonMark 0.31, section 5.3).
    return block.level <= previous.level or block.ordinal in (None, 1)


def _in_list(block: Block) -> bool:
    return block.kind in ("list_item", "task")


def _lines(text: str) -> list[str]:
    return [escape_line(line) for line in clean_lines(text)]


def _heading(block: Block) -> str:
    return f"{'#' * min(max(block.level, 1), 6)} {escape_inline(' '.join(clean_lines(block.text)))}".rstrip(" ")


def _paragraph(block: Block) -> str:
    return escape_markdown(block.text)


def _list_item(block: Block) -> str:
    marker = "- " if block.ordinal is None else f"{block.ordinal}. "
    box = ("[x] " if block.checked else "[ ] ") if block.kind == "task" else ""
    indent = "\t" * max(block.level, 0)
    first, *others = _lines(block.text) or [""]
    lines = [f"{indent}{marker}{box}{first}".rstrip(" ")]
    lines += [f"{indent}{' ' * len(marker)}{line}" for line in others]
    return "\n".join(lines)


def _table(block: Block) -> str:
    width = max((len(row) for row in block.rows), default=0)
    if width == 0:
        return ""
    lines = [_table_row([_cell(cell) for cell in row] + [""] * (width - len(row))) for row in block.rows]
    lines.insert(1, _table_row(["---"] * width))
    return "\n".join(lines)


def _table_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(spans: tuple[Span, ...]) -> str:
    return "<br>".join(escape_inline(line) for line in clean_lines("".join(span.text for span in spans)))


def _equation(block: Block) -> str:
    lines = clean_lines(block.text)
    if not lines:
        return ""
    if _REACHING_TEX.search(block.text):
        return _fenced(block.text, "latex")
    # With each of them escaped, neither "$$" nor "%%" can end the formula.
    escaped = (re.sub(r"\\.|[$%\\]", lambda m: m[0] if len(m[0]) == 2 else f"\\{m[0]}", line) for line in lines)
    return "$$\n" + "\n".join(escaped) + "\n$$"


def _code(block: Block) -> str:
    return _fenced(block.text, block.language if block.language in _CODE_LANGUAGES else "")


def _fenced(text: str, language: str | None) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = (line.rstrip() for line in showable(text).splitlines())
    return "\n".join([f"{fence}{language or ''}", *lines, fence])


def _quote(block: Block) -> str:
    return "\n".join(f"> {line}" for line in _lines(block.text))


def _callout(block: Block) -> str:
    first, *others = _lines(block.text) or [""]
    return "\n".join([f"> [!note] {first}".rstrip(" "), *(f"> {line}" for line in others)])


_RENDERERS: dict[BlockKind, Callable[[Block], str]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "list_item": _list_item,
    "task": _list_item,
    "table": _table,
    "equation": _equation,
    "code": _code,
    "quote": _quote,
    "callout": _callout,
}
