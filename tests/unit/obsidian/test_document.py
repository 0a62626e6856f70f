from __future__ import annotations

import pytest

from notesyncd.api import Note, RevisionMark
from notesyncd.testing import notes
from notesyncd_obsidian.document import append_section, decode, encode, new_document, revise
from notesyncd_obsidian.merge import suggestion
from notesyncd_obsidian.region import find_regions, write_region
from notesyncd_obsidian.rendering import Rendering, render

NOTE = notes.note("Plan", notes.paragraph("first text", "p1"), notes.paragraph("second text", "p2"))
NEXT = notes.revised(NOTE, notes.paragraph("first text", "p1"), notes.paragraph("second corrected", "p2"))


def draw(note: Note) -> Rendering:
    return render(note, lambda name: f"![[{name}]]", section=False)


def document(note: Note = NOTE) -> str:
    return new_document(note, draw(note), with_properties=True)


def body(text: str) -> str:
    """All behind the properties."""
    return text.partition("---\n\n")[2]


def bring(text: str, note: Note = NEXT, previous: Note | None = NOTE) -> str:
    return revise(text, note, previous=previous, ours=(note,), render=draw).text


def test_an_untouched_document_becomes_the_next_one() -> None:
    assert bring(document()) == document(NEXT)
    assert bring(document(), previous=None) == document(NEXT)


def test_an_untouched_region_is_known_by_its_hash_even_without_any_ledger() -> None:
    stranger = notes.revised(NEXT, notes.paragraph("read by another reader", "x9"))
    draft = revise(document(), stranger, previous=None, ours=(stranger,), render=draw)
    assert draft.text.replace(document(stranger).split("%% notes")[0], "") in document(stranger)
    assert "first text" not in draft.text
    assert not draft.touched


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_all_around_the_region_keeps_its_bytes(newline: str, bom: str) -> None:
    text = document().replace("---\n\n%%", "---\nabove \udcff\n\n \n%%").replace("second", "SECOND") + "below\n\n\n"
    text = bom + text.replace("\n", newline)
    after = bring(text)
    region, before = find_regions(after, NOTE.id)[0], find_regions(text, NOTE.id)[0]
    assert after[region.end :] == text[before.end :]
    assert after[after.index("above") : region.start] == text[text.index("above") : before.start]
    assert after.startswith(f"{bom}---{newline}")
    assert after.count("\n") == after.count(newline)
    assert encode(decode(encode(after))) == encode(after)
    assert "SECOND text" in after
    assert "> second corrected" in after


def test_a_missing_end_mark_is_set_again_and_what_stood_below_stays_below() -> None:
    end = f"%% notesyncd:end {NOTE.id} %%\n"
    after = bring(document().replace(end, "") + "\nmy own words\n\n- and a list\n")
    assert after == document(NEXT) + "\nmy own words\n\n- and a list\n"


def test_a_missing_end_mark_does_not_swallow_the_next_region() -> None:
    other = notes.note("Other", notes.paragraph("other text"))
    section = append_section("", other, draw(other))
    end = f"%% notesyncd:end {NOTE.id} %%\n"
    after = bring(document().replace(end, "") + section)
    assert after == document(NEXT) + "\n" + section


def test_a_text_that_was_taken_over_stays_and_a_change_is_suggested_once() -> None:
    text = document()
    for mark in ("begin", "end"):
        line = next(line for line in text.split("\n") if line.startswith(f"%% notesyncd:{mark}"))
        text = text.replace(f"{line}\n", "")
    text = text.replace("first text", "words of mine")
    assert bring(text, NOTE) == text
    after = bring(text)
    assert body(text) in after
    assert after.count("second corrected") == 1
    assert suggestion(["second corrected"]) in after
    assert bring(after, NEXT, NEXT) == after
    later = notes.revised(NEXT, notes.paragraph("first text", "p1"), notes.paragraph("second again", "p2"))
    assert suggestion(["second again"]) in bring(after, later, NEXT)
    assert "second corrected" not in bring(after, later, NEXT)


def test_the_first_of_two_regions_is_ours() -> None:
    twice = document() + "\n" + body(document())
    after = bring(twice)
    assert after.startswith(document(NEXT))
    assert after.endswith(body(document()))


def test_properties_of_another_note_are_not_ours() -> None:
    text = f"---\nnotesyncd-id: other\nnotesyncd-rev: 7\n---\n\n{body(document())}"
    assert bring(text).startswith("---\nnotesyncd-id: other\nnotesyncd-rev: 7\n---\n")


def test_broken_properties_do_not_keep_the_text_from_being_delivered() -> None:
    text = document().replace("date: ", "broken: [\ndate: ")
    after = bring(text)
    assert after.partition("---\n\n")[0] == text.partition("---\n\n")[0]
    assert "second corrected" in after


def test_marks_written_on_paper_do_not_count() -> None:
    mark = f"%% notesyncd:end {NOTE.id} %%"
    code = notes.Block(id="c1", kind="code", spans=(notes.span(f"%% notesyncd:end other %%\n{mark[:-3]}"),))
    note = notes.revised(NOTE, notes.paragraph(mark, "p1"), code, notes.paragraph("the end", "p3"))
    (region,) = find_regions(document(note), NOTE.id)
    assert region.untouched
    assert region.content == draw(note).text


@pytest.mark.parametrize("text", notes.HOSTILE_TEXTS)
def test_hostile_text_makes_one_untouched_region(text: str) -> None:
    note = notes.note("Plan", notes.paragraph(text, "p1"), notes.heading(text, "h1"), title=text, tags=(text,))
    for made in (document(note), append_section("Diary\n", note, render(note, str, section=True))):
        (region,) = find_regions(made)
        assert region.note_id == note.id
        assert region.untouched
        assert revise(made, note, previous=note, ours=(note,), render=draw).text.count("notesyncd:begin") == 1


def test_a_section_comes_behind_what_stands_there() -> None:
    section = append_section("", NOTE, draw(NOTE))
    assert append_section("one\n", NOTE, draw(NOTE)) == f"one\n\n{section}"
    assert append_section("one", NOTE, draw(NOTE)) == f"one\n\n{section}"
    assert append_section("one\r\n\r\n", NOTE, draw(NOTE)) == "one\r\n\r\n" + section.replace("\n", "\r\n")


def test_a_section_bears_title_and_tags_and_lower_headings() -> None:
    note = notes.note(
        "Plan",
        notes.heading("Plan", "h1"),
        notes.heading("Steps", "h2", level=2),
        notes.paragraph("text"),
        tags=("work", "2026"),
    )
    assert render(note, str, section=True).text == "## Plan\n\n#### Steps\n\ntext\n\n#work #_2026"


def test_an_edited_region_bears_no_hash() -> None:
    mark = RevisionMark(revision=3, digest="d" * 64)
    (clean,) = find_regions(write_region("id-1", mark, "text", all_ours=True))
    (edited,) = find_regions(write_region("id-1", mark, "text", all_ours=True).replace("text", "texts"))
    (mixed,) = find_regions(write_region("id-1", mark, "text", all_ours=False))
    assert (clean.mark, clean.untouched) == (mark, True)
    assert (edited.mark, edited.untouched) == (mark, False)
    assert (mixed.mark, mixed.untouched) == (mark, False)
