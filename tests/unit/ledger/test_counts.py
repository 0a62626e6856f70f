from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.ledger import counts, files, notes, outbox, transcriptions
from tests.unit.ledger.builders import NOW, VAULT, begin, composed, deliver, page, read, register, revise, start

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger


def test_an_empty_ledger_counts_nothing(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert counts.files(connection) == {}
        assert counts.transcriptions(connection) == {"blank": 0}
        assert counts.notes(connection) == {"total": 0}
        assert counts.deliveries(connection) == {}
        assert counts.waiting(connection) == []


def test_files_pages_and_notes_are_counted_by_state(ledger: Ledger) -> None:
    with ledger.write() as connection:
        files.saw(connection, "/inbox", [(b"a", 1, 1, 1, 1), (b"b", 1, 2, 1, 1)], now=NOW, due_at=NOW)
        files.gone(connection, "/inbox", [b"b"])
        note_id = register(connection, "text", "blank", "unread")
        read(connection, "text")
        claim = begin(connection, "transcription", page("blank").id)
        transcriptions.finish(connection, claim, outcome="blank", transcript=None, to_raster=None, now=NOW)
        assert counts.files(connection) == {"settling": 1, "gone": 1}
        assert counts.transcriptions(connection) == {"done": 2, "queued": 1, "blank": 1}
        assert counts.notes(connection) == {"total": 1, "waiting": 1}
        assert [item.id for item in counts.waiting(connection) if item.what == "note"] == []
        notes.fail(connection, begin_note(connection, note_id), error="broken", now=NOW)
        assert [(item.what, item.id) for item in counts.waiting(connection) if item.what == "note"] == [
            ("note", note_id)
        ]


def begin_note(connection, note_id: str):
    read(connection, "unread")
    return begin(connection, "note", note_id)


def test_deliveries_are_counted_by_sink_and_state(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    deliver(ledger)
    revise(ledger, note_id, "second")
    with ledger.read() as connection:
        assert counts.deliveries(connection) == {"obsidian": {"done": 1, "queued": 1}}


def test_what_waits_says_where_why_and_until_when(ledger: Ledger) -> None:
    with ledger.write() as connection:
        files.saw(connection, "/inbox", [(b"sub/torn.jpg", 1, 1, 1, 1)], now=NOW, due_at=NOW)
        files.settle(connection, 1, state="unreadable", reason="no picture")
        register(connection, "page")
        claim = begin(connection, "transcription", page("page").id)
        transcriptions.postpone(connection, claim, due_at=NOW + 60, error="the reader is busy", now=NOW + 1)
        file, waiting = counts.waiting(connection)
    assert (file.what, file.path, file.state, file.reason, file.since) == (
        *("file", "/inbox/sub/torn.jpg", "unreadable", "no picture", NOW),
    )
    assert (waiting.what, waiting.id, waiting.path) == ("page", page("page").id, "page.jpg")
    assert (waiting.state, waiting.reason) == ("queued", "the reader is busy")
    assert (waiting.since, waiting.due_at) == (NOW + 1, NOW + 60)


def test_a_delivery_waits_with_the_title_of_its_note(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, _, _ = start(ledger)
    with ledger.write() as connection:
        outbox.fail(connection, delivery, claim, error="the vault refuses it", now=NOW)
        (waiting,) = counts.waiting(connection)
    assert (waiting.what, waiting.id, waiting.path) == ("delivery to obsidian", note_id, "first")
    assert (waiting.state, waiting.reason, waiting.due_at) == ("failed", "the vault refuses it", None)


def test_what_is_done_removed_or_superseded_waits_no_more(ledger: Ledger) -> None:
    note_id = composed(ledger, "first")
    delivery, claim, _, _ = start(ledger)
    revise(ledger, note_id, "second")
    with ledger.write() as connection:
        outbox.removed(connection, delivery, claim, reason="deleted", now=NOW)
        assert counts.deliveries(connection) == {"obsidian": {"removed": 2}}
        assert counts.waiting(connection) == []


def test_the_list_of_what_waits_is_bounded(ledger: Ledger) -> None:
    with ledger.write() as connection:
        paths = [(f"{number}".encode(), 1, number, 1, 1) for number in range(30)]
        files.saw(connection, "/inbox", paths, now=NOW, due_at=NOW)
        register(connection, *(f"{number}" for number in range(30)))
        found = counts.waiting(connection, limit=10)
    assert [item.what for item in found] == ["file"] * 10 + ["page"] * 10


def test_a_paused_sink_says_why(ledger: Ledger) -> None:
    with ledger.write() as connection:
        outbox.configure(connection, {VAULT: "obsidian"}, now=NOW)
        assert counts.paused_sinks(connection) == {"obsidian": None}
        outbox.pause(connection, VAULT, reason="the token was refused", now=NOW)
        assert counts.paused_sinks(connection) == {"obsidian": "the token was refused"}
