"""Small file systems, and something that keeps them full to the last block until it is told to stop."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.house import House
from tests.unit.system.mounting import mounted_tmpfs

_BLOCKS = 1 << 16, 4096
_AGAIN_SECONDS = 0.02
_USERS_FILES = {
    "mine.md": "# My own note\n\nNobody may touch this.\n",
    ".obsidian/app.json": '{"attachmentFolderPath": "pictures"}',
    "folder/other.md": "---\ntags: [own]\n---\n\nNor this.\n",
}


class Ballast:
    """A file that takes all the room there is; what others free, it takes as well, until it is thrown away.

    With ``spare`` it takes all but so many bytes, once.
    """

    def __init__(self, folder: Path, *, spare: int = 0) -> None:
        self._path = folder / "ballast"
        self._over = threading.Event()
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._fill()
        if spare:
            os.truncate(self._path, self._path.stat().st_size - spare)
        self._threads = [] if spare else [threading.Thread(target=self._keep_full, name=f"ballast in {folder.name}")]
        for thread in self._threads:
            thread.start()

    def _keep_full(self) -> None:
        while not self._over.wait(_AGAIN_SECONDS):
            self._fill()

    def _fill(self) -> None:
        for block in _BLOCKS:
            try:
                while os.write(self._file, bytes(block)):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017

    def throw_away(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        os.close(self._file)
        self._path.unlink()


@contextmanager
def filled(*folders: Path) -> Iterator[None]:
    """Keep the file systems of some folders full."""
    with ExitStack() as stack:
        for folder in folders:
            stack.callback(Ballast(folder).throw_away)
        yield


@contextmanager
def small_house(root: Path, *, state: str | None = None, vault: str | None = None) -> Iterator[House]:
    """A house whose state folder or vault is a file system of its own, of the size that is given."""
    house = House(root, settle=0.2)
    with ExitStack() as stack:
        if state:
            stack.enter_context(mounted_tmpfs(house.state, f"size={state}"))
        if vault:
            stack.enter_context(mounted_tmpfs(house.vault, f"size={vault}"))
        for name, text in _USERS_FILES.items():
            path = house.vault / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        yield house


def users_files_are_untouched(house: House) -> bool:
    return all((house.vault / name).read_text() == text for name, text in _USERS_FILES.items())


def temporary_files(house: House) -> list[Path]:
    """What may not be left in the vault or in the ledger's folders once all is done."""
    left = [path for path in house.vault.rglob("*") if path.name.endswith(".nsd-tmp") or path.suffix == ".tmp"]
    return left + list((house.state / "artifacts" / "work").iterdir())
