"""The conformance suite that every sink inherits, ours and a stranger's.

A sink's author writes one class; pytest runs all tests of this one with it::

    class TestFolder(SinkContract):
        @pytest.fixture(autouse=True)
        def place(self, tmp_path):
            self.root = tmp_path / "notes"
            self.root.mkdir()

        def make_sink(self):
            return FolderSink(FolderSettings(root=self.root), SinkContext(name="folder", cache=self.root / ".cache"))

        def copies(self, note_id): ...
        def text_of(self, note_id): ...
        def delete_copy(self, note_id): ...
        def make_unreachable(self): ...
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from notesyncd.api import (
    Absent,
    Attachment,
    DeliveryRequest,
    Found,
    Json,
    Note,
    NotesyncdError,
    Receipt,
    Removed,
    RevisionMark,
    Sink,
    TransientError,
)
from notesyncd.testing import notes

_MOST_STEPS = 400  # calls of one delivery into the system


class Killed(BaseException):
    """The daemon dies here; no handler of errors gets to see it."""


@dataclass
class Courier:
    """Plays the core's part for one note: what the ledger keeps of a copy, and when it is looked for.

    Attributes:
        receipt: of the last acknowledged delivery.
        progress: what the sink last saved of an unacknowledged one.
        sent: every revision of which something may have left since the last acknowledged delivery.
        standing: the revision that was last acknowledged.
        on_save: called after each ``save_progress``, with its number from 1; may raise.
    """

    artifacts: Path
    receipt: Receipt | None = None
    progress: Json | None = None
    standing: Note | None = None
    sent: list[Note] = field(default_factory=list)
    on_save: Callable[[int], None] | None = None
    saves: int = 0

    def send(self, sink: Sink, note: Note) -> Receipt | Removed:
        """Deliver as the core does: ``find`` first where something is unanswered or no receipt is known."""
        known = None
        previous = self.standing
        if self.receipt is None or self.sent:
            found = sink.find(note.id, None, self.receipt)
            if isinstance(found, Removed):
                return found
            if isinstance(found, Found):
                known = found
                previous = self._revision(found.revision)
        else:
            known = Found(receipt=self.receipt, revision=_mark(self.standing))
        if note not in self.sent:
            self.sent.append(note)
        ours = [one for one in (self.standing, *self.sent) if one is not None]
        answer = sink.deliver(
            DeliveryRequest(
                note=note,
                previous=previous,
                ours=tuple(dict.fromkeys(ours)),
                known=known,
                progress=self.progress,
                save_progress=self._save,
                open_artifact=self._open,
            )
        )
        if isinstance(answer, Receipt):
            self.receipt, self.standing, self.sent, self.progress = answer, note, [], None
        return answer

    def forget(self) -> None:
        """Lose the ledger."""
        self.receipt = self.progress = self.standing = None
        self.sent = []

    def _revision(self, mark: RevisionMark | None) -> Note | None:
        candidates = [one for one in (self.standing, *self.sent) if one is not None]
        return next((one for one in candidates if _mark(one) == mark), None)

    def _save(self, progress: Json) -> None:
        self.progress = progress
        self.saves += 1
        if self.on_save is not None:
            self.on_save(self.saves)

    def _open(self, attachment: Attachment) -> Path:
        path = self.artifacts / attachment.name
        if not path.exists():
            path.write_bytes(b"\xff\xd8\xff\xe0" + attachment.page_id.encode() * 8)
        return path


class SinkContract(ABC):
    """Inherit this, write what is abstract, and what your place can do beyond it.

    Attributes:
        editable: users can change a delivered copy by hand; then ``edit_copy`` MUST be written.
        secrets: what MUST never appear in ``repr`` or in an error.
        forkable: the sink may be used in a forked child, so that it can be killed at each step.
    """

    editable: bool = False
    secrets: tuple[str, ...] = ()
    forkable: bool = hasattr(os, "fork")

    # --------------------------------------------------------------------------------------------- the author's part

    @abstractmethod
    def make_sink(self) -> Sink:
        """Return a new sink object for always the same place, as a restarted daemon would make it."""

    @abstractmethod
    def copies(self, note_id: str) -> int:
        """Count the living copies of a note at that place, however they came there."""

    @abstractmethod
    def text_of(self, note_id: str) -> str:
        """Return all that a person reads in the copy, markup included."""

    @abstractmethod
    def delete_copy(self, note_id: str) -> None:
        """Delete the copy as a user would."""

    @abstractmethod
    def make_unreachable(self) -> None:
        """Take the place away: unmount the disk, cut the line. Not called twice in one test."""

    def edit_copy(self, note_id: str, before: str, after: str) -> None:
        """Change a text in the copy as a user would."""
        raise NotImplementedError

    def attachments(self, note_id: str) -> int:
        """Count the files that stand there for a note's attachments; left out where a sink has none."""
        raise NotImplementedError

    # ---------------------------------------------------------------------------------------------------- the fixtures

    @pytest.fixture
    def sink(self) -> Iterator[Sink]:
        """A sink that is closed afterwards."""
        made = self.make_sink()
        yield made
        made.close()

    @pytest.fixture
    def courier(self, tmp_path: Path) -> Courier:
        """The core's part for one note."""
        artifacts = tmp_path / "contract-artifacts"
        artifacts.mkdir()
        return Courier(artifacts)

    # ---------------------------------------------------------------------------------------------------- the contract

    def test_it_is_a_sink_and_says_who_it_is(self, sink: Sink) -> None:
        """Two objects for one place are the same sink."""
        assert isinstance(sink, Sink)
        assert sink.identity()
        assert sink.identity() == self.make_sink().identity()
        assert sink.check().ok

    def test_what_was_never_sent_is_absent(self, sink: Sink) -> None:
        """Without a receipt nothing is said to be deleted."""
        assert sink.find(notes.note_id("never sent"), None, None) == Absent()

    def test_the_same_note_twice_is_one_copy(self, sink: Sink, courier: Courier) -> None:
        """A repeated delivery changes nothing."""
        note = notes.sample_note()
        first = courier.send(sink, note)
        text = self.text_of(note.id)
        second = courier.send(sink, note)
        assert isinstance(first, Receipt)
        assert isinstance(second, Receipt)
        assert first.remote_id == second.remote_id
        assert self.copies(note.id) == 1
        assert self.text_of(note.id) == text

    def test_a_lost_receipt_is_found_again_by_a_new_sink(self, sink: Sink, courier: Courier) -> None:
        """The note's id is enough, and the revision that stands there is named by number and digest."""
        if not sink.capabilities.lookup:
            pytest.skip("this sink can't look for its copies, and says so")
        note = notes.sample_note()
        receipt = courier.send(sink, note)
        assert isinstance(receipt, Receipt)
        sink.close()
        courier.forget()
        other = self.make_sink()
        found = other.find(note.id, None, None)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == receipt.remote_id
        assert found.revision == _mark(note)
        assert found.complete
        courier.send(other, notes.revised(note, *note.blocks, notes.paragraph("and a line more", "p2")))
        other.close()
        assert self.copies(note.id) == 1
        assert "and a line more" in self.text_of(note.id)

    def test_an_update_keeps_the_place(self, sink: Sink, courier: Courier) -> None:
        """Text and title change, the object stays."""
        if not sink.capabilities.update:
            pytest.skip("this sink can't change its copies, and says so")
        note = notes.note("place", notes.paragraph("the first wording"))
        first = courier.send(sink, note)
        second = courier.send(sink, notes.revised(note, notes.paragraph("the second wording"), title="Other title"))
        assert isinstance(first, Receipt)
        assert isinstance(second, Receipt)
        assert first.remote_id == second.remote_id
        assert self.copies(note.id) == 1
        assert "second wording" in self.text_of(note.id)
        assert "first wording" not in self.text_of(note.id)

    def test_the_copy_becomes_the_note_whatever_is_known_of_it(self, sink: Sink, courier: Courier) -> None:
        """``known`` may be older or newer than what stands there."""
        if not sink.capabilities.update:
            pytest.skip("this sink can't change its copies, and says so")
        one = notes.note("known", notes.paragraph("wording one"))
        two = notes.revised(one, notes.paragraph("wording two"))
        courier.send(sink, one)
        receipt = courier.receipt
        courier.send(sink, two)
        courier.receipt, courier.standing, courier.sent = receipt, one, [two]
        courier.send(sink, notes.revised(two, notes.paragraph("wording three")))
        assert self.copies(one.id) == 1
        assert "wording three" in self.text_of(one.id)
        assert "wording two" not in self.text_of(one.id)

    def test_two_notes_with_one_title_are_two_copies(self, sink: Sink, courier: Courier) -> None:
        """A title is no key."""
        first = notes.note("first", notes.paragraph("text of the first"), title="Meeting")
        second = notes.note("second", notes.paragraph("text of the second"), title="Meeting")
        courier.send(sink, first)
        Courier(courier.artifacts).send(sink, second)
        assert self.copies(first.id) == self.copies(second.id) == 1
        assert "text of the first" in self.text_of(first.id)
        assert "text of the second" in self.text_of(second.id)

    # ---------------------------------------------------------------------------------------------------- being killed

    def test_dying_when_progress_is_saved_makes_no_second_copy(self, courier: Courier) -> None:
        """Each place where the sink saves its progress in turn, before a first delivery and before an update."""
        note = notes.sample_note()
        update = notes.revised(note, *note.blocks, notes.paragraph("the corrected end", "p2"))
        for due in (note, update):
            for step in range(1, _MOST_STEPS):
                sink = self.make_sink()
                courier.saves, courier.on_save = 0, _die_at(step)
                try:
                    courier.send(sink, due)
                except Killed:
                    continue
                finally:
                    sink.close()
                break
            courier.on_save = None
            assert self.copies(note.id) == 1
        assert "the corrected end" in self.text_of(note.id)

    def test_dying_before_the_receipt_is_kept_makes_no_second_copy(self, courier: Courier) -> None:
        """Everything was written, and nobody was told."""
        if not self.make_sink().capabilities.lookup:
            pytest.skip("this sink can't look for its copies, and says so")
        note = notes.sample_note()
        update = notes.revised(note, *note.blocks, notes.paragraph("the corrected end", "p2"))
        for due in (note, update):
            before = (courier.receipt, courier.standing)
            sink = self.make_sink()
            assert isinstance(courier.send(sink, due), Receipt)
            courier.receipt, courier.standing = before
            courier.sent = [due]
            courier.send(self.make_sink(), due)
            assert self.copies(note.id) == 1
        assert "the corrected end" in self.text_of(note.id)

    @pytest.mark.parametrize("kind", ["create", "update"])
    def test_being_killed_at_any_step_makes_no_second_copy(self, courier: Courier, kind: str) -> None:
        """``kill -9`` at the first, second, third … call by which a delivery reaches files or network.

        Each time a child process dies there, with a note of its own, and what it saved as progress is all that is
        known of it.
        """
        if not self.forkable or not self.make_sink().capabilities.lookup:
            pytest.skip("needs os.fork and a sink that can look for its copies")
        for step in range(1, _MOST_STEPS):
            due = notes.sample_note(f"Workshop {kind} {step}")
            core = Courier(courier.artifacts)
            if kind == "update":
                core.send(self.make_sink(), due)
                due = notes.revised(due, *due.blocks, notes.paragraph("the corrected end", "p2"))
            killed = self._deliver_in_child(core, due, kill_at=step)
            assert isinstance(core.send(self.make_sink(), due), Receipt), f"killed at step {step}"
            assert self.copies(due.id) == 1, f"killed at step {step}"
            assert "Measure twice" in self.text_of(due.id)
            assert kind == "create" or "the corrected end" in self.text_of(due.id)
            if not killed:
                break
            self.delete_copy(due.id)  # the place stays small, and so the number of steps
        else:
            pytest.fail("a delivery takes more steps than this test is ready for")

    def _deliver_in_child(self, core: Courier, due: Note, *, kill_at: int) -> bool:
        """Deliver in a child that is killed at its ``kill_at``-th call into the system; tell whether it was."""
        kept = core.artifacts / f"progress of {due.id}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child uses none of the test run's threads
            child = os.fork()
        if child == 0:
            self._deliver_until_killed(core, due, kill_at, kept)
        _, status = os.waitpid(child, 0)
        core.sent.append(due)
        core.progress = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else None
        if os.WIFSIGNALED(status):
            return True
        assert os.waitstatus_to_exitcode(status) == 0, "the delivery failed in the child; its traceback is on stderr"
        return False

    def _deliver_until_killed(self, core: Courier, due: Note, kill_at: int, kept: Path) -> NoReturn:
        left = kill_at

        def count(event: str, _: object) -> None:
            nonlocal left
            if event == "open" or event.startswith(("os.", "socket.")):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        status = 1
        try:
            sink = self.make_sink()
            core.on_save = lambda _: _keep_whole(kept, json.dumps(core.progress))
            sys.addaudithook(count)
            core.send(sink, due)
            status = 0
        except BaseException:  # noqa: BLE001 - a forked child must not run on into the parent's code
            traceback.print_exc()
        finally:
            os._exit(status)

    # ------------------------------------------------------------------------------------------------------ the user

    def test_what_the_user_deleted_stays_deleted(self, sink: Sink, courier: Courier) -> None:
        """Neither an update nor a repeated delivery brings it back, and both say so."""
        note = notes.sample_note()
        receipt = courier.send(sink, note)
        assert isinstance(receipt, Receipt)
        self.delete_copy(note.id)
        assert self.copies(note.id) == 0
        assert isinstance(sink.find(note.id, None, receipt), Removed)
        update = notes.revised(note, notes.paragraph("never to be seen"))
        assert isinstance(courier.send(sink, update), Removed)
        assert self.copies(note.id) == 0

    def test_what_the_user_wrote_stays(self, sink: Sink, courier: Courier) -> None:
        """An edited text is kept, also where ours changed, and the rest of the note is brought up to date."""
        if not self.editable:
            pytest.skip("nobody can edit what stands there")
        note = notes.note("edits", notes.paragraph("first paragraph", "p1"), notes.paragraph("second paragraph", "p2"))
        courier.send(sink, note)
        self.edit_copy(note.id, "first paragraph", "first paragraph, in my own words")
        update = notes.revised(
            note, notes.paragraph("first paragraph, corrected", "p1"), notes.paragraph("second, corrected", "p2")
        )
        courier.send(sink, update)
        courier.send(sink, update)
        text = self.text_of(note.id)
        assert text.count("in my own words") == 1
        assert text.count("first paragraph, corrected") == 1
        assert "second, corrected" in text
        assert "second paragraph" not in text
        assert self.copies(note.id) == 1

    def test_an_edit_survives_a_lost_ledger(self, sink: Sink, courier: Courier) -> None:
        """Where nobody knows what we wrote, all that stands there is kept."""
        if not self.editable or not sink.capabilities.lookup:
            pytest.skip("nobody can edit what stands there, or it can't be found again")
        note = notes.note("lost", notes.paragraph("first paragraph", "p1"), notes.paragraph("second paragraph", "p2"))
        courier.send(sink, note)
        self.edit_copy(note.id, "first paragraph", "words of the user")
        courier.forget()
        courier.send(sink, notes.revised(note, notes.paragraph("read anew", "p7"), notes.paragraph("second one", "p8")))
        text = self.text_of(note.id)
        assert "words of the user" in text
        assert "read anew" in text
        assert self.copies(note.id) == 1

    # ----------------------------------------------------------------------------------------------- what is delivered

    @pytest.mark.parametrize("text", notes.HOSTILE_TEXTS)
    def test_hostile_text_arrives_once_and_is_found_again(self, sink: Sink, courier: Courier, text: str) -> None:
        """As title, as path, as tag and as text; it neither breaks the copy nor hides it."""
        note = notes.note(
            "hostile",
            notes.paragraph(text, "p1"),
            notes.heading(text, "h1"),
            notes.task(text, "t1"),
            notes.paragraph("the end", "p2"),
            title=text,
            path=text,
            tags=(text, "tag"),
        )
        courier.send(sink, note)
        courier.forget()
        update = notes.revised(note, notes.paragraph(text, "p1"), notes.paragraph("the new end", "p2"), title=text)
        courier.send(sink, update)
        assert self.copies(note.id) == 1
        if sink.capabilities.update:
            assert "the new end" in self.text_of(note.id)

    def test_an_empty_note_arrives(self, sink: Sink, courier: Courier) -> None:
        """No blocks, no title, no date."""
        note = notes.note("empty", title="", path="", dated=None)
        courier.send(sink, note)
        courier.send(sink, note)
        assert self.copies(note.id) == 1

    def test_a_huge_note_arrives(self, sink: Sink, courier: Courier) -> None:
        """Some hundred paragraphs, one of them longer than any limit of a text."""
        blocks = [notes.paragraph(f"paragraph {number}", f"p{number}") for number in range(300)]
        note = notes.note("huge", *blocks, notes.paragraph("long words " * 3000, "long"), title="Huge " * 200)
        courier.send(sink, note)
        courier.send(sink, note)
        text = self.text_of(note.id)
        assert self.copies(note.id) == 1
        assert "paragraph 0" in text
        assert "paragraph 299" in text
        assert text.count("long words") == 3000

    def test_an_attachment_sent_again_is_not_doubled(self, sink: Sink, courier: Courier) -> None:
        """Neither by the same note again, nor by an update, nor after the ledger was lost."""
        page = notes.attachment("page")
        note = notes.note("pictured", notes.paragraph("text"), notes.image(page), attachments=(page,))
        courier.send(sink, note)
        try:
            assert self.attachments(note.id) == 1
        except NotImplementedError:
            pytest.skip("this sink has no attachments")
        courier.send(sink, note)
        courier.send(sink, notes.revised(note, notes.paragraph("other text"), notes.image(page)))
        courier.forget()
        courier.send(sink, note)
        assert self.attachments(note.id) == 1

    # ---------------------------------------------------------------------------------------------------- good manners

    def test_an_unreachable_place_is_a_transient_error(self, sink: Sink, courier: Courier) -> None:
        """Never ``Removed``, never ``Absent``; and a sink can be made while its place is away."""
        note = notes.sample_note()
        receipt = courier.send(sink, note)
        assert isinstance(receipt, Receipt)
        identity = sink.identity()
        self.make_unreachable()
        for one in (sink, self.make_sink()):
            assert one.identity() == identity
            for known in (receipt, None):
                with pytest.raises(TransientError):
                    one.find(note.id, None, known)
            with pytest.raises(TransientError):
                courier.send(one, notes.revised(note, notes.paragraph("later")))
            assert not _healthy(one)

    def test_looking_changes_nothing(self, sink: Sink, courier: Courier) -> None:
        """``check`` and ``find`` leave the copy as it is."""
        note = notes.sample_note()
        receipt = courier.send(sink, note)
        assert isinstance(receipt, Receipt)
        text = self.text_of(note.id)
        sink.check()
        sink.find(note.id, None, receipt)
        sink.find(note.id, None, None)
        assert self.text_of(note.id) == text
        assert self.copies(note.id) == 1

    def test_closing_twice_is_harmless(self) -> None:
        """Also before anything was done."""
        sink = self.make_sink()
        sink.close()
        sink.close()

    def test_secrets_stay_secret(self, sink: Sink, courier: Courier) -> None:
        """Neither ``repr`` nor an error shows them."""
        shown = [repr(sink), str(sink.check())]
        self.make_unreachable()
        try:
            courier.send(sink, notes.sample_note())
        except NotesyncdError as error:
            shown += [str(error), repr(error), repr(error.__cause__)]
        for secret in self.secrets:
            assert not any(secret in text for text in shown)
        assert shown


def _mark(note: Note | None) -> RevisionMark | None:
    return RevisionMark(revision=note.revision, digest=note.digest) if note is not None else None


def _die_at(step: int) -> Callable[[int], None]:
    def die(number: int) -> None:
        if number == step:
            raise Killed

    return die


def _keep_whole(path: Path, text: str) -> None:
    """Write a file as a ledger commits: all of it or nothing."""
    new = path.with_name(f"{path.name} (new)")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _healthy(sink: Sink) -> bool:
    try:
        return sink.check().ok
    except NotesyncdError:
        return False
