"""Notes as plain text."""

from __future__ import annotations

from notesyncd.domain.note import Block, Note, Span
from notesyncd.render.plain import note_plain


def text(kind: str, words: str, **more: object) -> Block:
    return Block(id="b", kind=kind, spans=(Span(text=words),), **more)  # type: ignore[arg-type]


def test_plain_text_of_each_kind() -> None:
    rows = (((Span(text="a"),), (Span(text="b"),)), ((Span(text="1\n2"),), ()))
    blocks = (
        text("heading", "Shopping"),
        text("task", "milk", checked=True),
        text("task", "two\nlines", level=1),
        text("list_item", "one", ordinal=1),
        Block(id="t", kind="table", rows=rows),
        Block(id="i", kind="image", attachment="p.jpg"),
        text("paragraph", "[[as]] *written*\x1b[31m"),
    )
    note = Note(id="n", revision=1, digest="d", title="t", path="t", blocks=blocks, pages=())
    assert note_plain(note) == (
        "Shopping\n\n[x] milk\n  [ ] two\n    lines\n1. one\n\na\tb\n1 2\n\n[[as]] *written*\N{REPLACEMENT CHARACTER}[31m"
    )
