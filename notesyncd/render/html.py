"""Notes as an HTML fragment in which all handwriting is escaped text."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from notesyncd.domain.note import Attachment, Block, Note
from notesyncd.render.text import clean_lines, showable

ImageUrl = Callable[[str], str]
"""Gives the address of the attachment of this name."""


def note_html(note: Note, *, image_url: ImageUrl) -> str:
    """Return all blocks of a note as an HTML fragment, without the title; nothing in it is a script or a link."""
    attachments = {attachment.name: attachment for attachment in note.attachments}
    parts: list[str] = []
    for is_list, blocks in groupby(note.blocks, key=_in_list):
        if is_list:
            parts.append(_list(list(blocks)))
        else:
            parts.extend(_block(block, attachments, image_url) for block in blocks)
    return "\n".join(part for part in parts if part)


def _in_list(block: Block) -> bool:
    return block.kind in ("list_item", "task")


def _escaped(text: str) -> str:
    return html.escape(showable(text))


def _text(block: Block) -> str:
    return "<br>".join(_escaped(line) for line in clean_lines(block.text))


def _block(block: Block, attachments: dict[str, Attachment], image_url: ImageUrl) -> str:
    match block.kind:
        case "image" | "drawing":
            return _image(block, attachments, image_url)
        case "table":
            return _table(block)
        case "code" | "equation":
            return f'<pre class="{block.kind}">{_escaped(block.text)}</pre>'
        case "heading":
            tag = f"h{min(max(block.level, 1), 6)}"
        case "quote":
            tag = "blockquote"
        case "callout":
            tag = "aside"
        case _:
            tag = "p"
    return f"<{tag}>{_text(block)}</{tag}>"


def _image(block: Block, attachments: dict[str, Attachment], image_url: ImageUrl) -> str:
    if block.attachment is None:
        return ""
    attachment = attachments.get(block.attachment)
    alt = attachment.alt if attachment else ""
    return f'<img src="{_escaped(image_url(block.attachment))}" alt="{_escaped(alt)}">'


def _table(block: Block) -> str:
    if not block.rows:
        return ""
    head, *body = (["".join(span.text for span in cell) for cell in row] for row in block.rows)
    rows = [_table_row(head, "th"), *(_table_row(cells, "td") for cells in body)]
    return f"<table>{''.join(rows)}</table>"


def _table_row(cells: Iterable[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{_escaped(cell)}</{tag}>' for cell in cells)}</tr>"


def _list(items: Sequence[Block]) -> str:
    """Return neighbouring items as lists, those of a deeper level inside the item before them."""
    parts: list[str] = []
    for is_ordered, entries in groupby(_with_children(items), key=lambda entry: entry[0].ordinal is not None):
        tag = "ol" if is_ordered else "ul"
        parts.append(f"<{tag}>{''.join(_item(item, children) for item, children in entries)}</{tag}>")
    return "".join(parts)


def _with_children(items: Sequence[Block]) -> Iterator[tuple[Block, Sequence[Block]]]:
    start = 0
    while start < len(items):
        end = start + 1
        while end < len(items) and items[end].level > items[start].level:
            end += 1
        yield items[start], items[start + 1 : end]
        start = end


def _item(item: Block, children: Sequence[Block]) -> str:
    number = "" if item.ordinal is None else f' value="{item.ordinal}"'
    box = ""
    if item.kind == "task":
        box = f'<input type="checkbox" disabled{" checked" if item.checked else ""}> '
    return f"<li{number}>{box}{_text(item)}{_list(children) if children else ''}</li>"
