from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notesyncd.api import (
    Absent,
    AuthError,
    Block,
    DeliveryRequest,
    Found,
    Health,
    Json,
    Note,
    Receipt,
    RemoteCopy,
    Removed,
    RevisionMark,
    Sink,
    SinkCapabilities,
    Span,
    TransientError,
)
from notesyncd.deliver.send import Asks, Errand, send
from tests.unit.deliver.remote import Remote, RemoteSink

RECEIPT, DELIVERED = Receipt(remote_id="stored"), Receipt(remote_id="delivered")
LOOKUP = SinkCapabilities(lookup=True)


def note(text: str, revision: int = 1) -> Note:
    block = Block(id="b1", kind="paragraph", spans=(Span(text=text),))
    return Note(id="n", revision=revision, digest=f"digest of {text}", title=text, path=text, blocks=(block,), pages=())


def mark(of: Note) -> RevisionMark:
    return RevisionMark(revision=of.revision, digest=of.digest)


FIRST, SECOND, THIRD = note("one", 1), note("two", 2), note("three", 3)


@dataclass
class RecordingSink:
    """Answers as told, and keeps what it was asked."""

    answer: Found | Removed | Absent = field(default_factory=Absent)
    verdict: Receipt | Removed = DELIVERED
    trouble: Exception | None = None
    asked: list[tuple[str, datetime | None, Receipt | None]] = field(default_factory=list)
    requests: list[DeliveryRequest] = field(default_factory=list)
    capabilities: SinkCapabilities = LOOKUP

    def identity(self) -> str:
        return "here"

    def check(self) -> Health:
        return Health(ok=True, message="")

    def find(self, note_id: str, since: datetime | None, receipt: Receipt | None) -> Found | Removed | Absent:
        self.asked.append((note_id, since, receipt))
        return self.answer

    def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
        self.requests.append(request)
        if self.trouble:
            raise self.trouble
        return self.verdict

    def close(self) -> None:
        pass


@dataclass
class Kept:
    """What an errand was told."""

    looks: list[Receipt | None] = field(default_factory=list)
    progress: list[Json] = field(default_factory=list)


def errand(
    *,
    due: Note = SECOND,
    sent: tuple[Note, ...] = (),
    known: tuple[Note, ...] = (FIRST, SECOND, THIRD),
    kept: Kept | None = None,
    **copy: object,
) -> Errand:
    kept = kept or Kept()
    by_digest = {one.digest: one for one in known}
    return Errand(
        note=due,
        copy=RemoteCopy(note_id="n", sink="s", identity="here", **copy),  # type: ignore[arg-type]
        sent=sent,
        revision_with=lambda wanted: by_digest.get(wanted.digest),
        looked=kept.looks.append,
        save_progress=kept.progress.append,
        open_artifact=lambda attachment: Path(attachment.name),
    )


def test_the_recording_sink_is_a_sink() -> None:
    assert isinstance(RecordingSink(), Sink)
    assert isinstance(RemoteSink(Remote("file", lambda: 0.0), "here"), Sink)


# ---------------------------------------------------------------------------------------------------- where it is looked


def test_an_acknowledged_copy_is_written_without_a_look() -> None:
    sink = RecordingSink()
    assert send(sink, errand(receipt=RECEIPT, delivered=mark(FIRST), sent=(FIRST,))) == sink.verdict
    assert sink.asked == []
    (request,) = sink.requests
    assert request.known == Found(receipt=RECEIPT, revision=mark(FIRST))
    assert (request.note, request.previous) == (SECOND, FIRST)


def test_find_is_asked_with_note_past_life_and_receipt() -> None:
    sink, since = RecordingSink(), datetime(2033, 1, 1, tzinfo=UTC)
    send(sink, errand(receipt=RECEIPT, since=since, maybe_sent=(mark(FIRST),)))
    assert sink.asked == [("n", since, RECEIPT)]


@pytest.mark.parametrize(
    "copy",
    [{}, {"maybe_sent": (mark(FIRST),)}, {"receipt": RECEIPT, "unsure": True}, {"receipt": RECEIPT, "tombstone": True}],
)
def test_what_was_found_is_handed_on(copy: dict[str, object]) -> None:
    found = Found(receipt=Receipt(remote_id="found"), revision=mark(FIRST), complete=False)
    sink, kept = RecordingSink(answer=found), Kept()
    send(sink, errand(kept=kept, **copy))
    assert sink.requests[0].known == found
    assert sink.requests[0].previous == FIRST
    assert kept.looks == [found.receipt]


def test_a_look_is_kept_before_anything_is_written() -> None:
    order: list[str] = []

    class Ordered(RecordingSink):
        def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
            order.append("write")
            return super().deliver(request)

    kept = Kept()
    kept.looks = type("Looks", (list,), {"append": lambda _, __: order.append("look")})()
    send(Ordered(), errand(kept=kept))
    assert order == ["look", "write"]


# ------------------------------------------------------------------------------------------------------------- verdicts


def test_a_new_note_is_created() -> None:
    sink, kept = RecordingSink(), Kept()
    assert send(sink, errand(kept=kept)) == sink.verdict
    (request,) = sink.requests
    assert (request.known, request.previous, request.ours) == (None, None, (SECOND,))
    assert kept.looks == [None]


@pytest.mark.parametrize("copy", [{}, {"receipt": RECEIPT, "unsure": True}, {"unsure": True}, {"tombstone": True}])
def test_removed_is_believed_and_nothing_is_written(copy: dict[str, object]) -> None:
    sink = RecordingSink(answer=Removed(reason="in the trash"))
    assert send(sink, errand(**copy)) == Removed(reason="in the trash")
    assert sink.requests == []


@pytest.mark.parametrize(
    "copy",
    [
        {"receipt": RECEIPT, "maybe_sent": (mark(FIRST),)},
        {"receipt": RECEIPT, "unsure": True},
        {"tombstone": True},
        {"tombstone": True, "unsure": True},
    ],
)
def test_absent_means_removed_where_a_receipt_or_a_tombstone_stands(copy: dict[str, object]) -> None:
    sink, kept = RecordingSink(), Kept()
    assert isinstance(send(sink, errand(kept=kept, **copy)), Removed)
    assert (sink.requests, kept.looks) == ([], [])


@pytest.mark.parametrize("copy", [{"unsure": True}, {"unsure": True, "maybe_sent": (mark(FIRST),)}])
def test_absent_after_a_restore_asks_a_person(copy: dict[str, object]) -> None:
    sink, kept = RecordingSink(), Kept()
    assert isinstance(send(sink, errand(kept=kept, **copy)), Asks)
    assert (sink.requests, kept.looks) == ([], [])


def test_a_deletion_that_is_noticed_while_writing_is_a_removal() -> None:
    sink = RecordingSink(verdict=Removed())
    assert send(sink, errand(receipt=RECEIPT, delivered=mark(FIRST))) == Removed()


@pytest.mark.parametrize("trouble", [TransientError("later", retry_after=7), AuthError("no"), ZeroDivisionError()])
def test_trouble_is_the_callers_to_sort(trouble: Exception) -> None:
    with pytest.raises(type(trouble)) as caught:
        send(RecordingSink(trouble=trouble), errand())
    assert caught.value is trouble


# --------------------------------------------------------------------------------------------------- previous and ours


def test_all_that_was_sent_is_ours_each_text_once() -> None:
    again = note("one", 4)
    sink = RecordingSink(answer=Found(receipt=RECEIPT, revision=mark(SECOND)))
    send(sink, errand(due=again, sent=(FIRST, SECOND, THIRD), maybe_sent=(mark(THIRD),)))
    assert sink.requests[0].ours == (again, SECOND, THIRD)


def test_what_stands_there_is_ours_even_if_it_was_never_kept_as_sent() -> None:
    sink = RecordingSink(answer=Found(receipt=RECEIPT, revision=mark(FIRST)))
    send(sink, errand(due=THIRD))
    assert sink.requests[0].ours == (FIRST, THIRD)


@pytest.mark.parametrize("revision", [None, RevisionMark(revision=1, digest="of a revision that a restore took away")])
def test_an_unknown_revision_makes_no_previous(revision: RevisionMark | None) -> None:
    """The number alone proves nothing: revision 1 is known, its digest is another one."""
    sink = RecordingSink(answer=Found(receipt=RECEIPT, revision=revision))
    send(sink, errand())
    assert sink.requests[0].previous is None
    assert sink.requests[0].ours == (SECOND,)


def test_progress_and_hands_reach_the_sink() -> None:
    class Stepwise(RecordingSink):
        def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
            assert request.progress == {"written": 1}
            request.save_progress({"written": 2})
            return super().deliver(request)

    kept = Kept()
    send(Stepwise(), errand(kept=kept, progress={"written": 1}))
    assert kept.progress == [{"written": 2}]


# --------------------------------------------------------------------------------------------- with a sink that remembers


@pytest.mark.parametrize("kind", ["notion", "slack", "file"])
def test_a_note_is_created_updated_and_stays_deleted(kind: str) -> None:
    remote = Remote(kind, lambda: 1000.0)  # type: ignore[arg-type]
    sink = RemoteSink(remote, "here")
    created = send(sink, errand(due=FIRST))
    assert isinstance(created, Receipt)
    for before, due in ((FIRST, SECOND), (SECOND, THIRD)):
        updated = send(sink, errand(due=due, receipt=created, delivered=mark(before), sent=(before,)))
        assert updated == created
        assert set(remote.ours("here")[0].parts) == {due.title}
    remote.delete(remote.ours("here")[0])
    assert isinstance(send(sink, errand(due=FIRST, receipt=created, delivered=mark(THIRD), sent=(THIRD,))), Removed)
    assert remote.ours("here") == []
