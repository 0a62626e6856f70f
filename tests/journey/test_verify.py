"""``verify`` reads again and compares: the same reader on the same machine gives the same words in the same places."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.hostile.pdf_parts import single, written
from tests.journey.reading_house import TEXT, ReadingHouse


def verify(house: ReadingHouse, which: str, *, expect: int) -> dict:
    (page,) = json.loads(house.run("verify", which, "--json", expect=expect))["pages"]
    return page


@pytest.mark.parametrize("reader", ["rapidocr", "tesseract"])
def test_same_fingerprint_same_page_same_words_and_boxes(tmp_path: Path, reader: str) -> None:
    if reader == "tesseract" and shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    house = ReadingHouse(tmp_path, reader=reader)
    house.put()
    house.run("run", "--once")
    before = (house.state / "ledger.sqlite3").read_bytes(), house.transcripts()
    page = verify(house, house.page()[:12], expect=0)
    assert page["same"] is True
    assert page["words"]["then"] == page["words"]["now"]
    assert page["changed"] == []
    assert ": same (version 1" in house.run("verify", house.query("SELECT id FROM note")[0][0][:8])
    assert ((house.state / "ledger.sqlite3").read_bytes(), house.transcripts()) == before


@pytest.fixture
def house(tmp_path: Path) -> ReadingHouse:
    house = ReadingHouse(tmp_path)
    house.put()
    house.run("run", "--once")
    return house


def test_another_answer_differs(house: ReadingHouse) -> None:
    house.say("Buy seeds today\nbeans and pears")
    page = verify(house, house.page(), expect=1)
    assert page["same"] is False
    assert page["words"]["differ"] == 2
    assert page["changed"] == []
    assert "2 words of version 1 would read otherwise now" in house.run("verify", house.page(), expect=1)


def test_the_part_of_the_fingerprint_that_changed_is_named(house: ReadingHouse) -> None:
    house.say(TEXT, version="2")
    page = verify(house, house.page(), expect=1)
    assert page["words"]["then"] == page["words"]["now"]
    assert page["changed"] == [{"part": "reader.version", "then": "1", "now": "2"}]
    shown = house.run("verify", house.page(), expect=1)
    assert "the words are the same" in shown
    assert "reader.version: 1 → 2" in shown


def test_it_asks_the_reader_that_read_the_page_whatever_is_configured_now(house: ReadingHouse) -> None:
    house.config.write_text(house.config.read_text().replace('reader = "oracle"', 'reader = "rapidocr"'))
    assert verify(house, house.page(), expect=0)["same"] is True


def test_a_corrected_page_is_compared_with_what_was_read(house: ReadingHouse) -> None:
    house.run("correct", house.page(), "--word", "w2", "--text", "pots")
    page = verify(house, house.page(), expect=0)
    assert (page["version"], page["same"]) == (1, True)


def test_a_condemned_answer_is_not_the_same(house: ReadingHouse) -> None:
    house.say(TEXT, condemned="loop")
    page = verify(house, house.page(), expect=1)
    assert (page["same"], page["condemned"]) == (False, "loop")


def test_what_cannot_be_read_again_says_why(house: ReadingHouse) -> None:
    house.say(TEXT, unready="the oracle is closed")
    assert "the oracle is closed" in verify(house, house.page(), expect=1)["error"]
    house.say(TEXT)
    shutil.rmtree(house.state / "artifacts" / "originals")
    assert "the original of page" in house.run("verify", house.page(), expect=1)


def test_a_page_that_says_itself_what_stands_on_it_is_the_same(tmp_path: Path) -> None:
    house = ReadingHouse(tmp_path, reader="rapidocr")
    (house.inbox / "letter.pdf").write_bytes(single(written("Dear Ann")))
    house.run("run", "--once")
    assert verify(house, house.page(), expect=0)["same"] is True
