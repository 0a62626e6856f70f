"""Keeps what a write replaced, where that held something of the user's: 30 days, in our own cache."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

from notesyncd_obsidian.names import safe_name

_KEPT_FOR = 30 * 24 * 3600  # seconds


class Shelf:
    """A folder with replaced texts, named by time, file and content."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, made when it is first needed."""
        self._folder = folder

    def keep(self, name: str, content: bytes) -> None:
        """Keep ``content`` of the file ``name``; the same content only once. What is too old goes."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._prune()
        digest = hashlib.sha256(content).hexdigest()[:12]
        if next(self._folder.glob(f"* {digest} *"), None) is None:
            stamp = time.strftime("%Y-%m-%dT%H%M%S", time.gmtime())
            # The name's own suffix is cut with it if it is long; the content matters.
            self._put(self._folder / safe_name(f"{stamp} {digest} {name}"), content)

    def _put(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all: a part of it, left by a full disk, would be taken for the text itself."""
        unfinished = self._folder / ".unfinished"
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _prune(self) -> None:
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _KEPT_FOR:
                    path.unlink()
