"""From a reading to a transcript: ids, boxes, flags, and text that can deceive nobody."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.api import (
    BoundingBox,
    Evidence,
    PageImage,
    Provenance,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadWord,
    Transcript,
    Transform,
)
from notesyncd.ground.adopt import ground

READER = ReaderId(name="drawn", version="1")
IMAGE = PageImage(
    page_id="a" * 64, width=800, height=600, artifact=Path("page.ppm"), to_raster=Transform.identity(), steps=()
)
PROVENANCE = Provenance(notesyncd="0.1.0", reader=READER)


def box(left: float, top: float, right: float, bottom: float) -> BoundingBox:
    return BoundingBox(left=left, top=top, right=right, bottom=bottom)


def word(text: str, at: BoundingBox | None = None, **more: object) -> ReadWord:
    return ReadWord(text=text, box=at, **more)


def grounded(*regions: ReadRegion, previous: Transcript | None = None, ordered: bool = True) -> Transcript:
    reading = Reading(reader=READER, regions=regions, ordered=ordered, warnings=("read in a hurry",))
    return ground(reading, image=IMAGE, previous=previous, provenance=PROVENANCE, warnings=("looked at twice",))


def one_line(*words: ReadWord) -> ReadRegion:
    return ReadRegion(lines=(ReadLine(words=words),))


def test_words_and_lines_are_numbered_from_one() -> None:
    transcript = grounded(one_line(word("buy"), word("milk")), one_line(word("and")))

    assert [word.id for word in transcript.words] == ["w1", "w2", "w3"]
    assert [line.id for line in transcript.lines] == ["l1", "l2"]
    assert (transcript.version, transcript.next_word, transcript.next_line) == (1, 4, 3)
    assert transcript.text == "buy milk\nand"
    assert (transcript.page_id, transcript.width, transcript.height) == (IMAGE.page_id, 800, 600)
    assert transcript.provenance is PROVENANCE
    assert transcript.warnings == ("looked at twice", "read in a hurry")


def test_a_second_reading_gives_no_id_again() -> None:
    first = grounded(one_line(word("buy"), word("milk")))

    second = grounded(one_line(word("buy"), word("silk")), previous=first)

    assert (second.version, [word.id for word in second.words]) == (2, ["w3", "w4"])
    assert [line.id for line in second.lines] == ["l2"]


def test_a_box_is_adopted_and_clipped_and_the_score_is_evidence_only() -> None:
    (placed,) = grounded(one_line(word("milk", box(-5, 10, 100, 700), score=0.9))).words

    assert placed.box == box(0, 10, 100, 600)
    assert placed.confidence is None
    assert placed.evidence == Evidence(ocr_score=0.9)
    assert placed.flags == ()


@pytest.mark.parametrize("at", [None, box(900, 10, 950, 30), box(10, 10, 10, 30)])
def test_a_word_without_a_place_on_the_page_is_unplaced(at: BoundingBox | None) -> None:
    (lost,) = grounded(one_line(word("milk", at))).words

    assert (lost.box, lost.flags) == (None, ("unplaced",))


def test_a_score_that_is_no_number_is_no_evidence() -> None:
    (odd,) = grounded(one_line(word("milk", score=math.nan))).words

    assert odd.evidence == Evidence()


def test_lines_and_regions_without_a_box_get_their_words() -> None:
    (region,) = grounded(one_line(word("a", box(10, 10, 20, 30)), word("b"), word("c", box(40, 5, 60, 28)))).regions

    assert region.box == region.lines[0].box == box(10, 5, 60, 30)


def test_empty_words_lines_and_regions_are_dropped_and_use_no_id() -> None:
    transcript = grounded(one_line(word("  "), word("\u200b\x07")), one_line(word(""), word("milk")))

    assert [(word.id, word.text) for word in transcript.words] == [("w1", "milk")]
    assert [line.id for line in transcript.lines] == ["l1"]
    assert len(transcript.regions) == 1


def test_what_a_region_is_goes_with_it() -> None:
    regions = (
        ReadRegion(kind="heading", level=2, lines=(ReadLine(words=(word("Plan"),), script="printed"),)),
        ReadRegion(kind="list", checked=True, lines=(ReadLine(words=(word("milk"),)),)),
        ReadRegion(kind="table", cells=(("a\x00", "b"),)),
        ReadRegion(kind="drawing", box=box(0, 0, 50, 50)),
    )

    heading, task, table, drawing = grounded(*regions).regions

    assert (heading.kind, heading.level, heading.lines[0].script) == ("heading", 2, "printed")
    assert (task.kind, task.checked) == ("list", True)
    assert table.cells == (("a", "b"),)
    assert (drawing.kind, drawing.box) == ("drawing", box(0, 0, 50, 50))


def test_lines_in_no_order_are_put_in_order_and_ordered_ones_are_left() -> None:
    lower, upper = (ReadLine(words=(word(text, at),), box=at) for text, at in (
        ("second", box(10, 100, 90, 120)), ("first", box(10, 50, 90, 70)),
    ))  # fmt: skip

    assert grounded(ReadRegion(lines=(lower, upper)), ordered=False).text == "first\nsecond"
    assert grounded(ReadRegion(lines=(lower, upper)), ordered=True).text == "second\nfirst"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=6), max_size=8))
def test_no_word_holds_what_nobody_can_see(texts: list[str]) -> None:
    transcript = grounded(one_line(*map(word, texts)))

    for placed in transcript.words:
        assert placed.text == placed.text.strip() != ""
        assert not any(character < " " or "\u202a" <= character <= "\u202e" for character in placed.text)
        placed.text.encode("utf-8")
    assert transcript.next_word == len(list(transcript.words)) + 1
