"""The quiet time of a copy: how long nothing may be written to it because an unanswered request may still land."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notesyncd.api import RemoteCopy, SinkCapabilities


def must_look(copy: RemoteCopy) -> bool:
    """Tell whether ``find`` comes before any write (rules 2 and 9)."""
    return copy.receipt is None or bool(copy.maybe_sent) or copy.unsure or copy.tombstone


def quiet_until(
    copy: RemoteCopy, capabilities: SinkCapabilities, *, daemon_started: float, ledger_silent_since: float
) -> float:
    """Return the moment (seconds since the epoch) before which nothing may be sent to this copy (rule 3).

    The quiet time counts from the last moment a byte can have left: a failed answer, the daemon's start (what ran when
    the one before it died), the ledger's birth or restore (what an earlier ledger sent).

    Args:
        daemon_started: when this daemon began.
        ledger_silent_since: birth or last restore of the ledger.
    """
    quiet_time = capabilities.visibility_delay + capabilities.longest_request
    if not must_look(copy):
        return 0.0
    moments = [ledger_silent_since]
    if copy.maybe_sent:
        answered = copy.last_byte_at.timestamp() if copy.last_byte_at else 0.0
        moments += [answered, daemon_started]
    return max(moments) + quiet_time
