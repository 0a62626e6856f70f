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
from notesyncd.daemon.parts import Parts
from notesyncd.daemon.report import Report
from notesyncd.intake.watch import Watcher
from notesyncd.ledger import counts, files, notes, pace, store
from notesyncd.pipeline import backlog
from notesyncd.pipeline.dispatcher import Dispatcher
from notesyncd.pipeline.lanes import IntakeLane, PutAwayLane, lanes
from notesyncd.pipeline.start import clock_fell_back, take_over
from notesyncd.system.clocks import SLEEP_SECONDS, ClockWatch

if TYPE_CHECKING:
    from pathlib import Path

    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline.services import Services

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 25.0
"""How long a stop waits for running units; what still runs then is freed by the next start."""
OTHER_WRITERS_SECONDS = 0.5
SUPERVISE_SECONDS = 5.0


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
    on_progress: Callable[[Mapping[str, int | None]], None] | None = None
    reload_wanted: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    def once(self) -> bool:
        """Take in what is there, close the groups, try each due row once. Returns whether all of it worked."""
        parts = self._build(once=True)
        dispatcher = parts.dispatcher
        with self._signals(), self._running(dispatcher):
            parts.sweep_all()
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
        problems = dispatcher.trouble, parts.intake.stock.problems, parts.away.problems
        return not any(problems) and not self._left()

    def forever(self) -> None:
        """Run until SIGTERM, SIGINT or an accepted SIGHUP (then ``reload_wanted`` is set)."""
        parts = self._build(once=False)
        watcher = Watcher(
            {root.path: root.mode for root in self.services.roots},
            parts.hint,
            folder_count=lambda root: parts.intake.stock.folder_counts.get(str(root)),
        )
        report = Report(self.services, parts, watcher)
        with self._signals(), self._running(parts.dispatcher), self._clock(parts, watcher, report):
            watcher.start()
            try:
                for root, state in watcher.states.items():
                    log.info("watching %s (%s: %s)", root, state.mode, state.reason)
                parts.sweep_all()
                report.keep()
                self._attend(parts.dispatcher, report)
            finally:
                watcher.stop()

    def stop(self) -> None:
        """Ask the daemon to end; safe from any thread."""
        self._ended.set()

    # ---------------------------------------------------------------------------------------------------------- parts

    def _build(self, *, once: bool) -> Parts:
        freed = take_over(self.services, self.plugins_of_places)
        if freed:
            log.info("%s units of work were cut off by the end of the daemon before; they are done again", freed)
        with self.services.ledger.write() as connection:
            store.set_meta(connection, "daemon_version", __version__)
        for chosen in backlog.apply_settings(self.services.ledger, self.services.roots, now=self.services.clock()):
            log.info("%s: %s old files are read, %s are passed over", chosen.folder, chosen.read, chosen.passed_over)
        intake, away = IntakeLane(self.services), PutAwayLane(self.services)
        dispatcher = Dispatcher(lanes(self.services, intake, away, reading_threads=self.reading_threads, once=once))
        self.services.ledger.announce = dispatcher.wake
        return Parts(intake=intake, away=away, dispatcher=dispatcher, roots=[root.path for root in self.services.roots])

    @contextmanager
    def _running(self, dispatcher: Dispatcher) -> Iterator[None]:
        dispatcher.start()
        try:
            yield
        finally:
            if not dispatcher.stop(patience=PATIENCE_SECONDS):
                log.warning("some units did not end in time; the next start does them again")

    @contextmanager
    def _clock(self, parts: Parts, watcher: Watcher, report: Report) -> Iterator[None]:
        """Timers are hints too: losing one delays, and nothing more."""
        services = self.services
        clocks = ClockWatch(wall=services.clock, monotonic=services.monotonic)

        def supervise() -> None:
            jump = clocks.jump()
            if abs(jump) > SLEEP_SECONDS:
                log.info("the clock jumped by %.0f s (sleep, or it was set): everything is looked at", jump)
                if jump < 0:
                    clock_fell_back(services, -jump)
                parts.sweep_all()
            for root in watcher.ensure():
                parts.hint(root, None)
            report.keep()

        def poll(root: Path) -> None:
            if watcher.is_polled(root):
                parts.hint(root, None)

        scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        scheduler.add_job(parts.sweep_all, "interval", seconds=self.rescan_seconds)
        scheduler.add_job(supervise, "interval", seconds=SUPERVISE_SECONDS)
        for root in services.roots:
            scheduler.add_job(poll, "interval", [root.path], seconds=root.poll_seconds)
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
            return bool(counts.unfinished(connection, limit=1))

    def _progress(self) -> dict[str, int | None]:
        with self.services.ledger.read() as connection:
            pages = counts.transcriptions(connection)
            left = pace.seconds_left(connection, readers=max(1, self.reading_threads))
        return {
            "read": sum(count for state, count in pages.items() if state not in ("queued", "running", "blank")),
            "pages": sum(count for state, count in pages.items() if state != "blank"),
            "seconds_left": left,
        }
