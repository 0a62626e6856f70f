"""An answer that a guard condemned is kept, and delivered nowhere as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journey.reading_house import TEXT, ReadingHouse

LOOP = "the same line\n" * 500


@pytest.fixture
def house(tmp_path: Path) -> ReadingHouse:
    house = ReadingHouse(tmp_path)
    house.put()
    return house


def loops(house: ReadingHouse) -> None:
    house.say("the same line", raw=LOOP, condemned="loop", warnings=["loop: a line of 3 words came 500 times"])


def test_a_looping_answer_is_never_delivered_and_its_page_waits_for_a_person(house: ReadingHouse) -> None:
    loops(house)
    house.run("run", "--once", expect=1)
    note = house.note()
    assert "the same line" not in note
    assert "This page could not be read" in note
    assert "(loop)" in note
    assert "page-" in note
    assert len(list(house.vault.rglob("*.jpg"))) == 1
    (waiting,) = house.status()["waiting"]
    assert (waiting["what"], waiting["state"]) == ("page", "parked")
    assert "`notesyncd retry`" in waiting["reason"]
    assert f"`notesyncd reread {house.page()[:12]} --reader NAME`" in waiting["reason"]
    assert house.query("SELECT hold FROM transcription") == [("answer",)]
    assert house.transcripts() == []


def test_run_and_status_say_why_a_page_is_parked(house: ReadingHouse) -> None:
    loops(house)
    process = house.start("run", "--once")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "page.jpg is parked: what oracle answered is no transcription (loop)" in err
    assert "no transcription (loop)" in house.run("status")
    assert "the same line" not in err


def test_the_raw_answer_of_a_parked_page_is_kept_and_shown(house: ReadingHouse) -> None:
    loops(house)
    house.run("run", "--once", expect=1)
    ((note_id,),) = house.query("SELECT id FROM note")
    (page,) = json.loads(house.run("notes", "show", note_id[:8], "--json"))["pages"]
    (answer,) = page["answers"]
    assert answer["raw"] == LOOP
    assert answer["condemned"] == "loop"
    assert answer["warnings"] == ["loop: a line of 3 words came 500 times"]
    assert page["words"] == []


def test_a_parked_page_is_read_again_when_asked(house: ReadingHouse) -> None:
    loops(house)
    house.run("run", "--once", expect=1)
    house.say(TEXT)
    assert json.loads(house.run("retry", "--json"))["pages"] == 1
    house.run("run", "--once")
    note = house.note()
    assert "beans and peas" in note
    assert "could not be read" not in note
    assert "(loop)" not in note
    assert house.status()["waiting"] == []


def test_another_reader_can_be_asked_about_a_parked_page(house: ReadingHouse) -> None:
    loops(house)
    house.run("run", "--once", expect=1)
    house.run("reread", house.page()[:12], "--reader", "rapidocr")
    house.run("run", "--once")
    assert house.transcripts() == [(1, "rapidocr")]
    assert "could not be read" not in house.note()
    assert house.status()["waiting"] == []


def test_the_read_command_gives_a_condemned_answer_cut_and_flagged(house: ReadingHouse) -> None:
    """It has nothing to park in; an error is where there is no answer at all."""
    loops(house)
    (page,) = json.loads(house.run("read", "inbox/page.jpg", "--format", "json"))["pages"]
    assert page["text"] == "the same line"
    assert page["error"] is None
    assert page["warnings"] == ["loop: a line of 3 words came 500 times"]
    process = house.start("read", "inbox/page.jpg")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "the same line\n")
    assert "page.jpg, page 1: loop: a line of 3 words came 500 times" in err


def test_a_stranger_s_guard_is_named_even_where_it_left_no_warning(house: ReadingHouse) -> None:
    house.say("anything", condemned="hallucination")
    (page,) = json.loads(house.run("read", "inbox/page.jpg", "--format", "json"))["pages"]
    assert page["warnings"] == ["hallucination: what the reader answered is no transcription"]


def test_a_guard_that_fired_is_told_in_the_note_and_in_status(house: ReadingHouse) -> None:
    house.say(TEXT, warnings=["boilerplate: it began with 'Sure!'"])
    house.run("run", "--once")
    assert "notesyncd-warnings:\n" in house.note()
    assert "boilerplate: it began with" in house.note()
    flagged = house.status()["flagged"]
    assert flagged["count"] == 1
    assert flagged["pages"][0]["warnings"] == ["boilerplate: it began with 'Sure!'"]
    assert flagged["pages"][0]["reader"] == "oracle"
    assert "read with warnings: 1 page" in house.run("status")
    ((note_id,),) = house.query("SELECT id FROM note")
    assert "! boilerplate: it began with 'Sure!'" in house.run("notes", "show", note_id[:8])
