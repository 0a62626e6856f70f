from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from notesyncd.api import ReadLine, ReadRegion, ReadWord, Scan
from notesyncd.ledger import notes, scans, transcriptions, work
from tests.unit.ledger.builders import NOW, begin, facts, moment, page, placed, read, register, sha

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger


def test_a_scan_comes_back_as_it_went_in(ledger: Ledger) -> None:
    scan = Scan(
        digest=sha("bytes"),
        media_type="application/pdf",
        size_bytes=12,
        captured_at=datetime(2033, 5, 1, 12, 30, 1, 500_000),
        camera="Maker Model 123",
        received_at=moment(),
    )
    known = scans.ScanFacts(scan=scan, name="sc.pdf", modified_at=NOW - 5, appeared_at=NOW - 4)
    with ledger.write() as connection:
        scans.add(connection, known, placed([page("1")]), now=NOW)
        assert scans.get(connection, scan.digest) == known
        assert scans.get(connection, sha("other")) is None


def test_registering_a_scan_queues_its_pages(ledger: Ledger) -> None:
    with ledger.write() as connection:
        scans.add(connection, facts(), placed([page("1"), page("2")]), now=NOW)
        due = work.due(connection, "transcription", now=NOW, limit=9)
        assert set(due) == {page("1").id, page("2").id}
        assert scans.page_ids(connection, facts().scan.digest) == set(due)


def test_registering_the_same_bytes_again_is_harmless(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for name in ("a.jpg", "copy of a.jpg"):
            again = scans.ScanFacts(scan=facts().scan, name=name, modified_at=NOW, appeared_at=NOW)
            scans.add(connection, again, placed([page()]), now=NOW)
        found = scans.get(connection, facts().scan.digest)
        assert found is not None
        assert found.name == "a.jpg"


def test_a_page_that_was_read_is_not_queued_again_when_it_stands_in_another_file(ledger: Ledger) -> None:
    """A 60-page PDF exported again with one page more: one page is read."""
    with ledger.write() as connection:
        register(connection, "1", "2")
        read(connection, "1")
        read(connection, "2")
        register(connection, "1", "2", "3")
        assert work.due(connection, "transcription", now=NOW, limit=9) == [page("3").id]


def test_a_place_keeps_orientation_and_born_digital_text(ledger: Ledger) -> None:
    text_layer = (ReadRegion(lines=(ReadLine(words=(ReadWord(text="born"), ReadWord(text="digital"))),)),)
    place = scans.ScanPage(page=page(), number=3, orientation=6, text_layer=text_layer)
    with ledger.write() as connection:
        scans.add(connection, facts(), [place], now=NOW)
        assert scans.places_of(connection, page().id) == [(facts().scan.digest, "image/jpeg", place)]


def test_blank_pages_do_not_count_as_shared(ledger: Ledger) -> None:
    """Two unrelated scans both end with the same white page: that makes them no versions of each other."""
    with ledger.write() as connection:
        register(connection, "text", "white")
        transcriptions.finish(
            connection,
            begin(connection, "transcription", page("white").id),
            outcome="blank",
            transcript=None,
            to_raster=None,
            now=NOW,
        )
        digest = facts("text+white").scan.digest
        assert scans.page_ids(connection, digest) == {page("text").id, page("white").id}
        assert scans.page_ids(connection, digest, with_ink=True) == {page("text").id}


def test_a_later_form_of_a_scan_takes_its_place_in_a_note(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "1")
        before, after = facts("1"), facts("1+2")
        scans.add(connection, after, placed([page("1"), page("2")]), now=NOW)
        assert scans.notes_with(connection, before.scan.digest) == [(note_id, "file")]
        scans.take_out(connection, before.scan.digest, note_id)
        scans.put_in(connection, note_id, after.scan.digest, placed([page("1"), page("2")]))
        assert scans.notes_with(connection, before.scan.digest) == []
        assert scans.notes_with(connection, after.scan.digest) == [(note_id, "file")]
        assert [found.page for found in notes.pages(connection, note_id)] == [page("1"), page("2")]


def test_a_note_is_found_by_scan_and_page_number(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "1", "2")
        digest = facts("1+2").scan.digest
        assert scans.note_at(connection, digest, 2) == note_id
        assert scans.note_at(connection, digest, 3) is None
        assert scans.number_in(connection, digest, note_id) == 1
        assert scans.note_exists(connection, note_id)
        assert not scans.note_exists(connection, "another")


def near(ledger: Ledger, taken_at: float, *, key: str = "/inbox", within: float | None = 60, kind: str = "burst"):
    with ledger.read() as connection:
        return scans.group_near(connection, kind=kind, key=key, taken_at=taken_at, within=within)


@pytest.fixture
def bursts(ledger: Ledger) -> dict[str, str]:
    """Notes of photos that were taken at different moments."""
    with ledger.write() as connection:
        return {
            name: register(connection, name, kind="burst", key=key, taken_at=NOW + taken)
            for name, key, taken in (("first", "/inbox", 0), ("second", "/inbox", 500), ("elsewhere", "/other", 5))
        }


@pytest.mark.parametrize(
    ("seconds", "joins"), [(0, "first"), (60, "first"), (-60, "first"), (61, None), (449, "second"), (580, None)]
)
def test_a_photo_joins_the_burst_it_was_taken_in(
    ledger: Ledger, bursts: dict[str, str], seconds: float, joins: str | None
) -> None:
    assert near(ledger, NOW + seconds) == (bursts[joins] if joins else None)


def test_of_two_bursts_the_nearer_one_is_joined(ledger: Ledger, bursts: dict[str, str]) -> None:
    assert near(ledger, NOW + 200, within=1000) == bursts["first"]
    assert near(ledger, NOW + 300, within=1000) == bursts["second"]


def test_a_burst_of_another_folder_or_kind_is_not_joined(ledger: Ledger, bursts: dict[str, str]) -> None:
    assert near(ledger, NOW + 5, key="/other") == bursts["elsewhere"]
    assert near(ledger, NOW, key="/third") is None
    assert near(ledger, NOW, kind="folder") is None


def test_a_folder_is_one_group_whenever_its_pages_were_taken(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page", kind="folder", key="/inbox/trip")
    assert near(ledger, NOW - 1e8, kind="folder", key="/inbox/trip", within=None) == note_id
    assert near(ledger, NOW, kind="folder", key="/inbox", within=None) is None


def test_the_name_of_a_group_may_be_no_utf8(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page", kind="folder", key="/inbox/caf\udce9")
    assert near(ledger, NOW, kind="folder", key="/inbox/caf\udce9", within=None) == note_id


def test_a_group_is_kept_open_but_never_closed_earlier(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_id = register(connection, "page", closes_at=NOW + 10)
        read(connection, "page")
        for closes_at, due_at in ((NOW + 50, NOW + 50), (NOW + 20, NOW + 50)):
            scans.keep_open(connection, note_id, closes_at)
            notes.queue(connection, note_id, now=NOW)
            assert work.next_due(connection, "note") == due_at
