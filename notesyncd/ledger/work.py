"""Claims on work rows: every change of state is compare-and-set, so a unit dispatched twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, select, update

from notesyncd.ledger import tables
from notesyncd.ledger.store import record_attempt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KINDS: dict[str, tuple[Table, str]] = {
    "transcription": (tables.transcription, "page_id"),
    "note": (tables.note, "id"),
    "delivery": (tables.delivery, "id"),
}
TRIED_LAST_AFTER = 3  # daemon deaths in a row with this row running
PARKED_AFTER = 10


class StaleClaim(Exception):  # noqa: N818 - a signal, not an error: somebody else took the row meanwhile
    """The row is no longer ours; the transaction must be rolled back, result included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to end one running row. ``number`` is the fencing token."""

    kind: str
    key: Any
    number: int
    run_tag: str
    attempts: int


def due(connection: Connection, kind: str, *, now: float, limit: int, besides: Collection[Any] = ()) -> list[Any]:
    """Return keys of rows that are queued and due, the longest waiting first.

    Pages that were read before come after all that never were, and often fatal rows last.
    """
    table, key = KINDS[kind]
    rows: list[Any] = []
    for turn in _turns(table):  # a query each, so that each walks the index of due rows and sorts nothing
        statement = (
            select(table.c[key])
            .where(table.c.state == "queued", table.c.due_at <= now)
            .where(turn)
            .order_by(table.c.due_at)
            .limit(limit + len(besides))
        )
        rows += [row for row in connection.execute(statement).scalars() if row not in besides]
        if len(rows) >= limit:
            break
    return rows[:limit]


def _turns(table: Table) -> list[ColumnElement[bool]]:
    often_fatal = table.c.deaths >= TRIED_LAST_AFTER
    if "again" not in table.c:
        return [~often_fatal, often_fatal]
    first = table.c.again.is_(None)
    return [~often_fatal & first, ~often_fatal & ~first, often_fatal]


def next_due(connection: Connection, kind: str) -> float | None:
    """Return when the next queued row is due."""
    table, _ = KINDS[kind]
    statement = select(table.c.due_at).where(table.c.state == "queued").order_by(table.c.due_at).limit(1)
    return connection.execute(statement).scalar_one_or_none()


def begin(connection: Connection, kind: str, key: Any, *, now: float, run_tag: str) -> Claim | None:
    """Claim a queued and due row; None if somebody else has it or it is done."""
    table, name = KINDS[kind]
    statement = (
        update(table)
        .where(table.c[name] == key, table.c.state == "queued", table.c.due_at <= now)
        .values(state="running", claim=table.c.claim + 1, run_tag=run_tag, attempts=table.c.attempts + 1, since=now)
        .returning(table.c.claim, table.c.attempts)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Claim(kind=kind, key=key, number=row.claim, run_tag=run_tag, attempts=row.attempts)


def end(
    connection: Connection,
    claim: Claim,
    *,
    state: str,
    now: float,
    error: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """End a running row.

    Raises:
        StaleClaim: if the row is no longer ours; the caller's transaction rolls back.
    """
    table, name = KINDS[claim.kind]
    settled: dict[str, Any] = {"state": state, "last_error": error, "run_tag": None, "deaths": 0, "since": now}
    if state == "done":
        settled |= {"attempts": 0, "hold": None}
    statement = (
        update(table)
        .where(table.c[name] == claim.key, table.c.state == "running", table.c.claim == claim.number)
        .values(**settled, **(values or {}))
    )
    if connection.execute(statement).rowcount != 1:
        raise StaleClaim
    record_attempt(
        connection,
        kind=claim.kind,
        subject=str(claim.key),
        claim=claim.number,
        run_tag=claim.run_tag,
        now=now,
        outcome=state,
        error=error,
    )


def release(connection: Connection, claim: Claim) -> None:
    """Give a running row back as it was: the daemon stops in order; nothing is counted against the row."""
    table, name = KINDS[claim.kind]
    connection.execute(
        update(table)
        .where(table.c[name] == claim.key, table.c.state == "running", table.c.claim == claim.number)
        .values(state="queued", run_tag=None, attempts=table.c.attempts - 1)
    )


def free(connection: Connection, kind: str, key: Any, *, run_tag: str, now: float) -> None:
    """Queue a row again that this run left running, because the commit that was to end it failed."""
    table, name = KINDS[kind]
    ours = (table.c[name] == key) & (table.c.state == "running") & (table.c.run_tag == run_tag)
    values = {"state": "queued", "run_tag": None, "due_at": now, "since": now}
    connection.execute(update(table).where(ours).values(**values))


def free_running(connection: Connection, *, now: float) -> int:
    """Queue again what a dead daemon left running; only under the daemon lock. Returns how many rows that were."""
    freed = 0
    for table, _ in KINDS.values():
        parked = table.c.deaths + 1 >= PARKED_AFTER
        statement = (
            update(table)
            .where(table.c.state == "running")
            .values(
                state=case((parked, "parked"), else_="queued"),
                hold=case((parked, "deaths"), else_=table.c.hold),
                last_error=case(
                    (parked, f"the daemon died {PARKED_AFTER} times in a row while this was running"),
                    else_=table.c.last_error,
                ),
                deaths=table.c.deaths + 1,
                run_tag=None,
                since=now,
            )
        )
        freed += connection.execute(statement).rowcount
    return freed


def clock_fell_back(connection: Connection, seconds: float, *, now: float) -> None:
    """Move what is due along with a wall clock that was set back, so that nothing waits for the old time to come."""
    for table, _ in KINDS.values():
        later = func.max(table.c.due_at - seconds, now)
        waits = (table.c.state == "queued") & (table.c.due_at > now)
        connection.execute(update(table).where(waits).values(due_at=later))


def pausing(table: Table, now: float) -> ColumnElement[bool]:
    """Return the condition that a row waits for its next attempt after one that failed."""
    return and_(table.c.state == "queued", table.c.due_at > now, table.c.attempts > 0)


def parked_by_deaths(connection: Connection) -> list[str]:
    """Return the pages that are parked because the daemon died over them again and again."""
    table = tables.transcription
    statement = select(table.c.page_id).where(table.c.state == "parked", table.c.hold == "deaths")
    return list(connection.execute(statement).scalars())
