"""One note, one sink, a remote side and the daemon that is killed and started: the real ledger and deliveries between."""

from __future__ import annotations

import shutil
import uuid
from itertools import count
from typing import TYPE_CHECKING

from notesyncd.compose.note import NoteStyle
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.ledger import notes, outbox, store, work
from notesyncd.ledger.artifacts import Artifacts
from notesyncd.ledger.outbox import Place
from notesyncd.ledger.store import Ledger
from notesyncd.pipeline import delivering
from notesyncd.pipeline.services import Grouping, ImageBounds, ReadingTools, Services
from notesyncd.pipeline.start import take_over
from tests.unit.deliver.remote import LONGEST_REQUEST, Killed, Kind, Remote, RemoteSink
from tests.unit.ledger.builders import NOW, note, read, register, sha

if TYPE_CHECKING:
    from pathlib import Path

    from notesyncd.api import Reader, RemoteCopy

SINK = "sink"


def no_reader() -> Reader:
    raise AssertionError("nothing is read here")


class World:
    """Time is a number; nothing happens by itself."""

    def __init__(self, folder: Path, template: Path, kind: Kind) -> None:
        self.now = NOW
        self.place: str | None = "A"
        self.remote = Remote(kind, lambda: self.now)
        self._folder, self._template = folder, template
        self._numbers = count(1)
        self._tags = count(1)
        self.path = folder / "ledger.sqlite3"
        self.new_ledger(born_at=NOW - 1e6)

    # ------------------------------------------------------------------------------------------------ daemon and ledger

    def new_ledger(self, *, born_at: float) -> None:
        """An empty ledger; the sweep finds the file, and its page says something new."""
        self._put_ledger(self._template)
        with Ledger(self.path, daemon=True) as ledger, ledger.write() as connection:
            store.set_meta(connection, "born_at", repr(born_at))
            self.note_id = register(connection, "page", now=self.now, closes_at=self.now, appeared_at=NOW - 1e6)
            read(connection, "page", now=self.now)
        self.text = self.fresh_text()
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.path, daemon=True)
        sinks = {Place(SINK, self.place): RemoteSink(self.remote, self.place)} if self.place else {}
        self.services = Services(
            ledger=self.ledger,
            artifacts=Artifacts(self._folder / "artifacts"),
            decoder=Decoder(),
            page_decoder=Decoder(),
            tools=ReadingTools(open_reader=no_reader, open_light_reader=lambda _: None, steps=()),
            roots=(),
            grouping=Grouping(kind="file", burst_seconds=0),
            style=NoteStyle(),
            image_bounds=ImageBounds(),
            sinks=sinks,
            run_tag=f"daemon:{next(self._tags)}",
            clock=lambda: self.now,
            started=self.now,
        )
        take_over(self.services, dict.fromkeys(sinks, "model"))

    def stop(self) -> None:
        self.ledger.close()

    def restart(self, place: str | None = "") -> None:
        """Stop or die, and start again, perhaps with the sink pointing elsewhere (None: taken out)."""
        self.stop()
        self.pass_time(1)
        if place != "":
            self.place = place
        self.start()

    def backup(self) -> Path:
        return store.backup(self.path, self._folder / f"backup-{uuid.uuid4()}.sqlite3")

    def restore(self, backup: Path) -> None:
        self.stop()
        self.pass_time(1)
        self._put_ledger(backup)
        with Ledger(self.path, daemon=True) as ledger, ledger.write() as connection:
            outbox.restored(connection, now=self.now)
        self.start()

    def lose_ledger(self) -> None:
        self.stop()
        self.pass_time(1)
        self.new_ledger(born_at=self.now)

    def _put_ledger(self, file: Path) -> None:
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(file, self.path)

    # ------------------------------------------------------------------------------------------------------------ steps

    def fresh_text(self) -> str:
        return f"text {next(self._numbers):04}"

    def correct(self, text: str | None = None) -> None:
        """A person's correction: the page says something else, and its note is queued."""
        self.text = text or self.fresh_text()
        with self.ledger.write() as connection:
            notes.queue(connection, self.note_id, now=self.now)

    def begin_compose(self) -> tuple[work.Claim, str] | None:
        with self.ledger.write() as connection:
            claim = work.begin(connection, "note", self.note_id, now=self.now, run_tag=self.services.run_tag)
        return claim and (claim, self.text)

    def end_compose(self, claim: work.Claim, text: str) -> bool:
        """Commit 3; False where the note was queued again meanwhile."""
        configured = tuple(self.services.sinks)
        try:
            with self.ledger.write() as connection:
                same = notes.last_digest(connection, self.note_id) == sha(text)
                composed = note(self.note_id, text, revision=notes.next_revision(connection, self.note_id))
                notes.finish(
                    connection,
                    claim,
                    note=None if same else composed,
                    routed=configured,
                    configured=configured,
                    now=self.now,
                )
        except work.StaleClaim:
            return False
        return True

    def compose(self) -> None:
        begun = self.begin_compose()
        assert begun is not None, "the note is queued"
        assert self.end_compose(*begun)

    def revise(self) -> str:
        """A correction and its compose; returns the text."""
        self.correct()
        self.compose()
        return self.text

    def deliver(self, *weather: str, killed_after: int | None = None) -> bool:
        """Run the delivery that is due; tell whether there was one.

        Args:
            weather: what happens to each request to the remote side; then all is well.
            killed_after: kill -9 right after this many commits.
        """
        if self.place is None:
            return False
        with self.ledger.read() as connection:
            due = outbox.due(connection, Place(SINK, self.place), now=self.now)
        if not due:
            return False
        commits = count(1)

        def committed() -> None:
            if next(commits) == killed_after:
                raise Killed

        self.remote.weather = list(weather)
        self.ledger.announce = committed
        try:
            delivering.deliver(self.services, due[0])
        except Killed:
            self.restart()
        finally:
            self.ledger.announce = lambda: None
            self.remote.weather = []
        return True

    def pass_time(self, seconds: float, *, late_requests_land: bool = True) -> None:
        """Let time pass; what is under way for the longest time is carried out at its end, or never."""
        until = self.now + seconds
        longest = LONGEST_REQUEST[self.remote.kind]
        for request in sorted(self.remote.air, key=lambda request: request.sent_at):
            if request.sent_at + longest <= until:
                self.remote.air.remove(request)
                self.now = max(self.now, request.sent_at + longest)
                if late_requests_land:
                    self.remote.land(request)
        self.now = until

    def settle(self, *, late_requests_land: bool = True) -> None:
        """Let the daemon come to rest, undisturbed."""
        for _ in range(200):
            begun = self.begin_compose()
            if begun:
                self.end_compose(*begun)
            elif not self.deliver():
                due_at = self.next_due()
                if due_at is not None:
                    self.pass_time(max(1.0, due_at - self.now), late_requests_land=late_requests_land)
                elif self.remote.air:
                    self.pass_time(LONGEST_REQUEST[self.remote.kind], late_requests_land=late_requests_land)
                else:
                    return
        raise AssertionError("work that never comes to rest")

    def next_due(self) -> float | None:
        with self.ledger.read() as connection:
            moments = [work.next_due(connection, "note"), outbox.next_due(connection, SINK) if self.place else None]
        return min((moment for moment in moments if moment is not None), default=None)

    # -------------------------------------------------------------------------------------------------- a person's hand

    def retry(self) -> int:
        with self.ledger.write() as connection:
            return outbox.retry(connection, now=self.now)

    def redeliver(self) -> str:
        assert self.place is not None
        with self.ledger.write() as connection:
            return outbox.redeliver(connection, self.note_id, Place(SINK, self.place), now=self.now)

    # ----------------------------------------------------------------------------------------------------- what is known

    def copy(self, place: str = "A") -> RemoteCopy:
        with self.ledger.read() as connection:
            return outbox.copy(connection, self.note_id, Place(SINK, place))

    def rows(self, place: str = "A") -> list[tuple[int, str, str | None]]:
        """(revision, state, hold) of every delivery to a place, the oldest first."""
        table = outbox.tables.delivery
        statement = outbox.select(table.c.revision, table.c.state, table.c.hold).where(table.c.identity == place)
        with self.ledger.read() as connection:
            return [tuple(row) for row in connection.execute(statement.order_by(table.c.revision))]

    def states(self, place: str = "A") -> list[str]:
        return [state for _, state, _ in self.rows(place)]

    def revision(self) -> int:
        with self.ledger.read() as connection:
            return notes.next_revision(connection, self.note_id) - 1

    def standing(self, place: str = "A") -> list[str | None]:
        """The text of each of our copies that stand at a place."""
        return ["|".join(dict.fromkeys(str(part) for part in thing.parts)) for thing in self.remote.ours(place)]
