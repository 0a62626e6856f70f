"""What only the running daemon knows, kept in the ledger so that ``status`` of another process can tell it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from notesyncd.ledger import store

if TYPE_CHECKING:
    from notesyncd.intake.watch import Watcher
    from notesyncd.pipeline.dispatcher import Dispatcher
    from notesyncd.pipeline.services import Services
    from notesyncd.pipeline.stock import Stock

KEY = "daemon_report"


class Report:
    """State of the watched folders, lanes in trouble, and a changed configuration that could not be used."""

    def __init__(self, services: Services, stock: Stock, watcher: Watcher, dispatcher: Dispatcher) -> None:
        self._services, self._stock, self._watcher, self._dispatcher = services, stock, watcher, dispatcher
        self._kept: str | None = None
        self.config_problem: str | None = None

    def keep(self) -> None:
        """Write the report to the ledger if it changed."""
        told = json.dumps(self._told(), ensure_ascii=False, sort_keys=True)
        if told == self._kept:
            return
        with self._services.ledger.write() as connection:
            store.set_meta(connection, KEY, told)
        self._kept = told

    def _told(self) -> dict[str, object]:
        unwatched = {str(root): problem for root, problem in self._watcher.problems.items()}
        folders = []
        for root in self._services.roots:
            name = str(root.path)
            reason = self._stock.problems.get(name) or unwatched.get(name)
            state = "ok" if reason is None else "trouble" if root.path.is_dir() else "missing"
            folders.append({"path": name, "mode": "native", "state": state, "reason": reason})
        return {"folders": folders, "trouble": dict(self._dispatcher.trouble), "config": self.config_problem}
