"""What only the running daemon knows, kept in the ledger so that ``status`` of another process can tell it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from notesyncd.api import TransientError
from notesyncd.ledger import store

if TYPE_CHECKING:
    from notesyncd.daemon.parts import Parts
    from notesyncd.intake.watch import FolderState, Watcher
    from notesyncd.pipeline.services import Services

log = logging.getLogger(__name__)

KEY = "daemon_report"


class Report:
    """State of the watched folders, lanes in trouble, and a changed configuration that could not be used."""

    def __init__(self, services: Services, parts: Parts, watcher: Watcher) -> None:
        self._services, self._parts, self._watcher = services, parts, watcher
        self._stock = parts.intake.stock
        self._kept: str | None = None
        self.config_problem: str | None = None

    def keep(self) -> None:
        """Write the report to the ledger if it changed; what can't be written now is written the next time."""
        told = json.dumps(self._told(), ensure_ascii=False, sort_keys=True)
        if told == self._kept:
            return
        try:
            with self._services.ledger.write() as connection:
                store.set_meta(connection, KEY, told)
        except TransientError as error:
            log.debug("the daemon's report is not kept: %s", error)
            return
        self._kept = told

    def _told(self) -> dict[str, object]:
        watched = self._watcher.states
        folders = [self._folder(str(root.path), watched.get(root.path)) for root in self._services.roots]
        return {
            "folders": folders,
            "trouble": dict(self._parts.dispatcher.trouble),
            "not_put_away": self._parts.away.problems,
            "config": self.config_problem,
        }

    def _folder(self, name: str, watched: FolderState | None) -> dict[str, str | None]:
        """Say how a folder stands: what keeps it from being watched first, then what a sweep found."""
        mode, state, reason = (watched.mode, watched.state, watched.reason) if watched else ("native", "ok", None)
        if state == "ok" and name in self._stock.problems:
            state, reason = "trouble", self._stock.problems[name]
        elif state == "ok" and name in self._stock.unmounted:
            count = self._stock.unmounted[name]
            state, reason = "missing", f"its disk with {count} known files is not mounted"
        return {"path": name, "mode": mode, "state": state, "reason": reason}
