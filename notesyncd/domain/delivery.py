"""Deliveries and what is known of the copies that stand at the remote side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from notesyncd.domain.note import Attachment, Note

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of a delivery, as the sink gave it.

    Attributes:
        remote_id: names the object at the remote side (page id, message timestamp, path in the vault).
        url: where a person opens it, if there is such a thing.
        remote_version: what the remote side calls this state (digest, etag), if anything.
    """

    remote_id: str
    url: str | None = None
    remote_version: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionMark:
    """Number and content digest of a revision; a number alone proves nothing after a restore."""

    revision: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A living copy of ours stands at the remote side.

    Attributes:
        revision: the mark it bears; None where it bears none that can be read.
        complete: False where only a part of that revision was written.
    """

    receipt: Receipt
    revision: RevisionMark | None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The user deleted the copy: a receipt is known or the remote side itself shows the deletion."""

    reason: str = "deleted by the user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """No copy was found, and nothing says that there ever was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Answer of a sink's ``check``: usable or not, and what to do if not."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRequest:
    """One delivery, with all that a sink may need.

    Attributes:
        note: the revision that must stand there afterwards.
        previous: the note in the revision that stands there (what ``find`` reported, else the last delivered one);
            None: unknown, and then foreign text is kept and nothing is merged away.
        ours: every revision that may stand there because we sent it, ``note`` included: such text is not the user's.
        known: what ``find`` returned, or the stored receipt; None: nothing of ours stands there.
        progress: what ``save_progress`` last kept for this copy; None at the beginning.
        save_progress: commits a small JSON object; call it before a step that can't be repeated.
        open_artifact: path of a readable file with an attachment's bytes.
    """

    note: Note
    previous: Note | None
    ours: tuple[Note, ...]
    known: Found | None
    progress: Json | None
    save_progress: Callable[[Json], None]
    open_artifact: Callable[[Attachment], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCopy:
    """What the ledger knows of one copy, keyed by note, sink and identity.

    Attributes:
        receipt: of the last acknowledged delivery.
        maybe_sent: revisions that left and were not acknowledged.
        progress: what the sink last saved of an unfinished delivery.
        delivered: revision of the last acknowledged delivery.
        tombstone: the user deleted it; only ``redeliver`` undoes that.
        unsure: set by a restore until the copy has been looked at.
        since: a deletion before this moment counts no more (set by ``redeliver``).
        last_byte_at: the last moment at which a byte can have left.
    """

    note_id: str
    sink: str
    identity: str
    receipt: Receipt | None = None
    maybe_sent: tuple[RevisionMark, ...] = ()
    progress: Json | None = None
    delivered: RevisionMark | None = None
    tombstone: bool = False
    unsure: bool = False
    since: datetime | None = None
    last_byte_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One revision on its way to one sink."""

    id: int
    note_id: str
    revision: int
    sink: str
    identity: str
    state: str
    attempts: int
    claim: int
    last_error: str | None
