"""When to try again: exponential backoff with jitter; what the other side asked for comes first."""

from __future__ import annotations

import random

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 3600.0
LONGEST_RETRY_AFTER = 86_400.0
"""What the other side may ask for: no answer of a broken server silences a sink for ever."""
DELIVERY_ATTEMPTS = 30
"""With pauses that double from 5 s to an hour this is about a day of trying."""


def pause(attempts: int, *, retry_after: float | None = None, chance: random.Random | None = None) -> float:
    """Return seconds to wait after the ``attempts``-th failed attempt (from 1).

    The pause doubles each time up to an hour and is drawn between half of that and all of it ("equal jitter"), so that
    rows that failed together don't come back together; ``retry_after`` (up to a day) is a lower bound.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(max(attempts, 1) - 1, 32))
    drawn = longest * (0.5 + 0.5 * (chance or random).random())
    return max(drawn, min(retry_after or 0.0, LONGEST_RETRY_AFTER))
