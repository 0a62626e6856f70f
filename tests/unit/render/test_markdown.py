"""Blocks as Markdown: each kind is read back by an independent parser as what it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from notesyncd.domain.note import Block, BlockKind, Note, Span
from notesyncd.render.markdown import block_markdown, note_markdown

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False, "breaks": True})
hostile = st.lists(
    st.sampled_from(["a", "字", " ", "\n", *"\\`*_[]()#+-.!|<>~=%$^&:1x", "---", "| |", "[ ] "]), max_size=12
)


def embed(name: str) -> str:
    return f"![[{name}]]"


def block(kind: BlockKind, text: str = "", **more: object) -> Block:
    return Block(id="b", kind=kind, spans=(Span(text=text),), **more)  # type: ignore[arg-type]


def note(*blocks: Block) -> Note:
    return Note(id="n", revision=1, digest="d", title="t", path="t", blocks=blocks, pages=())


def markdown(kind: BlockKind, text: str = "", **more: object) -> str:
    return block_markdown(block(kind, text, **more), embed=embed)


def token_types(text: str) -> list[str]:
    return [token.type for token in GFM.parse(text) if token.nesting >= 0]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (markdown("heading", "Week 1. #plan #", level=2), r"## Week 1. \#plan \#"),
        (markdown("heading", "C#", level=9), "###### C#"),
        (markdown("paragraph", "one\ntwo"), "one\ntwo"),
        (markdown("list_item", "milk"), "- milk"),
        (markdown("list_item", "milk\n- 2 l", level=1), "\t- milk\n\t  \\- 2 l"),
        (markdown("list_item", "boil", ordinal=3), "3. boil"),
        (markdown("task", "call", checked=False), "- [ ] call"),
        (markdown("task", "[x] call", checked=True, level=2), "\t\t- [x] \\[x] call"),
        (markdown("quote", "[!danger] a\nb"), "> \\[!danger] a\n> b"),
        (markdown("callout", "Not read\n# why"), "> [!note] Not read\n> \\# why"),
        (markdown("code", "a```b", language="python"), "````python\na```b\n````"),
        (markdown("code", "x", language="dataviewjs"), "```\nx\n```"),
        (markdown("equation", "x^2 $$ 5% \\% %%"), "$$\nx^2 \\$\\$ 5\\% \\% \\%\\%\n$$"),
        (markdown("equation", "\\href{https://a.b}{x}"), "```latex\n\\href{https://a.b}{x}\n```"),
        (markdown("image", attachment="page-1.jpg"), "![[page-1.jpg]]"),
        (markdown("image"), ""),
        (markdown("table"), ""),
    ],
)
def test_each_kind_of_block(made: str, expected: str) -> None:
    assert made == expected


def test_a_table_keeps_its_columns_whatever_its_cells_say() -> None:
    rows = tuple(tuple((Span(text=text),) for text in row) for row in [["a|b", "`|`\\"], ["x\ny"], ["1", "2", "[[z]]"]])
    made = block_markdown(Block(id="t", kind="table", rows=rows), embed=embed)
    assert made.splitlines()[1:] == ["| --- | --- | --- |", "| x<br>y |  |  |", r"| 1 | 2 | \[\[z]] |"]
    cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", GFM.render(made))
    assert cells == ["a|b", "`|`\\", "", "x<br>y", "", "", "1", "2", "[[z]]"]


@settings(max_examples=150, deadline=None)
@given(hostile.map("".join), st.sampled_from(["heading", "list_item", "task", "quote", "paragraph"]), st.booleans())
def test_no_text_changes_the_kind_of_its_block(text: str, kind: BlockKind, ordered: bool) -> None:
    allowed = {
        "heading": {"heading_open", "inline"},
        "list_item": {"bullet_list_open", "ordered_list_open", "list_item_open", "paragraph_open", "inline"},
        "task": {"bullet_list_open", "ordered_list_open", "list_item_open", "paragraph_open", "inline"},
        "quote": {"blockquote_open", "paragraph_open", "inline"},
        "paragraph": {"paragraph_open", "inline"},
    }[kind]
    types = token_types(markdown(kind, text, level=0, ordinal=1 if ordered else None))
    assert set(types) <= allowed
    assert len(types) == len(set(types)), "one block of each kind, none inside another of its kind"


@settings(max_examples=100, deadline=None)
@given(hostile.map("".join))
def test_no_text_leaves_its_fence_or_its_formula(text: str) -> None:
    assert set(token_types(markdown("code", text))) == {"fence"}
    formula = markdown("equation", text)
    assert re.search(r"(?<!\\)(?:\\\\)*[$%]", formula.removeprefix("$$").removesuffix("$$")) is None


def test_list_items_stand_close_and_other_blocks_apart() -> None:
    made = note_markdown(
        note(
            block("heading", "Shopping", level=1),
            block("task", "milk", checked=False),
            block("task", "oat", checked=True, level=1),
            block("paragraph"),
            block("list_item", "bread"),
            block("paragraph", "That's all"),
            block("image", attachment="p.jpg"),
        ),
        embed=embed,
    )
    assert made == "# Shopping\n\n- [ ] milk\n\t- [x] oat\n- bread\n\nThat's all\n\n![[p.jpg]]"
    assert token_types(made).count("bullet_list_open") == 2


ITEMS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 1, 2, 5, 12]), st.booleans()), max_size=7)


@settings(max_examples=200, deadline=None)
@given(ITEMS)
def test_every_item_of_mixed_and_nested_lists_is_read_back(items: list[tuple[int, int | None, bool]]) -> None:
    blocks: list[Block] = []
    depth = -1
    for at, (level, ordinal, is_task) in enumerate(items):
        depth = min(level, depth + 1)
        kind: BlockKind = "task" if is_task else "list_item"
        blocks.append(block(kind, f"item {at}", level=depth, ordinal=ordinal, checked=True if is_task else None))
    tokens = GFM.parse(note_markdown(note(*blocks), embed=embed))
    found: list[tuple[int, str]] = []
    nesting = -1
    for token in tokens:
        nesting += (token.type in ("bullet_list_open", "ordered_list_open")) - token.type.endswith("list_close")
        if token.type == "inline":
            found.append((nesting, token.content.removeprefix("[x] ")))
    assert found == [(made.level, made.text) for made in blocks]
