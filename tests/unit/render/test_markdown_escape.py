"""Nothing handwritten takes effect: arbitrary text comes back unchanged from a Markdown renderer."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from notesyncd.render.markdown import escape_markdown

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False, "breaks": True})

# Text that is dense in what Markdown and Obsidian care about.
FRAGMENTS = [
    *"\\`*_{}[]()#+-.!|<>~=%$^&:;/@\"' \t\n19aZé字",
    *("www.", "http://", "a.b", "---", "===", "```", "~~~", "[[", "![[", "]]", "%%", "- [ ] ", "1. ", "2) ", "&amp;"),
    *(
        "&#35;",
        "[^1]",
        "[^1]:",
        "> [!note]",
        "|-|",
        "| a | b |",
        "<b>",
        "<!--",
        "-->",
        "#tag",
        " ^id",
        "    ",
        "$$",
        ":-:",
    ),
]
hostile = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


def folded(text: str) -> str:
    return " ".join(text.split())


def rendered_paragraph(markdown: str) -> str:
    """The text of the one paragraph that ``markdown`` gives; fails where it gives anything else."""
    found = re.fullmatch(r"<p>(.*)</p>\n", GFM.render(markdown), re.DOTALL)
    assert found, GFM.render(markdown)
    inner = found[1].replace("<br>", "").replace("<br />", "")
    assert "<" not in inner, inner
    return html.unescape(inner)


@settings(max_examples=400, deadline=None)
@given(st.one_of(hostile, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)))
@example("a | b\n:-:")
@example("title\n=")
@example("    code")
@example("a\\\nb\\")
@example("*a* **b** _c_ __d__ ~~e~~ `f`")
def test_arbitrary_text_renders_as_itself(text: str) -> None:
    escaped = escape_markdown(text)
    if folded(text):
        assert folded(rendered_paragraph(escaped)) == folded(text)
    else:
        assert escaped == ""


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_nothing_that_obsidian_adds_to_commonmark_survives(text: str) -> None:
    # What is left of each line once escaped characters are taken out can't contain the syntax any more.
    for line in escape_markdown(text).split("\n"):
        bare = re.sub(r"\\.", "\N{WHITE SQUARE}", line)
        assert not re.search(r"\[|\$|==|%%|`|\||~~|<[A-Za-z/!?%]", bare)
        assert not re.search(r"(?:^|\s)#(?![0-9]+(?:\W|$)|\s|$)", bare), "a tag"
        assert not re.search(r"\s\^[A-Za-z0-9-]+$|^\^[A-Za-z0-9-]+$", bare), "a block id"
        assert not re.search(r"https?://|www\.", bare, re.IGNORECASE), "an autolink"
        assert not re.match(r"\s|#{1,6}(?:\s|$)|[-*+](?:\s|$)|[0-9]{1,9}[.)](?:\s|$)|>|-+$|=+$", bare), "a block"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("[[Secret note]]", r"\[\[Secret note]]"),
        ("![[image.png]]", r"!\[\[image.png]]"),
        ("see #work and #12b", r"see \#work and \#12b"),
        ("#会議", r"\#会議"),
        ("%% hidden %%", r"\%\% hidden \%\%"),
        ("a line ^id", r"a line \^id"),
        ("note^[inline]", r"note\^\[inline]"),
        ("==bright==", r"\=\=bright\=\="),
        ("~~gone~~", r"\~\~gone\~\~"),
        ("costs $5 or $6", r"costs \$5 or \$6"),
        ("[^1]: a footnote", r"\[^1]: a footnote"),
        ("---\ntitle: x\n---", "\\---\ntitle: x\n\\---"),
        ("> [!danger] no", r"\> \[!danger] no"),
        ("- [ ] not a task", r"\- \[ ] not a task"),
        ("2026. a year", r"2026\. a year"),
        ("https://example.org", r"https\://example.org"),
        ("WWW.example.org", r"WWW\.example.org"),
        ("me@example.org", r"me\@example.org"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("<script>", r"\<script>"),
        ("a\\", "a\\\\"),
        ("# heading", r"\# heading"),
        ("a\u2028- b", "a\n\\- b"),
    ],
)
def test_each_syntax_is_defused(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


@pytest.mark.parametrize(
    "text",
    [
        "Milk, 3.5 %, and 2 eggs!",
        "snake_case stays",
        'It\'s (really) fine: "yes" - no?',
        "3 * 4 < 13 and 5 > 2",
        "Room #12, call at 10:30",
        "-5 °C outside, ~5 km",
        "I <3 you",
        "C# is a note",
        "x^2 + y^2 = z",
        "Tom & Jerry",
        "100% sure 🎉",
        "会議のメモ。仕様書",
    ],
)
def test_prose_stays_readable(text: str) -> None:
    assert escape_markdown(text) == text


def test_what_no_document_can_hold_is_replaced() -> None:
    assert escape_markdown("a\x00b\x1bc\ud800d") == "a\ufffdb\ufffdc\ufffdd"


def test_line_breaks_stay_and_empty_lines_go() -> None:
    assert escape_markdown("  one\ttwo  \n\n \n\tthree") == "one two\nthree"
