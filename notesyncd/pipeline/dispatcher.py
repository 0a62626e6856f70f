"""When a row runs: the embedded dispatcher, threads that take due work from lanes. A seam: units don't know of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from notesyncd.api import NotesyncdError
from notesyncd.ledger.room import waiting_for_room

log = logging.getLogger(__name__)

POLL_SECONDS = 20.0
"""The safety net: a lane looks at its rows at least this often, woken or not."""
REST_SECONDS = 0.02
"""A lane that found nothing does not look again sooner, however often it is woken: a burst of files commits 200 times a
second, and each commit wakes all lanes."""
TROUBLE_SECONDS = 5.0
"""Pause of a lane after an error that is nobody's unit (a full disk, a locked ledger)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One unit of work, ready to run; ``key`` is its row's.

    ``free`` gives the row back where the unit could not even record that it failed; None: there is nothing to free.
    """

    key: Hashable
    run: Callable[[], object]
    free: Callable[[], object] | None = None


class Lane(Protocol):
    """Work of one kind. ``take`` and ``next_due`` are asked from several threads."""

    name: str
    threads: int

    def take(self, besides: Collection[Hashable]) -> Job | None:
        """Return one due job whose key is not in ``besides``."""

    def next_due(self) -> float | None:
        """Return when (seconds since the epoch) something will be due, if anything is queued."""


class Dispatcher:
    """Runs lanes until it is stopped, or until nothing is due."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._turn = threading.Condition()
        self._wakes = 0
        self._in_hand: dict[str, set[Hashable]] = {lane.name: set() for lane in lanes}
        self._left_running: dict[str, dict[Hashable, Callable[[], object]]] = {lane.name: {} for lane in lanes}
        self._stopping = False
        self._threads: list[threading.Thread] = []
        self.trouble: dict[str, str] = {}

    def start(self) -> None:
        """Start the threads of all lanes."""
        for lane in self._lanes:
            for number in range(lane.threads):
                thread = threading.Thread(target=self._work, args=(lane,), name=f"{lane.name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def wake(self) -> None:
        """Say that rows may have changed."""
        with self._turn:
            self._wakes += 1
            self._turn.notify_all()

    def stop(self, *, patience: float) -> bool:
        """Let running units end, start no new ones; returns whether all threads ended within ``patience`` seconds."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def idle(self) -> bool:
        """Tell whether nothing runs and nothing is due."""
        with self._turn:
            wakes = self._wakes
            if any(self._in_hand.values()):
                return False
        if self.trouble or any(lane.take(()) is not None for lane in self._lanes):
            return False
        with self._turn:
            return wakes == self._wakes and not any(self._in_hand.values())

    def _work(self, lane: Lane) -> None:
        while True:
            with self._turn:
                if self._stopping:
                    return
                wakes = self._wakes
            try:
                self._free(lane)
                job = self._claim(lane)
                if job is not None:
                    self._run(lane, job)
                self.trouble.pop(lane.name, None)
            except Exception as error:  # noqa: BLE001 - a lane must outlive whatever happens, say so, and heal
                self._tell(lane, error)
                self._wait(wakes, TROUBLE_SECONDS, despite_wakes=True)
                continue
            if job is None:
                self._wait(wakes, REST_SECONDS, despite_wakes=True)
                self._wait(wakes, self._until_due(lane))

    def _run(self, lane: Lane, job: Job) -> None:
        try:
            with waiting_for_room(partial(self._hold, lane)):
                job.run()
        except Exception:
            if job.free is not None:
                self._left_running[lane.name][job.key] = job.free
            raise
        finally:
            self._release(lane, job)

    def _free(self, lane: Lane) -> None:
        """Give back the rows of units that could not end them; what fails again is tried again."""
        left = self._left_running[lane.name]
        for key in list(left):
            if free := left.get(key):
                free()
                left.pop(key, None)

    def _claim(self, lane: Lane) -> Job | None:
        with self._turn:
            job = lane.take(self._in_hand[lane.name])
            if job is not None:
                self._in_hand[lane.name].add(job.key)
            return job

    def _release(self, lane: Lane, job: Job) -> None:
        with self._turn:
            self._in_hand[lane.name].discard(job.key)

    def _hold(self, lane: Lane, problem: str) -> bool:
        """A unit waits for room on the disk; returns whether it is to go on waiting."""
        if lane.name not in self.trouble:
            log.warning("the %s lane waits: %s", lane.name, problem)
        self.trouble[lane.name] = problem
        self._wait(0, TROUBLE_SECONDS, despite_wakes=True)
        with self._turn:
            return not self._stopping

    def _tell(self, lane: Lane, error: Exception) -> None:
        """Keep what a lane's trouble is; the log hears of it once, for it may be on a full disk too."""
        known = isinstance(error, NotesyncdError)
        problem = str(error) if known else f"{type(error).__name__}: {error}"
        if self.trouble.get(lane.name) != problem:
            log.error("the %s lane is in trouble: %s", lane.name, problem, exc_info=None if known else error)
        self.trouble[lane.name] = problem

    @staticmethod
    def _until_due(lane: Lane) -> float:
        due_at = lane.next_due()
        return POLL_SECONDS if due_at is None else min(POLL_SECONDS, max(0.01, due_at - time.time()))

    def _wait(self, wakes: int, seconds: float, *, despite_wakes: bool = False) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._stopping or (not despite_wakes and self._wakes != wakes), seconds)
