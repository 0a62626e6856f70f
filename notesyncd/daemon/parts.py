"""The parts of a running daemon that others ask or tell something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notesyncd.pipeline.dispatcher import Dispatcher
    from notesyncd.pipeline.lanes import IntakeLane, PutAwayLane


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What runs, and how it is told to look at folders."""

    intake: IntakeLane
    away: PutAwayLane
    dispatcher: Dispatcher
    roots: Sequence[Path]

    def hint(self, root: Path, path: Path | None) -> None:
        """Say that something happened to ``path``, or anywhere below ``root``. Never raises."""
        self.intake.hint(root, path)
        self.dispatcher.wake()

    def sweep_all(self) -> None:
        """Ask for a sweep of every root."""
        for root in self.roots:
            self.hint(root, None)
