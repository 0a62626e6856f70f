"""Escapes for Markdown, so that handwriting never takes effect as markup (CommonMark, GFM, Obsidian)."""

from __future__ import annotations

import re

from notesyncd.render.text import clean_lines

# One character a match; a backslash goes before it. CommonMark lets a backslash stand before any ASCII punctuation.
_INLINE = re.compile(
    r"""
      [\\`\[$|]                                         # escapes, code, links and footnotes, math, table cells
    | (?<!\ )\* | \*(?!\ |$)                            # emphasis; a lone star between spaces is none
    | _(?!(?<=\ _)(?:\ |$)|(?<=[^\W_]_)[^\W_])          # emphasis; neither between spaces nor inside a word
    | ~(?!(?<=\ ~)(?:\ |[0-9])|(?<=^~)[0-9])            # strike-through; "~5" can't close one
    | (?<==)= | =(?==)                                  # ==highlight==
    | (?<=%)% | %(?=%)                                  # %%comment%%
    | <(?![\ 0-9=-]|$)                                  # HTML and <autolinks>; "a < b" and "<3" are neither
    | &(?=\#?[A-Za-z0-9]{1,32};)                        # &entities;
    | \#(?![0-9]+(?:[\ .,;:!?)]|$)|(?<=[^\W_]\#)(?:\ |$))   # headings, #tags; "#12" and "C#" are neither
    | (?<![^\ ])\^ | \^(?=\[|[A-Za-z0-9-]*$)            # ^block-ids and ^[footnotes]; "x^2 + y" is neither
    | :(?=//)                                           # https://
    | (?<=[wW]{3})\.                                    # www.
    | (?<=[\w.+-])@(?=\w)                               # mail@addresses
    """,
    re.VERBOSE,
)

# Matches up to the character that would begin a block, on a line that has not been escaped yet.
_BLOCK_START = re.compile(
    r"""
      [0-9]{1,9}(?=[.)](?:\ |$))                        # 1. and 1)
    | (?=>)                                             # quote, callout
    | (?=[-+](?:\ |$))                                  # list item, task
    | (?==+$)                                           # heading by underline
    | (?=[-:|\ ]+$)                                     # rule, front matter, heading by underline, table
    """,
    re.VERBOSE,
)


def escape_inline(line: str) -> str:
    """Escape one line of text for a place where no block can begin: a heading, a table's cell."""
    return _INLINE.sub(r"\\\g<0>", line)


def escape_line(line: str) -> str:
    """Escape one line of text for a place where a block could begin."""
    escaped = escape_inline(line)
    start = _BLOCK_START.match(line)
    if start is None or escaped[start.end()] == "\\":
        return escaped
    return f"{escaped[: start.end()]}\\{escaped[start.end() :]}"


def escape_markdown(text: str) -> str:
    """Return ``text`` so that CommonMark, GFM and Obsidian show exactly these characters, as one paragraph.

    White space is folded as those renderers do it anyway; line breaks stay, empty lines go. What could take no effect
    is left as it is, so that prose stays readable in the raw file.
    """
    return "\n".join(escape_line(line) for line in clean_lines(text))
