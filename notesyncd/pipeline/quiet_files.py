"""Remembers how long each file has been left alone; the one memory of intake that is not in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.intake.mode import Mode, choose_mode
from notesyncd.intake.settle import Settling, settle

if TYPE_CHECKING:
    from notesyncd.intake.sweep import FoundFile
    from notesyncd.pipeline.services import Services, WatchedRoot


class QuietFiles:
    """What ``settle`` said of each file that is not settled yet. Used by one thread; its loss only delays."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._modes: dict[str, Mode] = {}
        self._files: dict[tuple[str, bytes], Settling] = {}

    def choose_mode(self, root: WatchedRoot) -> Mode:
        """Look again on what the folder lies: it may have been mounted since."""
        mode = choose_mode(root.path, root.mode).mode
        self._modes[str(root.path)] = mode
        return mode

    def settle_seconds(self, root: WatchedRoot) -> float:
        """Return how long a file of this folder must be left alone."""
        return root.settle_seconds_in(self._mode(root))

    def disturbed(self, root: WatchedRoot, found: FoundFile) -> None:
        """An event named the file: its quiet time begins anew."""
        self._look(root, found, hinted=True)

    def look(self, root: WatchedRoot, found: FoundFile) -> Settling:
        """Take one more look at a file into account."""
        return self._look(root, found, hinted=False)

    def forget(self, root: str, raw_path: bytes) -> None:
        """The file was taken in, or is gone."""
        self._files.pop((root, raw_path), None)

    def _look(self, root: WatchedRoot, found: FoundFile, *, hinted: bool) -> Settling:
        key = str(root.path), found.raw_path
        mode = self._mode(root)
        self._files[key] = settled = settle(
            self._files.get(key),
            found,
            monotonic=self._services.monotonic(),
            wall=self._services.clock(),
            settle_seconds=root.settle_seconds_in(mode),
            hinted=hinted,
            believe_times=mode == "native",
        )
        return settled

    def _mode(self, root: WatchedRoot) -> Mode:
        return self._modes.get(str(root.path)) or self.choose_mode(root)
