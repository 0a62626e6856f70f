from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.api import Receipt, RemoteCopy, RevisionMark, SinkCapabilities
from notesyncd.deliver.quiet import must_look, quiet_until

SENT = (RevisionMark(revision=2, digest="d"),)
RECEIPT = Receipt(remote_id="r")
NETWORK = SinkCapabilities(lookup=True, visibility_delay=5.0, longest_request=60.0)
QUIET = 65.0
MOMENTS = st.integers(0, 4_000_000_000).map(float)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def copy(**values: object) -> RemoteCopy:
    return RemoteCopy(note_id="n", sink="s", identity="i", **values)  # type: ignore[arg-type]


def until(copied: RemoteCopy, *, started: float = 0.0, silent_since: float = 0.0) -> float:
    return quiet_until(copied, NETWORK, daemon_started=started, ledger_silent_since=silent_since)


def test_a_copy_whose_last_delivery_was_acknowledged_needs_no_look() -> None:
    assert not must_look(copy(receipt=RECEIPT))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"maybe_sent": SENT},
        {"receipt": RECEIPT, "maybe_sent": SENT},
        {"receipt": RECEIPT, "unsure": True},
        {"receipt": RECEIPT, "tombstone": True},
    ],
)
def test_everything_else_is_looked_at_first(values: dict[str, object]) -> None:
    assert must_look(copy(**values))


@given(answered=MOMENTS, started=MOMENTS, silent_since=MOMENTS)
def test_the_quiet_time_counts_from_the_last_of_three_moments(
    answered: float, started: float, silent_since: float
) -> None:
    """A failed answer, the daemon's start, the ledger's birth or restore."""
    unanswered = copy(receipt=RECEIPT, maybe_sent=SENT, last_byte_at=at(answered))
    expected = max(answered, started, silent_since) + QUIET
    assert until(unanswered, started=started, silent_since=silent_since) == expected


@pytest.mark.parametrize(
    ("answered", "started", "silent_since"), [(1000.0, 10.0, 20.0), (10.0, 1000.0, 20.0), (10.0, 20.0, 1000.0)]
)
def test_each_of_the_three_moments_counts(answered: float, started: float, silent_since: float) -> None:
    unanswered = copy(maybe_sent=SENT, last_byte_at=at(answered))
    assert until(unanswered, started=started, silent_since=silent_since) == 1065.0


def test_what_a_killed_daemon_sent_first_has_no_answer_at_all() -> None:
    assert until(copy(maybe_sent=SENT), started=500.0) == 565.0


def test_a_new_copy_waits_only_for_what_an_earlier_ledger_may_have_sent() -> None:
    assert until(copy(), started=1000.0, silent_since=100.0) == 165.0


def test_a_restored_copy_waits_from_the_restore() -> None:
    restored = copy(receipt=RECEIPT, unsure=True, last_byte_at=at(5000.0))
    assert until(restored, started=9000.0, silent_since=8000.0) == 8065.0


def test_an_acknowledged_copy_never_waits() -> None:
    assert until(copy(receipt=RECEIPT, last_byte_at=at(5000.0)), started=9000.0, silent_since=8000.0) == 0.0


def test_a_sink_without_a_network_does_not_make_anything_wait() -> None:
    local = SinkCapabilities(lookup=True)
    quiet = quiet_until(copy(maybe_sent=SENT), local, daemon_started=500.0, ledger_silent_since=100.0)
    assert quiet == 500.0
