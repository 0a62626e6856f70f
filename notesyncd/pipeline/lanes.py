"""The lanes of the embedded dispatcher: what is due in each, as queries on the ledger."""

from __future__ import annotations

import queue
from collections.abc import Collection, Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from notesyncd.ledger import files, outbox, work
from notesyncd.pipeline import delivering, units
from notesyncd.pipeline.dispatcher import Job, Lane
from notesyncd.pipeline.putting_away import PuttingAway
from notesyncd.pipeline.quiet_files import QuietFiles
from notesyncd.pipeline.stock import Stock
from notesyncd.pipeline.tending import Tending

if TYPE_CHECKING:
    from collections.abc import Callable

    from notesyncd.domain.delivery import Delivery
    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline.services import Services

Hint = tuple[Path, Path | None]
"""A watched root and the file that an event named; None: sweep the whole root."""


class IntakeLane:
    """Hints and files whose time has come, in one thread: it alone knows how long each file has been quiet.

    Attributes:
        stock: what is known of the folders.
    """

    name = "intake"
    threads = 1

    def __init__(self, services: Services) -> None:
        quiet = QuietFiles(services)
        self.stock = Stock(services, quiet)
        self._services = services
        self._tending = Tending(services, quiet)
        self._roots = {root.path: root for root in services.roots}
        self._hints: queue.SimpleQueue[Hint] = queue.SimpleQueue()

    def hint(self, root: Path, path: Path | None = None) -> None:
        """Say that something happened to ``path``, or anywhere below ``root``. Never blocks, never raises."""
        self._hints.put((root, path))

    def take(self, besides: Collection[Hashable]) -> Job | None:
        """Return the hints that wait, or the next file."""
        if besides:
            return None
        if not self._hints.empty():
            return Job(key="hints", run=self._heed)
        with self._services.ledger.read() as connection:
            due = files.due(connection, now=self._services.clock(), limit=1)
        return Job(key=due[0].id, run=partial(self._tending.tend, due[0])) if due else None

    def next_due(self) -> float | None:
        """Return when the next file is to be looked at."""
        with self._services.ledger.read() as connection:
            return files.next_due(connection)

    def _heed(self) -> None:
        hints: dict[Path, set[Path | None]] = {}
        while True:
            try:
                root, path = self._hints.get_nowait()
            except queue.Empty:
                break
            hints.setdefault(root, set()).add(path)
        for root, paths in hints.items():
            if None in paths:  # a sweep finds what was changed; that something was touched only the hints tell
                self.stock.sweep(self._roots[root])
            self.stock.hint(self._roots[root], [path for path in paths if path is not None])


class RowLane:
    """Rows of one kind of work, each run by a unit."""

    def __init__(
        self, services: Services, kind: str, run: Callable[[Services, str], object], *, threads: int, once_each: bool
    ) -> None:
        """Make the lane.

        Args:
            kind: of the work rows.
            run: the unit.
            threads: how many may run at the same moment.
            once_each: take no row a second time (``run --once``).
        """
        self.name = kind
        self.threads = threads
        self._services = services
        self._run = run
        self._tried: set[Hashable] | None = set() if once_each else None

    def take(self, besides: Collection[Hashable]) -> Job | None:
        """Return the row that has been waiting longest."""
        if self._tried:
            besides = {*besides, *self._tried}
        with self._services.ledger.read() as connection:
            due = work.due(connection, self.name, now=self._services.clock(), limit=1, besides=besides)
        return Job(key=due[0], run=partial(self._do, due[0]), free=partial(self._free, due[0])) if due else None

    def next_due(self) -> float | None:
        """Return when the next queued row is due."""
        with self._services.ledger.read() as connection:
            return work.next_due(connection, self.name)

    def _do(self, key: str) -> None:
        if self._tried is not None:
            self._tried.add(key)
        self._run(self._services, key)

    def _free(self, key: str) -> None:
        _free(self._services, self.name, key)


class SinkLane:
    """Deliveries to one sink: one worker, so that sinks don't hold each other up."""

    threads = 1

    def __init__(self, services: Services, place: Place, *, once_each: bool) -> None:
        """Make the lane; with ``once_each`` no delivery is tried a second time (``run --once``)."""
        self.name = f"sink {place.sink}"
        self._services = services
        self._place = place
        self._tried: set[Hashable] | None = set() if once_each else None

    def take(self, besides: Collection[Hashable]) -> Job | None:
        """Return the delivery that has been waiting longest."""
        with self._services.ledger.read() as connection:
            due = outbox.due(
                connection,
                self._place,
                now=self._services.clock(),
                besides={*besides, *(self._tried or ())},  # type: ignore[arg-type]
            )
        if not due:
            return None
        free = partial(_free, self._services, "delivery", due[0].id)
        return Job(key=due[0].id, run=partial(self._do, due[0]), free=free)

    def next_due(self) -> float | None:
        """Return when the next queued delivery is due."""
        with self._services.ledger.read() as connection:
            return outbox.next_due(connection, self._place.sink)

    def _do(self, delivery: Delivery) -> None:
        if self._tried is not None:
            self._tried.add(delivery.id)
        delivering.deliver(self._services, delivery)


def _free(services: Services, kind: str, key: object) -> None:
    with services.ledger.write() as connection:
        work.free(connection, kind, key, run_tag=services.run_tag, now=services.clock())


class PutAwayLane:
    """Originals whose notes have arrived everywhere."""

    name = "putting away"
    threads = 1

    def __init__(self, services: Services) -> None:
        self._putting_away = PuttingAway(services)

    @property
    def problems(self) -> dict[str, str]:
        """Files that could not be put away, with the reason."""
        return dict(self._putting_away.problems)

    def take(self, besides: Collection[Hashable]) -> Job | None:
        """Return the next file that may be put away."""
        file = self._putting_away.next(besides)
        return Job(key=file.id, run=partial(self._putting_away.put_away, file)) if file else None

    def next_due(self) -> float | None:
        """Return when one that could not be put away is tried again."""
        return self._putting_away.next_due()


def lanes(services: Services, intake: IntakeLane, away: PutAwayLane, *, reading_threads: int, once: bool) -> list[Lane]:
    """Return all lanes of a daemon."""
    return [
        intake,
        away,
        RowLane(services, "transcription", units.read_page, threads=reading_threads, once_each=once),
        RowLane(services, "note", units.compose_note, threads=1, once_each=False),
        *(SinkLane(services, place, once_each=once) for place in services.sinks),
    ]
