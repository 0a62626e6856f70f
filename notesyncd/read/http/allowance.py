"""Counts the page images that left this machine today, so that no more leave than the user allowed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from notesyncd.api import TransientError

_KEPT_DAYS = 7
"""A day that comes back (a changed time zone) goes on with its count."""


def _now() -> datetime:
    return datetime.now().astimezone()


class Allowance:
    """So many pages a day, counted in a file: after a restart, and by several processes at once, too.

    One byte is added for each page before it is sent, so a count may be too high and is never too low.
    """

    def __init__(self, folder: Path, limit: int, *, now: Callable[[], datetime] = _now) -> None:
        """Count in ``folder``, up to ``limit`` pages a day.

        Args:
            now: local time, with its zone.
        """
        self._folder = folder
        self._limit = limit
        self._now = now

    def check(self) -> None:
        """Raise as ``take`` would, and count nothing."""
        with self._today() as descriptor:
            self._must_be_left(descriptor)

    def take(self) -> None:
        """Count one page that is about to be sent.

        Raises:
            TransientError: if none is left today, or if it can't be counted; then it must not be sent.
        """
        with self._today() as descriptor:
            self._must_be_left(descriptor)
            os.write(descriptor, b".")
            os.fsync(descriptor)

    def _must_be_left(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_size >= self._limit:
            sent = "1 page was" if self._limit == 1 else f"{self._limit:,} pages were"
            message = f"{sent} sent today; max_pages_per_day under [read.http] allows no more before midnight"
            raise TransientError(message, retry_after=_seconds_to_midnight(self._now()))

    @contextmanager
    def _today(self) -> Iterator[int]:
        """Hold today's count alone."""
        today = self._now().date()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{today.isoformat()}.sent"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield descriptor
            finally:
                os.close(descriptor)
            self._forget_before(today - timedelta(days=_KEPT_DAYS))
        except OSError as error:
            raise TransientError(
                f"pages sent can't be counted in {self._folder}, so none is: {error.strerror or error}"
            ) from error

    def _forget_before(self, first: date) -> None:
        for path in self._folder.glob("*.sent"):
            if path.stem < first.isoformat():
                path.unlink(missing_ok=True)


def _seconds_to_midnight(now: datetime) -> float:
    """Return the seconds until the local day ends, also where its clocks are changed."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time()).astimezone()
    return max(1.0, (midnight - now).total_seconds())
