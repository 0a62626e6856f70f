"""Notes as HTML: escaped, with lists inside lists."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.domain.note import Attachment, Block, Note, Span
from notesyncd.render.html import note_html


def note(*blocks: Block) -> Note:
    alt = 'Page 1 of "a".pdf'
    image = Attachment(name="p.jpg", page_id="1", media_type="image/jpeg", alt=alt)
    return Note(id="n", revision=1, digest="d", title="t", path="t", blocks=blocks, pages=(), attachments=(image,))


def html(*blocks: Block) -> str:
    return note_html(note(*blocks), image_url=lambda name: f"/files/{name}?a=1&b=2")


def text(kind: str, words: str, **more: object) -> Block:
    return Block(id="b", kind=kind, spans=(Span(text=words),), **more)  # type: ignore[arg-type]


def test_lists_nest_by_level_and_keep_their_numbers() -> None:
    made = html(
        text("list_item", "a"),
        text("list_item", "b", level=1, ordinal=2),
        text("list_item", "c", level=1, ordinal=4),
        text("task", "d", checked=True),
        text("list_item", "e", ordinal=1),
    )
    assert made == (
        '<ul><li>a<ol><li value="2">b</li><li value="4">c</li></ol></li>'
        '<li><input type="checkbox" disabled checked> d</li></ul><ol><li value="1">e</li></ol>'
    )


def test_the_other_kinds() -> None:
    rows = (((Span(text="<h>"),),), ((Span(text="1"),),))
    assert html(
        text("heading", "A & B", level=2),
        text("paragraph", "one\ntwo"),
        text("quote", "q"),
        text("callout", "c"),
        text("equation", "x<y\n= 2"),
        Block(id="t", kind="table", rows=rows),
        Block(id="i", kind="image", attachment="p.jpg"),
        Block(id="i", kind="image"),
    ).split("\n", 5) == [
        "<h2>A &amp; B</h2>",
        "<p>one<br>two</p>",
        "<blockquote>q</blockquote>",
        "<aside>c</aside>",
        '<pre class="equation">x&lt;y',
        "= 2</pre>\n<table><tr><th>&lt;h&gt;</th></tr><tr><td>1</td></tr></table>\n"  # noqa: ISC004 - one string
        '<img src="/files/p.jpg?a=1&amp;b=2" alt="Page 1 of &quot;a&quot;.pdf">',
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>&\"'/ascript=\x00\ud800\n ", max_size=30))
def test_no_text_makes_an_element(words: str) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.seen.append(tag)

    parser = Tags()
    parser.feed(html(text("paragraph", words), text("code", words), text("list_item", words)).replace("<br>", ""))
    assert parser.seen == ["p", "pre", "ul", "li"]
