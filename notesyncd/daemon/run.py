"""Runs the pipeline until a signal, or once until nothing is due."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from notesyncd import __version__
from notesyncd.daemon.report import Report
from notesyncd.intake.watch import Watcher
from notesyncd.ledger import counts, files, notes, store
from notesyncd.pipeline.dispatcher import Dispatcher
from notesyncd.pipeline.lanes import IntakeLane, lanes
from notesyncd.pipeline.start import take_over
from notesyncd.pipeline.stock import Stock

if TYPE_CHECKING:
    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline.services import Services

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 25.0
"""How long a stop waits for running units; what still runs then is freed by the next start."""
OTHER_WRITERS_SECONDS = 0.5
SUPERVISE_SECONDS = 10.0


@dataclass(slots=True, kw_only=True)
class Daemon:
    """One run of the daemon.

    Attributes:
        plugins_of_places: every sink that can be reached, with its plugin's name.
        reading_threads: pages read at the same moment.
        rescan_seconds: between two sweeps of each root: the truth, where events are only hints.
        check_reload: raises ConfigError if the configuration file can't be used; asked upon SIGHUP.
        on_progress: told now and then what stands where (``run --once`` on a terminal).
    """

    services: Services
    plugins_of_places: Mapping[Place, str]
    reading_threads: int
    rescan_seconds: float
    check_reload: Callable[[], None]
    on_progress: Callable[[Mapping[str, int]], None] | None = None
    reload_wanted: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    def once(self) -> bool:
        """Take in what is there, close the groups, try each due row once. Returns whether all of it worked."""
        stock, intake, dispatcher = self._build(once=True)
        with self._signals(), self._running(dispatcher):
            for root in self.services.roots:
                intake.hint(root.path)
            dispatcher.wake()
            closed = False
            while not self._ended.wait(0.05):
                if self.on_progress:
                    self.on_progress(self._progress())
                if dispatcher.trouble:
                    break
                if not dispatcher.idle() or self._settling():
                    continue
                if closed:
                    break
                with self.services.ledger.write() as connection:
                    notes.close_groups(connection, now=self.services.clock())
                closed = True
        return not dispatcher.trouble and not stock.problems and not self._left()

    def forever(self) -> None:
        """Run until SIGTERM, SIGINT or an accepted SIGHUP (then ``reload_wanted`` is set)."""
        stock, intake, dispatcher = self._build(once=False)
        watcher = Watcher(
            [root.path for root in self.services.roots], lambda root, path: self._hint(intake, dispatcher, root, path)
        )
        report = Report(self.services, stock, watcher, dispatcher)
        with self._signals(), self._running(dispatcher), self._clock(intake, dispatcher, watcher, report):
            watcher.start()
            try:
                log.info("watching %s", ", ".join(str(root.path) for root in self.services.roots))
                for root in self.services.roots:
                    intake.hint(root.path)
                dispatcher.wake()
                report.keep()
                self._attend(dispatcher, report)
            finally:
                watcher.stop()

    def stop(self) -> None:
        """Ask the daemon to end; safe from any thread."""
        self._ended.set()

    # ---------------------------------------------------------------------------------------------------------- parts

    def _build(self, *, once: bool) -> tuple[Stock, IntakeLane, Dispatcher]:
        freed = take_over(self.services, self.plugins_of_places)
        if freed:
            log.info("%s units of work were cut off by the end of the daemon before; they are done again", freed)
        with self.services.ledger.write() as connection:
            store.set_meta(connection, "daemon_version", __version__)
        stock = Stock(self.services)
        intake = IntakeLane(self.services, stock)
        dispatcher = Dispatcher(lanes(self.services, intake, reading_threads=self.reading_threads, once=once))
        self.services.ledger.announce = dispatcher.wake
        return stock, intake, dispatcher

    @staticmethod
    def _hint(intake: IntakeLane, dispatcher: Dispatcher, root: object, path: object) -> None:
        intake.hint(root, path)  # type: ignore[arg-type]
        dispatcher.wake()

    @contextmanager
    def _running(self, dispatcher: Dispatcher) -> Iterator[None]:
        dispatcher.start()
        try:
            yield
        finally:
            if not dispatcher.stop(patience=PATIENCE_SECONDS):
                log.warning("some units did not end in time; the next start does them again")

    @contextmanager
    def _clock(self, intake: IntakeLane, dispatcher: Dispatcher, watcher: Watcher, report: Report) -> Iterator[None]:
        """Timers are hints too: losing one delays, and nothing more."""

        def sweep_all() -> None:
            for root in self.services.roots:
                intake.hint(root.path)
            dispatcher.wake()

        def supervise() -> None:
            for root in watcher.ensure():
                intake.hint(root)
                dispatcher.wake()
            report.keep()

        scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        scheduler.add_job(sweep_all, "interval", seconds=self.rescan_seconds)
        scheduler.add_job(supervise, "interval", seconds=SUPERVISE_SECONDS)
        scheduler.start()
        try:
            yield
        finally:
            scheduler.shutdown(wait=False)

    def _attend(self, dispatcher: Dispatcher, report: Report) -> None:
        """Wait for the end; meanwhile notice what other processes write to the ledger."""
        changed = self.services.ledger.watch_other_writers()
        while not self._ended.wait(OTHER_WRITERS_SECONDS):
            if changed():
                dispatcher.wake()
            if self.reload_wanted:
                try:
                    self.check_reload()
                except Exception as error:  # noqa: BLE001 - an invalid file keeps the old settings
                    self.reload_wanted = False
                    report.config_problem = str(error)
                    report.keep()
                    log.error("the changed configuration is not used: %s", error)  # noqa: TRY400
                else:
                    return

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn SIGTERM and SIGINT into an orderly end, SIGHUP into a wish to reload (main thread only)."""

        def end(_number: int, _frame: FrameType | None) -> None:
            self._ended.set()

        def reload(_number: int, _frame: FrameType | None) -> None:
            self.reload_wanted = True

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, action)
            for number, action in ((signal.SIGTERM, end), (signal.SIGINT, end), (signal.SIGHUP, reload))
        }
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)

    # ------------------------------------------------------------------------------------------------------- questions

    def _settling(self) -> bool:
        """Tell whether a file is still being left alone for its settling time."""
        with self.services.ledger.read() as connection:
            return files.any_settling(connection)

    def _left(self) -> bool:
        with self.services.ledger.read() as connection:
            return any(item.state != "held" for item in counts.waiting(connection, limit=1))

    def _progress(self) -> dict[str, int]:
        with self.services.ledger.read() as connection:
            pages = counts.transcriptions(connection)
        return {
            "read": sum(count for state, count in pages.items() if state not in ("queued", "running", "blank")),
            "pages": sum(count for state, count in pages.items() if state != "blank"),
        }
