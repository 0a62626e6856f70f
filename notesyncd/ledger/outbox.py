"""Deliveries and remote copies: commits 4 and 5, and the rules that keep a copy from being lost or doubled.

A copy is keyed (note, sink, identity); another identity is a new sink.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from notesyncd.domain.delivery import Delivery, Json, Receipt, RemoteCopy, RevisionMark
from notesyncd.ledger import codec, tables, work
from notesyncd.ledger.store import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_rows = tables.delivery
_copies = tables.remote_copy
_sinks = tables.sink
_AWAY = "this sink is not configured at present"
_OPEN = ("queued", "parked", "failed")
_Marks = tuple[RevisionMark, ...]


class Place(NamedTuple):
    """Where copies of notes stand: a sink's name and the identity behind it."""

    sink: str
    identity: str


# -------------------------------------------------------------------------------------------------------------- copies


def copy(connection: Connection, note_id: str, place: Place) -> RemoteCopy:
    """Return what is known of a copy; an empty one if nothing is."""
    row = connection.execute(select(_copies).where(_at(_copies, note_id, place))).one_or_none()
    if row is None:
        unsure = _made_before_restore(connection, note_id)
        return RemoteCopy(note_id=note_id, sink=place.sink, identity=place.identity, unsure=unsure)
    return RemoteCopy(
        note_id=note_id,
        sink=place.sink,
        identity=place.identity,
        receipt=codec.load(Receipt, row.receipt) if row.receipt else None,
        maybe_sent=codec.load(_Marks, row.maybe_sent) if row.maybe_sent else (),
        progress=codec.load(Json, row.progress) if row.progress else None,
        delivered=codec.load(RevisionMark, row.delivered) if row.delivered else None,
        tombstone=bool(row.tombstone),
        unsure=bool(row.unsure),
        since=_moment(row.since),
        last_byte_at=_moment(row.last_byte_at),
    )


def copies_of(connection: Connection, note_id: str) -> list[Place]:
    """Return the places where copies of a note stand or stood."""
    statement = select(_copies.c.sink, _copies.c.identity).where(_copies.c.note_id == note_id)
    return [Place(*row) for row in connection.execute(statement)]


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds).astimezone()


def _at(table: Any, note_id: str, place: Place) -> Any:
    return and_(table.c.note_id == note_id, table.c.sink == place.sink, table.c.identity == place.identity)


def _put(connection: Connection, note_id: str, place: Place, **values: object) -> None:
    statement = upsert(_copies).values(note_id=note_id, sink=place.sink, identity=place.identity, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["note_id", "sink", "identity"], set_=values))


def _made_before_restore(connection: Connection, note_id: str) -> bool:
    """After a restore a note whose files are older than the restore may stand at the remote side unknown to us."""
    restored = get_meta(connection, "restored_at")
    if restored is None:
        return False
    statement = (
        select(func.min(tables.scan.c.appeared_at))
        .join(tables.note_page, tables.note_page.c.scan_digest == tables.scan.c.digest)
        .where(tables.note_page.c.note_id == note_id)
    )
    oldest = connection.execute(statement).scalar_one_or_none()
    return oldest is not None and oldest < float(restored)


def silent_since(connection: Connection) -> float:
    """Return the birth or the last restore of this ledger: what left before is unknown to it."""
    return max(float(get_meta(connection, key) or 0) for key in ("born_at", "restored_at"))


# ------------------------------------------------------------------------------------------------- commit 3: new rows


def add(
    connection: Connection,
    note_id: str,
    revision: int,
    *,
    routed: Sequence[Place],
    configured: Collection[Place],
    now: float,
) -> None:
    """Queue one delivery of a new revision for every copy that exists, and for routed places where none does.

    Rows of places that are away are parked; those of a copy the user removed begin removed. Older rows give way.
    """
    existing = _places(connection, note_id)
    fresh = [place for place in routed if place not in existing]
    for place in [*existing, *fresh]:
        _add(connection, note_id, revision, place, configured=configured, now=now)
        supersede(connection, note_id, place, now=now)


def _places(connection: Connection, note_id: str) -> list[Place]:
    statement = select(_rows.c.sink, _rows.c.identity).where(_rows.c.note_id == note_id).distinct()
    known = {Place(*row) for row in connection.execute(statement)} | set(copies_of(connection, note_id))
    return sorted(known)


def _add(
    connection: Connection, note_id: str, revision: int, place: Place, *, configured: Collection[Place], now: float
) -> int:
    copied = copy(connection, note_id, place)
    if copied.tombstone and not copied.unsure:
        values: dict[str, object] = {"state": "removed", "last_error": "deleted by the user"}
    else:
        values = _queued_or_parked(connection, place, away=place not in configured)
    statement = (
        upsert(_rows)
        .values(
            note_id=note_id,
            sink=place.sink,
            identity=place.identity,
            revision=revision,
            due_at=now,
            since=now,
            **values,
        )
        .on_conflict_do_nothing()
    )
    return connection.execute(statement).rowcount


def _queued_or_parked(connection: Connection, place: Place, *, away: bool) -> dict[str, object]:
    """Return how a row begins that is to be sent as soon as it can be."""
    if away:
        return {"state": "parked", "hold": "away", "last_error": _AWAY}
    paused = _paused(connection, place)
    if paused is not None:
        return {"state": "parked", "hold": "auth", "last_error": paused}
    return {"state": "queued", "hold": None, "last_error": None}


def supersede(connection: Connection, note_id: str, place: Place, *, now: float) -> None:
    """Older rows of a copy that are not running give way to the newest one."""
    newest = select(func.max(_rows.c.revision)).where(_at(_rows, note_id, place)).scalar_subquery()
    connection.execute(
        update(_rows)
        .where(_at(_rows, note_id, place), _rows.c.state.in_(_OPEN), _rows.c.revision < newest)
        .values(state="superseded", since=now, hold=None)
    )


def supersede_all(connection: Connection, *, now: float) -> None:
    """The same for every copy; after rows of a dead daemon were freed."""
    connection.execute(
        update(_rows).where(_rows.c.state.in_(_OPEN), _outdated()).values(state="superseded", since=now, hold=None)
    )


def _outdated() -> Any:
    """A newer revision of the same copy has a row."""
    newer = _rows.alias("newer")
    return exists().where(
        newer.c.note_id == _rows.c.note_id,
        newer.c.sink == _rows.c.sink,
        newer.c.identity == _rows.c.identity,
        newer.c.revision > _rows.c.revision,
    )


# ----------------------------------------------------------------------------------------------------- commit 4: begin


def due(
    connection: Connection, place: Place, *, now: float, limit: int = 1, besides: Collection[int] = ()
) -> list[Delivery]:
    """Return rows of a sink that are queued and due, the longest waiting first; none while the sink is paused."""
    if _paused(connection, place) is not None:
        return []
    statement = (
        select(_rows)
        .where(
            _rows.c.sink == place.sink,
            _rows.c.identity == place.identity,
            _rows.c.state == "queued",
            _rows.c.due_at <= now,
        )
        .order_by(_rows.c.due_at)
        .limit(limit + len(besides))
    )
    return [_delivery(row) for row in connection.execute(statement) if row.id not in besides][:limit]


def next_due(connection: Connection, sink: str) -> float | None:
    """Return when the next row that ``due`` would give for a sink is due; None while the sink is paused."""
    statement = (
        select(_rows.c.due_at)
        .where(_rows.c.sink == sink, _rows.c.state == "queued", _here(unpaused=True))
        .order_by(_rows.c.due_at)
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none()


def _paused(connection: Connection, place: Place) -> str | None:
    """Return why nothing may be sent to a place that is configured."""
    statement = select(_sinks.c.paused_reason).where(_sinks.c.name == place.sink, _sinks.c.identity == place.identity)
    return connection.execute(statement).scalar_one_or_none()


def _here(*, unpaused: bool = False) -> ColumnElement[bool]:
    """A delivery's place is the one that stands behind its sink's name since the last start."""
    standing = _sinks.alias("standing")
    found = exists().where(standing.c.name == _rows.c.sink, standing.c.identity == _rows.c.identity)
    if unpaused:
        found = found.where(standing.c.paused_reason.is_(None))
    return found.correlate(_rows)


def get(connection: Connection, delivery_id: int) -> Delivery | None:
    """Return one row."""
    row = connection.execute(select(_rows).where(_rows.c.id == delivery_id)).one_or_none()
    return _delivery(row) if row else None


def _delivery(row: Any) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__})


def postpone_unbegun(connection: Connection, delivery_id: int, *, due_at: float, reason: str) -> None:
    """Leave a row queued until the quiet time of its copy is over."""
    here = (_rows.c.id == delivery_id) & (_rows.c.state == "queued")
    connection.execute(update(_rows).where(here).values(due_at=due_at, last_error=reason))


def begin(
    connection: Connection, delivery: Delivery, *, digest: str, now: float, run_tag: str
) -> tuple[work.Claim, RemoteCopy] | None:
    """Claim a row and note its revision as possibly sent, before the first byte leaves.

    Only the newest revision of a copy may begin, and only while no other delivery of this note to this sink runs.

    Returns:
        The claim and the copy as it stood *before*; None where the row may not begin.
    """
    place = Place(delivery.sink, delivery.identity)
    supersede(connection, delivery.note_id, place, now=now)
    busy = exists().where(
        _rows.c.note_id == delivery.note_id, _rows.c.sink == delivery.sink, _rows.c.state == "running"
    )
    if connection.execute(select(busy)).scalar_one():
        return None
    claim = work.begin(connection, "delivery", delivery.id, now=now, run_tag=run_tag)
    if claim is None:
        return None
    before = copy(connection, delivery.note_id, place)
    mark = RevisionMark(revision=delivery.revision, digest=digest)
    sent = before.maybe_sent if mark in before.maybe_sent else (*before.maybe_sent, mark)
    _put(connection, delivery.note_id, place, maybe_sent=codec.dump(_Marks, sent), unsure=int(before.unsure))
    return claim, before


def save_progress(connection: Connection, delivery: Delivery, claim: work.Claim, progress: Json) -> None:
    """Keep how far a delivery came.

    Raises:
        StaleClaim: if the delivery is no longer ours.
    """
    statement = select(_rows.c.id).where(
        _rows.c.id == delivery.id, _rows.c.state == "running", _rows.c.claim == claim.number
    )
    if connection.execute(statement).first() is None:
        raise work.StaleClaim
    _put(connection, delivery.note_id, Place(delivery.sink, delivery.identity), progress=codec.dump(Json, progress))


def looked(connection: Connection, delivery: Delivery, *, receipt: Receipt | None) -> None:
    """Keep what a look found: a living copy lifts a tombstone, and in any case the copy is no longer unsure."""
    values: dict[str, object] = {"unsure": 0}
    if receipt is not None:
        values |= {"receipt": codec.dump(Receipt, receipt), "tombstone": 0}
    _put(connection, delivery.note_id, Place(delivery.sink, delivery.identity), **values)


# ------------------------------------------------------------------------------------------------------- commit 5: end


def finish(
    connection: Connection, delivery: Delivery, claim: work.Claim, *, receipt: Receipt, digest: str, now: float
) -> None:
    """The copy stands as it should: keep the receipt, forget what was uncertain."""
    place = Place(delivery.sink, delivery.identity)
    work.end(connection, claim, state="done", now=now)
    mark = RevisionMark(revision=delivery.revision, digest=digest)
    _put(
        connection,
        delivery.note_id,
        place,
        receipt=codec.dump(Receipt, receipt),
        maybe_sent=None,
        progress=None,
        delivered=codec.dump(RevisionMark, mark),
        tombstone=0,
        unsure=0,
        last_byte_at=now,
    )
    supersede(connection, delivery.note_id, place, now=now)


def removed(connection: Connection, delivery: Delivery, claim: work.Claim, *, reason: str, now: float) -> None:
    """The user deleted the copy: a tombstone, and nothing is sent there any more until ``redeliver``.

    Where ``redeliver`` was asked while this attempt ran, the deletion belongs to the past life: it is tried again.
    """
    place = Place(delivery.sink, delivery.identity)
    if _asked_meanwhile(connection, delivery, place):
        _ended(connection, delivery, claim, state="queued", error=reason, now=now, due_at=now)
        return
    work.end(connection, claim, state="removed", now=now, error=reason)
    _put(connection, delivery.note_id, place, tombstone=1, unsure=0)
    connection.execute(
        update(_rows)
        .where(_at(_rows, delivery.note_id, place), _rows.c.state.in_(_OPEN))
        .values(state="removed", since=now, hold=None, last_error=reason)
    )


def _asked_meanwhile(connection: Connection, delivery: Delivery, place: Place) -> bool:
    begun = connection.execute(select(_rows.c.since).where(_rows.c.id == delivery.id)).scalar_one()
    new_life = copy(connection, delivery.note_id, place).since
    return new_life is not None and new_life.timestamp() > begun


def postpone(
    connection: Connection, delivery: Delivery, claim: work.Claim, *, due_at: float, error: str, now: float
) -> None:
    """It is tried again at ``due_at``; a byte may have left until now."""
    _ended(connection, delivery, claim, state="queued", error=error, now=now, due_at=due_at)


def park(connection: Connection, delivery: Delivery, claim: work.Claim, *, hold: str, error: str, now: float) -> None:
    """It needs a person."""
    _ended(connection, delivery, claim, state="parked", error=error, now=now, hold=hold)


def fail(connection: Connection, delivery: Delivery, claim: work.Claim, *, error: str, now: float) -> None:
    """It is given up until a person retries it."""
    _ended(connection, delivery, claim, state="failed", error=error, now=now)


def _ended(
    connection: Connection,
    delivery: Delivery,
    claim: work.Claim,
    *,
    state: str,
    error: str,
    now: float,
    **values: object,
) -> None:
    place = Place(delivery.sink, delivery.identity)
    work.end(connection, claim, state=state, now=now, error=error, values=values)
    _put(connection, delivery.note_id, place, last_byte_at=now)
    supersede(connection, delivery.note_id, place, now=now)


# --------------------------------------------------------------------------------------------------------------- sinks


def configure(connection: Connection, places: dict[Place, str], *, now: float) -> None:
    """Compare the rows with the configuration, at every start: ``places`` maps each reachable place to its plugin.

    Queued rows of places that are away are parked; those parked for that reason are queued when the place is back.
    A start unpauses every sink: its credentials may have been mended.
    """
    connection.execute(delete(_sinks).where(_sinks.c.name.not_in([place.sink for place in places])))
    for place, plugin in places.items():
        values = {"plugin": plugin, "identity": place.identity, "paused_reason": None}
        statement = upsert(_sinks).values(name=place.sink, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    parked = {"state": "parked", "hold": "away", "last_error": _AWAY, "since": now}
    connection.execute(update(_rows).where(_rows.c.state == "queued", ~_here()).values(**parked))
    queued = {"state": "queued", "hold": None, "last_error": None, "due_at": now, "since": now}
    back = and_(_rows.c.state == "parked", _rows.c.hold.in_(("away", "auth")), _here())
    connection.execute(update(_rows).where(back).values(**queued))


def pause(connection: Connection, place: Place, *, reason: str, now: float) -> None:
    """Stop deliveries to a sink whose credentials or permissions are missing; its rows are parked."""
    connection.execute(update(_sinks).where(_sinks.c.name == place.sink).values(paused_reason=reason))
    here = and_(_rows.c.sink == place.sink, _rows.c.identity == place.identity, _rows.c.state == "queued")
    connection.execute(update(_rows).where(here).values(state="parked", hold="auth", last_error=reason, since=now))


# ----------------------------------------------------------------------------------------------------- a person's hand


def retry(connection: Connection, *, now: float, sink: str | None = None, note_id: str | None = None) -> int:
    """Queue parked and failed deliveries again (not those whose sink is away or that wait for approval).

    Those that pause after a failure are due at once; the quiet time of their copies is kept all the same. A row that
    asked after a restore is answered by this: it may create the copy.
    """
    chosen = and_(
        or_(_rows.c.state.in_(("parked", "failed")), work.pausing(_rows, now)),
        or_(_rows.c.hold.is_(None), _rows.c.hold != "approval"),
        _here(),
    )
    unpaused = update(_sinks).values(paused_reason=None)
    if sink is not None:
        chosen = and_(chosen, _rows.c.sink == sink)
        unpaused = unpaused.where(_sinks.c.name == sink)
    if note_id is not None:
        chosen = and_(chosen, _rows.c.note_id == note_id)
        unpaused = unpaused.where(_sinks.c.name.in_(select(_rows.c.sink).where(chosen)))
    connection.execute(unpaused)
    for row in connection.execute(select(_rows).where(chosen, _rows.c.hold == "restored")).all():
        # what an unfinished attempt had named before the backup proves no deletion to somebody who says: create it
        _put(connection, row.note_id, Place(row.sink, row.identity), unsure=0, progress=None)
    values = {"state": "queued", "hold": None, "due_at": now, "attempts": 0, "deaths": 0, "since": now}
    count = connection.execute(update(_rows).where(chosen).values(**values)).rowcount
    supersede_all(connection, now=now)
    return count


def redeliver(connection: Connection, note_id: str, place: Place, *, now: float) -> str:
    """Send a note again. A removed copy begins a new life; a living one is only brought in step.

    Returns:
        ``recreate``, ``queued`` or ``nothing`` (the note was never routed there).
    """
    newest = connection.execute(
        select(_rows.c.id, _rows.c.state, _here().label("here"))
        .where(_at(_rows, note_id, place))
        .order_by(_rows.c.revision.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return "nothing"
    done = "queued"
    if copy(connection, note_id, place).tombstone:
        done = "recreate"
        forgotten: dict[str, object] = {
            "tombstone": 0,
            "receipt": None,
            "progress": None,
            "delivered": None,
            "unsure": 0,
        }
        if newest.state != "running":
            forgotten["maybe_sent"] = None
        _put(connection, note_id, place, **forgotten, since=now)
    if newest.state != "running":
        values = _queued_or_parked(connection, place, away=not newest.here)
        fresh = update(_rows).where(_rows.c.id == newest.id).values(**values, due_at=now, attempts=0, since=now)
        connection.execute(fresh)
    return done


def backfill(connection: Connection, place: Place, note_ids: Sequence[str], *, now: float) -> int:
    """Queue the newest revision of notes that this sink never had; returns how many."""
    count = 0
    for note_id in note_ids:
        statement = select(tables.note.c.revision).where(tables.note.c.id == note_id)
        revision = connection.execute(statement).scalar_one_or_none()
        if revision:
            count += _add(connection, note_id, revision, place, configured=(place,), now=now)
    return count


def never_at(
    connection: Connection, sink: str, *, identity: str | None = None, since: float | None = None
) -> list[str]:
    """Return the notes with a revision of which no delivery to this sink was ever queued, oldest first.

    Args:
        identity: of the place that is meant; None: whatever stood behind the sink's name.
        since: only notes made since this moment.
    """
    rows = select(_rows.c.note_id).where(_rows.c.sink == sink)
    if identity is not None:
        rows = rows.where(_rows.c.identity == identity)
    statement = (
        select(tables.note.c.id)
        .where(tables.note.c.revision > 0, tables.note.c.id.not_in(rows))
        .order_by(tables.note.c.created_at)
    )
    if since is not None:
        statement = statement.where(tables.note.c.created_at >= since)
    return list(connection.execute(statement).scalars())


def restored(connection: Connection, *, now: float) -> None:
    """Mark a ledger as restored from a backup: every copy is looked at again before anything is written."""
    set_meta(connection, "restored_at", repr(now))
    connection.execute(update(_copies).values(unsure=1))
    values = {
        "state": "queued",
        "due_at": now,
        "attempts": 0,
        "since": now,
        "last_error": "looks again after a restore",
    }
    connection.execute(
        update(_rows).where(_rows.c.state.in_(("done", "removed", "running")), ~_outdated()).values(**values)
    )


def states(connection: Connection, note_id: str) -> list[tuple[Place, int, str, str | None, Receipt | None]]:
    """Return (place, revision, state, error, receipt) of the newest delivery of each copy of a note."""
    statement = (
        select(_rows).where(_rows.c.note_id == note_id).order_by(_rows.c.sink, _rows.c.identity, _rows.c.revision)
    )
    newest: dict[Place, Any] = {Place(row.sink, row.identity): row for row in connection.execute(statement)}
    return [
        (place, row.revision, row.state, row.last_error, copy(connection, note_id, place).receipt)
        for place, row in newest.items()
    ]
