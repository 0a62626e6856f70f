from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from notesyncd.api import Note
from notesyncd.testing import notes
from notesyncd_obsidian.frontmatter import (
    find_front_matter,
    obsidian_tags,
    properties,
    update_yaml,
    write_yaml,
)

NOTE = notes.note("Plan", notes.paragraph("one two three"), tags=("work", "plan"))
NEXT = notes.revised(NOTE, notes.paragraph("one two three four"), tags=("work", "done"))


def read(yaml: str) -> dict[str, object]:
    return dict(YAML(typ="safe").load(yaml) or {})


def test_properties_have_obsidians_types_and_form() -> None:
    assert write_yaml(properties(NOTE)) == (
        "date: 2026-11-20\n"
        f"created: {NOTE.captured_at.astimezone():%Y-%m-%dT%H:%M:%S}\n"
        "tags:\n  - work\n  - plan\n"
        "notesyncd-source:\n  - Plan.jpg\n"
        "notesyncd-reader: rapidocr\n"
        "notesyncd-words: 3\n"
        f"notesyncd-id: {NOTE.id}\n"
        "notesyncd-rev: 1\n"
    )


def warned(note: Note, *pages: tuple[str, ...]) -> Note:
    (page,) = note.pages
    return replace(
        note, pages=tuple(replace(page, number=at, warnings=said) for at, said in enumerate(pages, 1)), digest="x"
    )


def test_what_was_odd_about_the_reading_is_said_only_where_it_was() -> None:
    assert "notesyncd-warnings" not in properties(warned(NOTE, ()))
    assert read(write_yaml(properties(warned(NOTE, ("loop: cut", "loop: cut")))))["notesyncd-warnings"] == ["loop: cut"]
    several = properties(warned(NOTE, ("loop: cut",), (), ("length: it\nended early",)))
    assert several["notesyncd-warnings"] == ["Plan.jpg p. 1: loop: cut", "Plan.jpg p. 3: length: it ended early"]
    assert "notesyncd-warnings" not in update_yaml(
        write_yaml(several), NOTE, warned(NOTE, ("loop: cut",), (), ("length: it ended early",))
    )


def test_a_reader_that_would_read_it_better_is_named() -> None:
    assert "notesyncd-better-reader" not in properties(NOTE)
    draft = replace(NOTE, better_reader="mlx")
    yaml = write_yaml(properties(draft))
    assert "notesyncd-reader: rapidocr\nnotesyncd-better-reader: mlx\n" in yaml
    assert "notesyncd-better-reader" not in update_yaml(yaml, NEXT, draft)


def test_our_properties_follow_the_note() -> None:
    said = read(update_yaml(write_yaml(properties(NOTE)), NEXT, NOTE))
    assert said["notesyncd-rev"] == 2
    assert said["notesyncd-words"] == 4
    assert said["tags"] == ["work", "done"]
    assert update_yaml(write_yaml(properties(NEXT)), NEXT, NOTE) == write_yaml(properties(NEXT))


USERS = """\
# my own comment
status:   'open'   # with odd spaces
list: [a,b,  c]
nested:
    key: "value"

text: |
  # no comment
  more
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_other_byte_stays(newline: str) -> None:
    before, after = USERS.replace("\n", newline), f"last: 1 # end{newline}"
    ours = write_yaml(properties(NOTE)).replace("\n", newline)
    updated = update_yaml(before + ours + after, NEXT, NOTE)
    assert updated.startswith(before)
    assert updated.endswith(after)
    assert updated.count("\n") == updated.count(newline)
    assert read(updated)["notesyncd-rev"] == 2


def test_comments_at_our_own_lines_stay() -> None:
    yaml = (
        f"notesyncd-rev: 1 # of the daemon\n# above tags\ntags: # mine and its\n  - mine # first\n  # between\n"
        f"  - plan\n  - work\n\n# below\nnotesyncd-id: {NOTE.id}\n"
    )
    updated = update_yaml(yaml, NEXT, NOTE)
    assert updated.startswith(
        "notesyncd-rev: 2 # of the daemon\n# above tags\ntags: # mine and its\n  - mine # first\n  # between\n"
        "  - work\n  - done\n\n# below\nnotesyncd-id:"
    )


def test_what_the_user_changed_or_took_away_stays_so() -> None:
    yaml = (
        write_yaml(properties(NOTE)).replace("date: 2026-11-20", "date: 1999-01-01").replace("  - work\n", "  - mine\n")
    )
    yaml = yaml.replace("notesyncd-reader: rapidocr\n", "")
    said = read(update_yaml(yaml, NEXT, NOTE))
    assert said["date"] == date(1999, 1, 1)
    assert said["tags"] == ["mine", "done"]
    assert "notesyncd-reader" not in said


@pytest.mark.parametrize("form", ["tags: mine, plan\n", "tags: [mine, plan]\n", 'tags:\n- "mine"\n- plan\n'])
def test_tags_in_other_forms_are_merged(form: str) -> None:
    said = read(update_yaml(f"notesyncd-id: {NOTE.id}\n{form}", NEXT, NOTE))
    assert said["tags"] == ["mine", "done"]


@pytest.mark.parametrize(
    "yaml",
    [
        "notesyncd-rev: 1\n  bad: : indent\n",
        "notesyncd-rev: 1\nnotesyncd-rev: 2\n",
        "{notesyncd-rev: 1, other: 2}\n",
        "- a list\n",
        "notesyncd-rev: &one 1\nother: *one\n",
        "notesyncd-rev: 1\nodd: 'line\u2028break'\n",
        "base: &base {notesyncd-rev: 1}\n<<: *base\n",
        "\tnotesyncd-rev: 1\n",
    ],
)
def test_odd_yaml_stays_as_it_is(yaml: str) -> None:
    assert update_yaml(yaml, NEXT, NOTE) == yaml


def test_without_knowledge_only_our_counters_change() -> None:
    yaml = f"date: 1999-01-01\nnotesyncd-rev: 7\nnotesyncd-reader: other\nnotesyncd-id: {NOTE.id}\n"
    assert update_yaml(yaml, NEXT, None) == (
        f"date: 1999-01-01\nnotesyncd-rev: 2\nnotesyncd-reader: other\nnotesyncd-id: {NOTE.id}\ntags:\n  - work\n  - done\n"
    )


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=4))
def test_hostile_texts_take_no_effect_in_yaml(text: str, tags: list[str]) -> None:
    note = notes.note("hostile", title=text, tags=tags)
    (page,) = note.pages
    pages = (replace(page, warnings=(text, *tags)),)
    hostile = replace(note, reader=text, better_reader=text, pages=pages)
    said = read(write_yaml(properties(hostile)))
    assert set(said) <= {
        "date",
        "created",
        "tags",
        "notesyncd-source",
        "notesyncd-reader",
        "notesyncd-better-reader",
        "notesyncd-warnings",
        "notesyncd-words",
        "notesyncd-id",
        "notesyncd-rev",
    }
    assert said["notesyncd-id"] == note.id
    assert isinstance(said.get("notesyncd-reader", ""), str)
    assert isinstance(said.get("notesyncd-better-reader", ""), str)
    assert all(isinstance(warning, str) for warning in said.get("notesyncd-warnings", []))
    assert all(isinstance(tag, str) for tag in said.get("tags", []))


@pytest.mark.parametrize(
    ("tags", "clean"),
    [
        (["work", "Work", "#work"], ["work"]),
        (["2026"], ["_2026"]),
        (["two words", "a/b", "c++", "[[x]]"], ["two-words", "a/b", "c", "x"]),
        (["会議", "हिन्दी", "naïve", "😀"], ["会議", "हिन्दी", "naïve", "😀"]),
        (["", "#", "---"], []),
    ],
)
def test_tags_have_the_characters_that_obsidian_allows(tags: list[str], clean: list[str]) -> None:
    assert obsidian_tags(tags) == clean


@pytest.mark.parametrize(
    ("text", "note_id"),
    [
        ("---\nnotesyncd-id: abc-1\n---\ntext", "abc-1"),
        ('\ufeff---\r\nnotesyncd-id: "abc-1"\r\n---\r\n', "abc-1"),
        ("---\nbroken: [\nnotesyncd-id: 'abc-1' # mine\n---", "abc-1"),
        ("---\nother: 1\n---\nnotesyncd-id: abc-1\n---\n", None),
        ("\n---\nnotesyncd-id: abc-1\n---\n", None),
        ("---\nnotesyncd-id: abc-1\n", None),
    ],
)
def test_the_owner_is_read_from_the_properties_alone(text: str, note_id: str | None) -> None:
    found = find_front_matter(text)
    assert (found.note_id if found else None) == note_id
