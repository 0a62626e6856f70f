"""Programs that write pages into a watched folder slowly, in pieces, or over one another."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from tests.faults.tall_pages import TallPage
from tests.house import House

PATIENCE = 90.0


class Writers:
    """Each method is one program's way to write.

    Attributes:
        whole: every page that ever stood whole in the folder.
        due: those that stood there quietly for the settling time: each must have its note.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.whole: list[TallPage] = []
        self.due: list[TallPage] = []

    def path(self, name: str) -> Path:
        return self.house.inbox / name

    def _new(self, page: TallPage, *, due: bool = True) -> None:
        self.whole.append(page)
        if due:
            self.due.append(page)

    def keep_open(self, page: TallPage, name: str, gap: float) -> None:
        """Four pieces; the file stays open meanwhile."""
        self._new(page)
        with self.path(name).open("wb") as file:
            for number, chunk in enumerate(page.chunks(4)):
                time.sleep(gap if number else 0)
                file.write(chunk)
                file.flush()

    def reopen(self, page: TallPage, name: str, gap: float) -> None:
        """Four pieces; the file is closed and opened again in between."""
        self._new(page)
        for number, chunk in enumerate(page.chunks(4)):
            time.sleep(gap if number else 0)
            with self.path(name).open("ab") as file:
                file.write(chunk)

    def preallocate(self, page: TallPage, name: str, gap: float, *, closed: bool, holes: bool = False) -> None:
        """The file gets its full length, all zeros, and is then filled from the front."""
        self._new(page)
        path = self.path(name)
        with path.open("wb") as file:
            if holes:
                file.truncate(len(page.data))
            else:
                os.posix_fallocate(file.fileno(), 0, len(page.data))
            at = 0
            for chunk in page.chunks(4):
                time.sleep(gap)
                if closed:
                    file.close()
                    time.sleep(gap)
                    file = path.open("r+b")  # noqa: PLW2901
                file.seek(at)
                file.write(chunk)
                file.flush()
                at += len(chunk)
            file.close()

    def replace_again_and_again(self, pages: list[TallPage], name: str) -> None:
        """One file is moved into the place of another every half second."""
        for page in pages[:-1]:
            self._new(page, due=False)
        self._new(pages[-1])
        for page in pages:
            self._move_in(page, name)
            time.sleep(0.5)

    def replace_while_read(self, pages: list[TallPage], name: str) -> int:
        """Another file is moved into the place as soon as the decoder has the one there open; returns how often."""
        for page in pages[:-1]:
            self._new(page, due=False)
        self._new(pages[-1])
        caught = 0
        self._move_in(pages[0], name)
        for page in pages[1:]:
            caught += self._until_opened(self.path(name))
            self._move_in(page, name)
        return caught

    def use_name_again(self, pages: list[TallPage], name: str, *, in_place: bool) -> None:
        """A scanner that always writes the same name: the next page comes once the note of the last one is there."""
        for page in pages:
            self._new(page)
            self._put(page, name, in_place=in_place)
            self._until(lambda marks=page.marks: marks[0] in self.house.marks())

    def use_name_while_settling(self, first: TallPage, second: TallPage, name: str) -> None:
        """The second page comes while the first has not yet been left alone for long enough."""
        self._new(first, due=False)
        self._new(second)
        self._put(first, name, in_place=True)
        time.sleep(2)
        self._put(second, name, in_place=True)

    def use_name_while_reading(self, first: TallPage, second: TallPage, name: str) -> None:
        """The second page is written over the first one as soon as that was taken in, before it has been read."""
        self._new(first)
        self._new(second)
        self._put(first, name, in_place=True)
        digest = hashlib.sha256(first.data).hexdigest()
        taken_in = "SELECT 1 FROM scan WHERE digest = ?"
        self._until(lambda: self.house.query(taken_in, digest), every=0.005)
        self._put(second, name, in_place=True)

    def rename_into_place(self, page: TallPage, name: str) -> None:
        """A download: written slowly under another name, then renamed."""
        self._new(page)
        part = self.path(f"{name}.part")
        with part.open("wb") as file:
            for chunk in page.chunks(4):
                file.write(chunk)
                file.flush()
                time.sleep(2)
        part.rename(self.path(name))

    def hard_link(self, page: TallPage, *names: str) -> None:
        """Names for a file that was written elsewhere; the copy under a second name makes no second note."""
        self._new(page)
        elsewhere = self.house.root / f"elsewhere {names[0]}"
        elsewhere.write_bytes(page.data)
        for name in names:
            os.link(elsewhere, self.path(name))

    # ------------------------------------------------------------------------------------------------------- pieces

    def _put(self, page: TallPage, name: str, *, in_place: bool) -> None:
        if in_place:
            self.path(name).write_bytes(page.data)
        else:
            self._move_in(page, name)

    def _move_in(self, page: TallPage, name: str) -> None:
        other = self.house.root / f"next {name}"
        other.write_bytes(page.data)
        other.replace(self.path(name))

    @staticmethod
    def _until(condition: object, *, every: float = 0.1) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < until, "the daemon did not come to it in time"
            time.sleep(every)

    @staticmethod
    def _until_opened(path: Path, patience: float = 30.0) -> bool:
        """Wait until another process has this very file open; False if none ever had."""
        inode = path.stat().st_ino
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if any(_has_open(process, inode, path) for process in _children()):
                return True
            time.sleep(0.002)
        return False


def _children() -> list[Path]:
    """The decoders: processes whose command names the decoder's module."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"decoder" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


def _has_open(process: Path, inode: int, path: Path) -> bool:
    try:
        return any(
            os.readlink(link) == str(path) and link.stat().st_ino == inode for link in (process / "fd").iterdir()
        )
    except OSError:
        return False
