"""A note's title and place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.compose.title import TitleFacts, check_template, render_path, render_title, title_of
from notesyncd.domain.errors import ConfigError
from notesyncd.domain.note import Block, Span

DAY = date(2026, 11, 21)
FACTS = TitleFacts(title="Plans", date=DAY, source="scan 1.jpg", page_count=2, tags=("work/print", "x"))


def block(kind: str, text: str, page_id: str = "p1", **more: object) -> Block:
    return Block(id="b", kind=kind, spans=(Span(text=text, **more),), page_id=page_id)  # type: ignore[arg-type]


def title(*blocks: Block) -> str:
    return title_of(blocks, dated=DAY, source="in/scan 1.jpg")


def test_the_heading_of_the_first_page_that_says_something() -> None:
    assert (
        title(block("paragraph", "21.11.2026"), block("paragraph", "Hello"), block("heading", "My  plans"))
        == "My plans"
    )
    assert title(block("paragraph", "Hello\nworld"), block("heading", "Later", page_id="p2")) == "Hello"
    assert title(block("heading", "#work"), block("paragraph", "Plans #work for #2027")) == "Plans for #2027"
    assert title(block("paragraph", "- 5 -"), block("task", "Milk", page_id="p2")) == "Milk"


def test_date_and_file_name_where_the_page_says_nothing() -> None:
    reason = block("callout", "This page could not be read", generated=True)
    assert title(reason, block("paragraph", "2026-11-20"), block("image", "")) == "2026-11-21 scan 1"


def test_a_table_may_give_the_title() -> None:
    rows = (((Span(text="1"),), (Span(text="Price list"),)),)
    assert title(Block(id="t", kind="table", rows=rows)) == "Price list"


def test_a_long_line_is_cut_at_a_word() -> None:
    cut = title(block("paragraph", "word " * 40))
    assert cut.endswith("word…")
    assert len(cut) <= 80
    assert len(title(block("paragraph", "字" * 200))) == 80


def test_templates() -> None:
    assert render_title(None, FACTS) == "Plans"
    assert render_title("{{ date }} {{ title }} ({{ page_count }})", FACTS) == "2026-11-21 Plans (2)"
    assert render_title("  {% if page_count > 5 %}x{% endif %}\n", FACTS) == "Plans"
    assert render_path(None, FACTS) == "Plans"
    assert render_path("{{ date.strftime('%Y/%m') }}/{{ title }}", FACTS) == "2026/11/Plans"
    assert render_path("{{ tags[0] }}/{{ source }}", FACTS) == "work-print/scan 1.jpg"


def test_handwriting_is_never_evaluated_and_makes_no_folders() -> None:
    facts = replace(FACTS, title="../../{{ date }}/a\\b\n.hidden.")
    assert render_title("{{ title }}", facts) == "../../{{ date }}/a\\b .hidden."
    assert render_path("x/{{ title }}", facts) == "x/-..-{{ date }}-a-b .hidden"
    assert render_path(None, replace(FACTS, title="...")) == "Note"


@pytest.mark.parametrize(
    "template",
    [
        "{{ titel }}",
        "{{ title",
        "{{ date.strftime(1) }}",
        "{{ tags[7].x }}",
        "{{ 1 / 0 }}",
        "{{ title.__class__.__mro__ }}",
    ],
)
def test_a_wrong_template_is_named(template: str) -> None:
    with pytest.raises(ConfigError, match=r"template note\.title = .* can't be used: .*\(variables: title, date,"):
        render_title(template, FACTS)
    with pytest.raises(ConfigError, match=r"sinks\.x\.path"):
        check_template("sinks.x.path", template)


def test_a_good_template_passes_the_check() -> None:
    check_template("note.title", "{{ date.year }} {{ tags | join(', ') }}")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_title_leads_out_of_the_folder(text: str) -> None:
    path = render_path("notes/{{ title }}", replace(FACTS, title=text))
    assert path == "notes" or path.startswith("notes/")
    segments = path.split("/")
    assert len(segments) <= 2
    assert all(segment.strip(" .") == segment != "" for segment in segments)
