"""Notices that the machine slept or that its clock was set: what happened meanwhile, no event tells."""

from __future__ import annotations

from collections.abc import Callable

SLEEP_SECONDS = 60
"""A jump beyond this, either way, means: look everywhere. The wall clock is nudged by fractions of a second when it is
kept in step with others, and a nap of less than a minute is not worth a sweep (field notes, watching, section 3)."""


class ClockWatch:
    """Compares the wall clock with a clock that stands still while the machine sleeps and that nobody sets."""

    def __init__(self, *, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Begin to compare; ``time.time`` and ``time.monotonic`` are meant."""
        self._wall, self._monotonic = wall, monotonic
        self._ahead = self._lead()

    def jump(self) -> float:
        """Return by how many seconds the wall clock ran ahead (+) or fell back (-) since the last call.

        Ahead: the machine slept, or the clock was set forward.
        """
        before, self._ahead = self._ahead, self._lead()
        return self._ahead - before

    def _lead(self) -> float:
        return self._wall() - self._monotonic()
