"""What becomes of a reader's answer: words of a page, a page that waits for a person, or another attempt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from notesyncd.api import ChildDied, Reader, TransientError, UnreadableScan
from notesyncd.compose.note import NoteStyle
from notesyncd.ledger import beside, notes, pace, tables
from notesyncd.ledger.transcriptions import STRIKES
from notesyncd.pipeline.services import ReadingTools
from notesyncd.pipeline.units import compose_note
from tests.unit.pipeline.conftest import Intake
from tests.unit.pipeline.desk import Desk, tools
from tests.unit.pipeline.readers import Talkative


@pytest.fixture
def desk(intake: Intake) -> Desk:
    return Desk(intake)


def test_a_condemned_answer_parks_its_page_and_is_kept(desk: Desk) -> None:
    desk.read(Talkative(condemned="refusal", warnings=("refusal: it would not",)))
    assert (desk.row().state, desk.row().hold, desk.text()) == ("parked", "answer", None)
    assert "talkative answered is no transcription (refusal)" in desk.row().last_error
    (answer,) = desk.answers()
    assert (answer.raw, answer.condemned) == ("raw A black and white photo of a wall", "refusal")
    assert answer.warnings == ("refusal: it would not",)


def test_the_picture_of_a_condemned_page_stands_upright_in_its_note(desk: Desk) -> None:
    desk.services.style = NoteStyle(images="none")
    desk.read(Talkative(condemned="loop"))
    assert desk.services.artifacts.picture(desk.page_id).exists()
    assert desk.row().to_raster is not None
    compose_note(desk.services, desk.note_id)
    with desk.services.ledger.read() as connection:
        note = notes.revision(connection, desk.note_id)
    assert note is not None
    assert [block.kind for block in note.blocks] == ["callout", "image"]


def test_the_answer_behind_a_transcript_is_kept_too(desk: Desk) -> None:
    desk.read(Talkative("Buy seeds"))
    (answer,) = desk.answers()
    assert (answer.raw, answer.condemned, desk.text()) == ("raw Buy seeds", None, "Buy seeds")


def test_an_answer_that_came_too_late_leaves_nothing(desk: Desk) -> None:
    """The page was freed and taken by somebody else meanwhile: that one's answer counts."""

    def somebody_else() -> None:
        with desk.services.ledger.write() as connection:
            connection.execute(update(tables.transcription).values(claim=tables.transcription.c.claim + 1))

    desk.read(Talkative("Buy seeds", during=somebody_else))
    assert (desk.answers(), desk.text()) == ([], None)


def test_a_child_that_died_over_a_page_is_a_strike_and_the_third_parks_it(desk: Desk) -> None:
    for strikes in range(1, STRIKES):
        desk.read(Talkative(error=ChildDied("over this page the reader died")))
        assert (desk.row().state, desk.row().strikes) == ("queued", strikes)
    desk.read(Talkative(error=ChildDied("over this page the reader died")))
    assert (desk.row().state, desk.row().hold) == ("parked", "poison")
    assert desk.row().last_error == "over this page the reader died (3 times)"


@pytest.mark.parametrize(
    ("error", "state", "strikes"),
    [
        (UnreadableScan("no reader can read this"), "failed", 0),
        (TransientError("the server is busy"), "queued", 0),
        (RuntimeError("a bug"), "queued", 1),
    ],
)
def test_other_errors_of_a_reader_are_no_strikes_unless_nobody_foresaw_them(
    desk: Desk, error: Exception, state: str, strikes: int
) -> None:
    desk.read(Talkative(error=error))
    assert (desk.row().state, desk.row().strikes) == (state, strikes)


# ------------------------------------------------------------------------------------------------------- read by another


def other_tools(reader: Reader, at_once: int = 1) -> Callable[[str], ReadingTools]:
    return lambda name: tools(reader, name=name, at_once=at_once)


def test_a_page_is_read_by_the_reader_that_was_wished(desk: Desk) -> None:
    usual, other = Talkative("Buy seeds"), Talkative("Buy beads", name="other")
    desk.read(usual)
    desk.reread(reader="other")
    desk.read(usual, other=other_tools(other))
    assert (usual.asked, other.asked, desk.text()) == (1, 1, "Buy beads")


def test_wishing_the_reader_in_use_opens_no_second_one(desk: Desk) -> None:
    usual = Talkative("Buy seeds")
    desk.reread(reader="talkative")
    desk.read(usual, name="talkative", other=other_tools(Talkative("another")))
    assert desk.text() == "Buy seeds"


def test_a_wished_reader_that_cannot_be_had_says_so(desk: Desk) -> None:
    desk.reread(reader="other")
    desk.read(Talkative())
    assert desk.row().state == "queued"
    assert "'other'" in desk.row().last_error


def test_readers_that_were_wished_are_closed_with_the_others() -> None:
    usual, other = Talkative(), Talkative(name="other")
    both = tools(usual, other=other_tools(other))
    assert both.named("other") is both.named("other")
    both.named("other").readers()
    both.close()
    assert (usual.closed, other.closed) == (0, 1)


def test_a_wished_reader_is_asked_about_no_more_pages_at_once_than_it_bears() -> None:
    other = Talkative(name="other", during=lambda: time.sleep(0.02))
    both = tools(Talkative(), other=other_tools(other, at_once=2))

    def ask() -> None:
        found = both.named("other")
        with found.turn():
            reader, _ = found.readers()
            reader.read(None, None, None)  # type: ignore[arg-type]

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (other.asked, other.most_at_once) == (8, 2)


def test_only_the_configured_reader_makes_the_estimates(desk: Desk) -> None:
    desk.reread(reader="other")
    desk.read(Talkative(), other=other_tools(Talkative(name="other")))
    with desk.services.ledger.read() as connection:
        assert pace.seconds_for(connection, 1, readers=1) is None
    desk.reread()
    desk.read(Talkative())
    with desk.services.ledger.read() as connection:
        assert pace.seconds_for(connection, 1, readers=1) is not None


# ---------------------------------------------------------------------------------------------------------------- beside


def test_a_reading_beside_leaves_text_picture_and_note(desk: Desk) -> None:
    desk.read(Talkative("Buy seeds"))
    picture = desk.services.artifacts.picture(desk.page_id)
    picture.write_bytes(b"as it was")
    desk.reread("beside")
    desk.read(Talkative("Buy beads", name="other"))
    assert (desk.text(), desk.row().read_by, picture.read_bytes()) == ("Buy seeds", "talkative", b"as it was")
    with desk.services.ledger.read() as connection:
        (kept,) = beside.of_pages(connection, [desk.page_id])[desk.page_id]
    assert kept.transcript.text == "Buy beads"


def test_a_condemned_answer_beside_is_kept_and_parks_nothing(desk: Desk) -> None:
    desk.read(Talkative("Buy seeds"))
    desk.reread("beside")
    desk.read(Talkative("loop loop loop", condemned="loop"))
    assert (desk.row().state, desk.text()) == ("done", "Buy seeds")
    assert "(loop)" in desk.row().last_error
    assert [answer.condemned for answer in desk.answers()] == ["loop", None]
    with desk.services.ledger.read() as connection:
        assert beside.of_pages(connection, [desk.page_id]) == {}


def test_warnings_of_a_reading_reach_the_note(desk: Desk) -> None:
    desk.read(Talkative("Buy seeds", warnings=("boilerplate: cut off",)))
    compose_note(desk.services, desk.note_id)
    with desk.services.ledger.read() as connection:
        note = notes.revision(connection, desk.note_id)
    assert note is not None
    assert note.pages[0].warnings == ("boilerplate: cut off",)
    assert replace(note, better_reader="") == note


def test_pixels_are_gone_once_a_page_was_read(desk: Desk, tmp_path: Path) -> None:
    desk.read(Talkative(condemned="loop"))
    assert list(desk.services.artifacts.work.iterdir()) == []
