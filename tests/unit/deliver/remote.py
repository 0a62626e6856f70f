"""A model of a remote side that loses answers, and real sinks that keep notes there: no network, no files, any clock.

Three kinds, as different from each other as real ones: ``notion`` (a look-up by key sees a write only after a while, there
is a trash, text goes in two parts, writes are conditional), ``slack`` (a deletion leaves no trace, users can't edit) and
``file`` (atomic, no network, a temporary file before each new one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal

from notesyncd.api import (
    Absent,
    AuthError,
    DeliveryRequest,
    Found,
    Health,
    Note,
    PermanentError,
    Receipt,
    Removed,
    RevisionMark,
    SinkCapabilities,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Kind = Literal["notion", "slack", "file"]
PARTS = {"notion": 2, "slack": 1, "file": 1}
VISIBILITY_DELAY = {"notion": 5.0, "slack": 0.0, "file": 0.0}
LONGEST_REQUEST = {"notion": 60.0, "slack": 60.0, "file": 0.0}

REFUSALS = ("refused", "forbidden", "impossible")
"""Nothing happened: 429 or an unmounted vault; 401; a permanent 4xx."""
AMBIGUOUS = ("answer lost", "request lost", "late")
"""The sink can't know: carried out; never carried out; still under way."""
DEATHS = ("dies before", "dies after", "dies late")
"""kill -9 before the request left, after it was carried out, while it is under way."""


class Killed(BaseException):
    """The daemon was killed here; nothing of ours runs after it."""


@dataclass(kw_only=True)
class Thing:
    """An object at the remote side; ``parts`` holds a text for each part, None where it was not written yet."""

    id: str
    note_id: str
    place: str
    maker: Literal["us", "user"]
    parts: list[str | None]
    mark: RevisionMark
    born: float
    visible_at: float
    alive: bool = True
    purged: bool = False
    edited: bool = False
    suggested: str | None = None
    doubled: bool = False

    def copy(self, **changes: object) -> Thing:
        return Thing(**{**self.__dict__, "parts": list(self.parts), **changes})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Request:
    verb: Literal["create", "append", "update"]
    note: Note
    place: str
    target: str | None = None
    part: int = 0
    base: str | None = None
    sent_at: float = 0.0


def text_of(note: Note) -> str:
    return note.blocks[0].text


def temporary_name(note: Note, place: str) -> str:
    return f"{place}/.{note.id}-{note.digest}.tmp"


@dataclass
class Remote:
    """What stands at all places of one kind. ``breaches`` says which promises were broken so far."""

    kind: Kind
    clock: Callable[[], float]
    things: list[Thing] = field(default_factory=list)
    air: list[Request] = field(default_factory=list)
    temporary_files: set[str] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)
    weather: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    may_create: Callable[[str], str | None] = lambda _: None
    newer: Callable[[str, str], bool] = lambda _, __: False
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def thing(self, ident: str) -> Thing | None:
        return next((thing for thing in self.things if thing.id == ident and not thing.purged), None)

    def ours(self, place: str) -> list[Thing]:
        """What stands at a place and was made by us, the oldest first."""
        return [thing for thing in self.things if thing.place == place and thing.alive and thing.maker == "us"]

    # ------------------------------------------------------------------------------------------------------ requests

    def ask(self) -> None:
        """A request that changes nothing."""
        self._refuse(self._outcome("find"))

    def carry_out(self, request: Request) -> str:
        """A request that changes something; returns the answer: an id, ``gone``, or ``changed``."""
        outcome = self._outcome(request.verb)
        self._refuse(outcome)
        if outcome == "dies before":
            raise Killed
        if outcome in ("late", "dies late"):
            self.air.append(request)
        answer = self.land(request) if outcome in ("ok", "answer lost", "dies after") else ""
        if outcome in DEATHS:
            raise Killed
        if outcome in AMBIGUOUS:
            raise TransientError(f"{request.verb}: no answer")
        return answer

    def _outcome(self, verb: str) -> str:
        self.calls.append(verb)
        outcome = self.weather.pop(0) if self.weather else "ok"
        if verb == "find" and outcome in AMBIGUOUS:
            return "refused"
        if verb == "find" and outcome in DEATHS:
            return "ok"
        if self.kind == "file" and outcome in (*AMBIGUOUS, "dies late"):
            return "dies after" if outcome == "answer lost" else "dies before"
        return outcome

    @staticmethod
    def _refuse(outcome: str) -> None:
        if outcome == "refused":
            raise TransientError("not now")
        if outcome == "forbidden":
            raise AuthError("the token was refused")
        if outcome == "impossible":
            raise PermanentError("never like this")

    def land(self, request: Request) -> str:
        """Carry a request out, now or late."""
        text, mark = text_of(request.note), RevisionMark(revision=request.note.revision, digest=request.note.digest)
        if request.verb == "create":
            breach = self.may_create(request.place)
            if breach:
                self.breaches.append(breach)
            made = Thing(
                id=f"{self.kind}-{next(self._numbers)}",
                note_id=request.note.id,
                place=request.place,
                maker="us",
                parts=[text, *[None] * (PARTS[self.kind] - 1)],
                mark=mark,
                born=self.clock(),
                visible_at=self.clock() + VISIBILITY_DELAY[self.kind],
            )
            self.things.append(made)
            self.temporary_files.discard(temporary_name(request.note, request.place))
            return made.id
        thing = self.thing(request.target or "")
        if thing is None or not thing.alive:
            return "gone"
        stands = thing.parts[request.part]
        if request.verb == "append" and stands is not None:
            thing.doubled = True
            return thing.id
        if request.verb == "update":
            if stands != request.base and self.kind == "notion":
                return "changed"
            if thing.edited:
                self.breaches.append("the user's text was overwritten")
            if stands is not None and self.newer(stands, text):
                self.breaches.append("an older revision overwrote a newer one")
        thing.parts[request.part] = text
        if request.part == len(thing.parts) - 1:
            thing.mark = mark
        return thing.id

    # ------------------------------------------------------------------------------------------------------ the user

    def edit(self, thing: Thing) -> None:
        thing.parts[0], thing.edited = f"what the user wrote in {thing.id}", True

    def delete(self, thing: Thing) -> None:
        thing.alive = False

    def duplicate(self, thing: Thing) -> None:
        twin = thing.copy(id=f"{self.kind}-{next(self._numbers)}", maker="user", born=self.clock(), visible_at=0.0)
        self.things.append(twin)


class RemoteSink:
    """Keeps notes at one place of a remote side, by the contract that every sink has."""

    def __init__(self, remote: Remote, place: str) -> None:
        self._remote, self._place = remote, place
        self.capabilities = SinkCapabilities(
            lookup=True,
            visibility_delay=VISIBILITY_DELAY[remote.kind],
            longest_request=LONGEST_REQUEST[remote.kind],
        )

    def identity(self) -> str:
        return self._place

    def check(self) -> Health:
        return Health(ok=True, message="it is a model")

    def close(self) -> None:
        pass

    # ---------------------------------------------------------------------------------------------------------- find

    def find(self, note_id: str, since: datetime | None, receipt: Receipt | None) -> Found | Removed | Absent:
        remote, now = self._remote, self._remote.clock()
        remote.ask()
        past = since.timestamp() if since else 0.0
        here = [
            thing
            for thing in remote.things
            if (thing.place, thing.note_id, thing.maker) == (self._place, note_id, "us") and not thing.purged
        ]
        at_receipt = [thing for thing in here if receipt and thing.id == receipt.remote_id]
        shown = [thing for thing in here if thing.visible_at <= now and thing.born > past]
        living = [thing for thing in [*at_receipt, *shown] if thing.alive]
        if living:
            kept = living[0]
            for double in living[1:]:
                if double is not kept and not double.edited:
                    remote.delete(double)
            return Found(receipt=Receipt(remote_id=kept.id), revision=kept.mark, complete=None not in kept.parts)
        if receipt or (remote.kind == "notion" and any(not thing.alive for thing in shown)):
            return Removed()
        return Absent()

    # ------------------------------------------------------------------------------------------------------- deliver

    def deliver(self, request: DeliveryRequest) -> Receipt | Removed:
        thing = self._remote.thing(request.known.receipt.remote_id) if request.known else None
        if request.known is None:
            made = self._create(request)
            if made is None:
                return Removed()
            thing = made
        if thing is None or not thing.alive or thing.place != self._place:
            return Removed()
        due, ours = text_of(request.note), {text_of(note) for note in request.ours}
        if any(part is not None and part not in ours for part in thing.parts):
            thing.suggested = due
            return Receipt(remote_id=thing.id)
        written = self._written(request, thing)
        for number, stands in enumerate(thing.parts):
            if stands == due or (stands is None and number < written):
                continue
            verb: Literal["append", "update"] = "append" if stands is None else "update"
            answer = self._remote.carry_out(
                Request(
                    verb=verb,
                    note=request.note,
                    place=self._place,
                    target=thing.id,
                    part=number,
                    base=stands,
                    sent_at=self._remote.clock(),
                )
            )
            if answer == "gone":
                return Removed()
            if answer == "changed":
                raise TransientError("somebody changed it meanwhile")
            self._save(request, thing, number + 1)
        return Receipt(remote_id=thing.id)

    def _create(self, request: DeliveryRequest) -> Thing | None:
        remote = self._remote
        if remote.kind == "file":
            named = (request.progress or {}).get("temporary")
            if named is not None and named not in remote.temporary_files:
                return None  # it was renamed, and its target is gone: created, then deleted
            temporary = temporary_name(request.note, self._place)
            remote.temporary_files.add(temporary)
            request.save_progress({"temporary": temporary})
        create = Request(verb="create", note=request.note, place=self._place, sent_at=remote.clock())
        thing = remote.thing(remote.carry_out(create))
        assert thing is not None
        self._save(request, thing, 1)
        return thing

    def _save(self, request: DeliveryRequest, thing: Thing, written: int) -> None:
        if self._remote.kind == "notion":
            request.save_progress({"object": thing.id, "digest": request.note.digest, "written": written})

    @staticmethod
    def _written(request: DeliveryRequest, thing: Thing) -> int:
        """Parts that our progress says are written: of this revision, at this object."""
        progress = request.progress or {}
        if (progress.get("object"), progress.get("digest")) != (thing.id, request.note.digest):
            return 0
        written = progress["written"]
        assert isinstance(written, int)
        return written
