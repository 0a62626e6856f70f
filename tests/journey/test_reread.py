"""Pages are read again by a better reader: in place, never over what a person wrote, and beside it where that is asked."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from notesyncd.testing.pages import render_page, save_page
from tests.hostile.pdf_parts import single, written
from tests.journey.reading_house import TEXT, ReadingHouse

BETTER = "Buy seeds today\nbeans and peas"


@pytest.fixture
def house(tmp_path: Path) -> ReadingHouse:
    """One page, read by the embedded reader; the oracle would read it better."""
    house = ReadingHouse(tmp_path, reader="rapidocr")
    house.say(BETTER)
    house.put()
    house.run("run", "--once")
    assert "today" not in house.note()
    return house


def reread(house: ReadingHouse, *arguments: str) -> dict:
    return json.loads(house.run("reread", *arguments, "--json"))


def test_pages_of_a_lesser_reader_are_read_again_in_place(house: ReadingHouse) -> None:
    (before,) = house.notes()
    done = reread(house, "--reader-was", "rapidocr", "--reader", "oracle")
    assert [page["id"] for page in done["pages"]] == [house.page()]
    assert done["pages"][0]["reader_was"] == "rapidocr"
    house.run("run", "--once")
    assert house.transcripts() == [(1, "rapidocr"), (2, "oracle")]
    assert house.notes() == [before]
    assert "Buy seeds today" in before.read_text()
    assert "notesyncd-reader: oracle" in before.read_text()
    assert house.query("SELECT revision FROM note") == [(2,)]
    assert reread(house, "--reader-was", "rapidocr")["pages"] == []


def test_the_same_words_make_no_new_note(house: ReadingHouse) -> None:
    revisions = house.query("SELECT * FROM note_revision")
    house.run("reread", house.page()[:10])
    house.run("run", "--once")
    assert house.transcripts() == [(1, "rapidocr"), (2, "rapidocr")]
    assert house.query("SELECT * FROM note_revision") == revisions


def test_a_dry_run_lists_and_queues_nothing(house: ReadingHouse) -> None:
    done = reread(house, "--reader-was", "rapidocr", "--dry-run")
    assert len(done["pages"]) == 1
    assert "would be queued to be read again: 1 page" in house.run("reread", "--since", "1d", "--dry-run")
    assert house.query("SELECT state, again FROM transcription") == [("done", None)]


def test_pages_are_chosen_by_note_page_reader_and_time(house: ReadingHouse) -> None:
    ((note_id,),) = house.query("SELECT id FROM note")
    for arguments, pages in (
        ([note_id[:8]], 1),
        ([house.page()[:8]], 1),
        (["--since", "2d"], 1),
        (["--since", "2999-01-01"], 0),
        (["--reader-was", "oracle"], 0),
        (["--reader-was", "oracle", house.page()], 0),
    ):
        assert len(reread(house, *arguments, "--dry-run")["pages"]) == pages, arguments
    house.run("reread", "ffffffffff", expect=1)
    house.run("reread", expect=2)  # all pages are read again only where that is said
    house.run("reread", "--since", "1d", "--reader", "nobody", expect=78)
    assert house.query("SELECT state FROM transcription") == [("done",)]


def test_what_a_person_corrected_is_never_read_over(house: ReadingHouse) -> None:
    page = house.page()
    house.run("correct", page, "--word", "w2", "--text", "pots")
    house.run("run", "--once")
    done = reread(house, page, "--reader", "oracle")
    assert done["pages"] == []
    assert "corrected" in done["left_out"][0]["reason"]
    assert f"{page[:12]}  page.jpg  left out: it was corrected" in house.run("reread", "--since", "1d")
    house.run("correct", page, "--undo")
    assert len(reread(house, page, "--reader", "oracle", "--dry-run")["pages"]) == 1


def test_a_correction_that_comes_before_the_page_is_read_again_is_not_read_over_either(house: ReadingHouse) -> None:
    page = house.page()
    house.run("reread", page, "--reader", "oracle")
    house.run("correct", page, "--word", "w2", "--text", "pots")
    house.run("run", "--once")
    assert "Buy pots" in house.note()
    assert "today" not in house.note()
    assert [reader for _, reader in house.transcripts()] == ["rapidocr", "rapidocr"]
    assert house.query("SELECT state, again, reader FROM transcription") == [("done", None, None)]
    assert house.query("SELECT json_extract(body, '$.provenance.reader.name') FROM reading_beside") == [("oracle",)]


def test_a_reading_beside_is_kept_to_compare_and_never_delivered(house: ReadingHouse) -> None:
    page = house.page()
    house.run("correct", page, "--word", "w2", "--text", "pots")
    house.run("run", "--once")
    note, versions = house.note(), house.transcripts()
    assert len(reread(house, page, "--reader", "oracle", "--beside")["pages"]) == 1
    house.run("run", "--once")
    assert house.note() == note
    assert house.transcripts() == versions
    ((note_id,),) = house.query("SELECT id FROM note")
    assert "read beside by oracle" in house.run("notes", "show", note_id)
    (shown,) = json.loads(house.run("notes", "show", note_id, "--json"))["pages"]
    (beside,) = shown["beside"]
    assert (beside["reader"], beside["text"], beside["words_differ"]) == ("oracle", BETTER, 2)
    assert house.status()["waiting"] == []


def test_a_reading_that_fails_leaves_the_note_as_it_was(house: ReadingHouse) -> None:
    note = house.note()
    house.say("nonsense " * 50, condemned="loop")
    house.run("reread", house.page(), "--reader", "oracle")
    house.run("run", "--once", expect=1)
    assert house.note() == note
    assert house.transcripts() == [(1, "rapidocr")]
    (waiting,) = house.status()["waiting"]
    assert waiting["state"] == "parked"
    house.run("reread", house.page(), "--reader", "rapidocr")
    house.run("run", "--once")
    assert house.status()["waiting"] == []


def test_a_reader_that_is_gone_when_its_turn_comes_says_so(house: ReadingHouse) -> None:
    note = house.note()
    house.run("reread", house.page(), "--reader", "oracle")
    house.say(BETTER, unready="the oracle is closed")
    house.run("run", "--once", expect=1)
    (waiting,) = house.status()["waiting"]
    assert (waiting["state"], "the oracle is closed" in waiting["reason"]) == ("queued", True)
    assert house.note() == note


def test_a_page_that_says_itself_what_stands_on_it_is_left_out(tmp_path: Path) -> None:
    house = ReadingHouse(tmp_path, reader="rapidocr")
    (house.inbox / "letter.pdf").write_bytes(single(written("Dear Ann")))
    house.run("run", "--once")
    done = reread(house, "--since", "1d", "--reader", "oracle")
    assert done["pages"] == []
    assert [left["reason"] for left in done["left_out"]] == ["its file says itself what stands on it"]


def test_a_daemon_that_is_running_reads_them_and_new_pages_first(house: ReadingHouse) -> None:
    daemon = house.start("run")
    try:
        until(lambda: house.status()["daemon"]["running"])
        house.run("reread", house.page(), "--reader", "oracle")
        until(lambda: "today" in house.note())
        assert house.transcripts() == [(1, "rapidocr"), (2, "oracle")]
    finally:
        daemon.kill()
        daemon.communicate()


def until(condition) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


# -------------------------------------------------------------------------------------------------------- better readers


def test_a_better_reader_that_is_not_there_is_named_with_what_helps(house: ReadingHouse) -> None:
    house.say(unready="the oracle is closed")
    told = house.status()
    assert told["better_reader"] == {
        "name": "oracle",
        "reason": "the oracle is closed",
        "remedy": "go to Delphi",
        "pages": 1,
    }
    assert told["lesser_pages"] == {}
    shown = house.run("status")
    assert "oracle would read better here: the oracle is closed" in shown
    assert "→ go to Delphi" in shown
    assert "notesyncd-better-reader: oracle" in house.note()


def test_a_better_reader_that_appears_is_offered_the_pages_of_the_lesser_one(house: ReadingHouse) -> None:
    house.config.write_text(house.config.read_text().replace('reader = "rapidocr"', 'reader = "auto"'))
    told = house.status()
    assert told["better_reader"] is None
    assert told["lesser_pages"] == {"rapidocr": 1}
    assert "1 page could be read better: `notesyncd reread --reader-was rapidocr`" in house.run("status")
    house.run("reread", "--reader-was", "rapidocr")
    house.run("run", "--once")
    assert house.status()["lesser_pages"] == {}
    assert "notesyncd-better-reader" not in house.note()


def test_a_page_with_a_correction_is_not_offered(house: ReadingHouse) -> None:
    """``reread`` would leave it out, and the offer would stand for ever."""
    house.config.write_text(house.config.read_text().replace('reader = "rapidocr"', 'reader = "auto"'))
    save_page(render_page(TEXT, seed=3, effects="clean"), house.inbox / "second.jpg")
    house.run("correct", house.page(), "--word", "w2", "--text", "pots")
    assert house.status()["lesser_pages"] == {}
