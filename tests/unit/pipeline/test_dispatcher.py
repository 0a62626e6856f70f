"""Lanes outlive whatever happens in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Hashable

from notesyncd.api import TransientError
from notesyncd.pipeline import dispatcher
from notesyncd.pipeline.dispatcher import Dispatcher, Job


class StumblingLane:
    """One row whose unit fails so badly that its failure can't be recorded, and which can't be freed at once either."""

    name = "stumbling"
    threads = 2

    def __init__(self) -> None:
        self.events: list[str] = []
        self.state = "queued"
        self.done = threading.Event()

    def take(self, besides: Collection[Hashable]) -> Job | None:
        if self.state != "queued" or 1 in besides:
            return None
        return Job(key=1, run=self._run, free=self._free)

    def next_due(self) -> float | None:
        return None

    def _run(self) -> None:
        self.state = "running"
        if len(self.events) < 3:
            self.events.append("failed")
            raise TransientError("the ledger can't be written")
        self.state = "done"
        self.done.set()

    def _free(self) -> None:
        if self.events[-1] == "failed":
            self.events.append("can't be freed")
            raise TransientError("the ledger still can't be written")
        self.events.append("freed")
        self.state = "queued"


def test_a_row_that_could_not_be_ended_is_given_back_and_done(monkeypatch) -> None:
    monkeypatch.setattr(dispatcher, "TROUBLE_SECONDS", 0.05)
    lane = StumblingLane()
    running = Dispatcher([lane])
    running.start()
    assert lane.done.wait(20)
    deadline = time.monotonic() + 20
    while running.trouble and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running.stop(patience=20)
    assert lane.events == ["failed", "can't be freed", "freed"]
    assert running.trouble == {}
