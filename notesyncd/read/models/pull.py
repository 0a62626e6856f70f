"""Fetches a model from the hub, whole and verified, or goes on where an earlier attempt was broken off.

.pulling/<model>/   files as they arrive: under their digest until they are verified, then under their name
<model>/            the whole model with its record; appears in one step
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from notesyncd.api import NotesyncdError, PermanentError, TransientError, exchange_names, sync_folder
from notesyncd.read.models.contents import UnusableModel, contents_of
from notesyncd.read.models.digest import file_sha256
from notesyncd.read.models.hub import HubFile, Snapshot, by_number, fetch_bytes, snapshot_of
from notesyncd.read.models.places import folder_of, unfinished_of
from notesyncd.read.models.record import FileRecord, Record, files_of_wrong_size, read_record, write_record

_SPARE = 200_000_000
"""Bytes left free on the disk: the ledger may lie on the same one. A judgement."""


class Tell(Protocol):
    """Is told how far a pull is: bytes that are here and verified or on their way, of all, and the file at work."""

    def __call__(self, done: int, total: int, file: str) -> None:
        """Show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A model that is here now.

    Attributes:
        fetched: whether it was not here, or not this commit, before.
        newest: the hub's newest commit, where that is another one; None: it is not, or could not be asked.
        unasked: why the hub could not be asked for it.
    """

    folder: Path
    record: Record
    fetched: bool
    newest: str | None = None
    unasked: str | None = None


def pull(hub: str, *, cache: Path, tell: Tell, revision: str | None = None, update: bool = False) -> Pulled:
    """Fetch a model, or see that it is here already; what is pinned moves on with ``update`` only.

    Args:
        cache: the readers' cache folder.
        revision: the commit that the catalogue pins.

    Raises:
        NotesyncdError: by what to do next; what was fetched is kept for the next attempt.
    """
    folder = folder_of(cache, hub)
    record = read_record(folder)
    if record is not None and not update and not files_of_wrong_size(folder, record):
        return _already_here(folder, record)
    pinned = record.revision if record is not None else revision
    snapshot = snapshot_of(hub, None if update else pinned)
    if record is not None and snapshot.commit == record.revision and not files_of_wrong_size(folder, record):
        return Pulled(folder=folder, record=record, fetched=False)
    work = unfinished_of(cache, hub)
    try:
        with _alone(work, hub):
            return Pulled(folder=folder, record=_Pull(snapshot, work, folder, tell).run(), fetched=True)
    except OSError as error:
        raise by_number(hub, error) from error


def _already_here(folder: Path, record: Record) -> Pulled:
    try:
        newest = snapshot_of(record.hub, None).commit
    except NotesyncdError as error:
        return Pulled(folder=folder, record=record, fetched=False, unasked=str(error))
    return Pulled(folder=folder, record=record, fetched=False, newest=newest if newest != record.revision else None)


class _Pull:
    def __init__(self, snapshot: Snapshot, work: Path, folder: Path, tell: Tell) -> None:
        self._snapshot = snapshot
        self._work = work
        self._folder = folder
        self._tell = tell
        self._done = 0

    def run(self) -> Record:
        self._take_over_what_is_here()
        whole = {file.name: self._verified(file) for file in self._snapshot.files}
        self._see_that_it_fits([file for file in self._snapshot.files if whole[file.name] is None])
        for file in self._snapshot.files:
            whole[file.name] = whole[file.name] or self._fetched(file)
        self._drop_the_rest()
        self._see_that_it_is_a_model()
        record = Record(
            hub=self._snapshot.hub,
            revision=self._snapshot.commit,
            fetched=datetime.now(UTC),
            files={
                file.name: FileRecord(size=file.size, sha256=str(whole[file.name])) for file in self._snapshot.files
            },
        )
        write_record(self._work, record)
        self._put_in_place()
        return record

    def _take_over_what_is_here(self) -> None:
        """Link files of the commit that is here: those that stayed the same are not fetched again."""
        for file in self._snapshot.files:
            here, there = self._folder / file.name, self._work / file.name
            if here.is_file() and not there.exists():
                with suppress(OSError):  # a file system without links: it is fetched again
                    os.link(here, there)

    def _verified(self, file: HubFile) -> str | None:
        """Return the sha256 of a file that is here and the right one; another is thrown away."""
        path = self._work / file.name
        if not path.is_file():
            return None
        if path.stat().st_size == file.size:
            sha256 = file_sha256(path, lambda count: self._moved(count, file))
            if _is(path, sha256, file):
                return sha256
            self._done -= file.size
        path.unlink()
        return None

    def _see_that_it_fits(self, missing: list[HubFile]) -> None:
        needed = sum(file.size - self._size(self._part(file)) for file in missing)
        free = shutil.disk_usage(self._work).free
        if needed + _SPARE > free:
            raise PermanentError(
                f"{self._snapshot.hub} does not fit: {_shown(needed)} are still to be fetched, and {_shown(_SPARE)} "
                f"must stay free, but the disk of {self._work.parent.parent} has {_shown(free)}; make room first"
            )

    def _fetched(self, file: HubFile) -> str:
        part = self._part(file)
        if self._size(part) > file.size:
            part.unlink()
        with part.open("r+b" if part.exists() else "w+b") as stream:
            self._moved(self._size(part), file)
            fetch_bytes(self._snapshot, file, stream, lambda count: self._moved(count, file))
            os.fsync(stream.fileno())
        sha256 = file_sha256(part)
        if not _is(part, sha256, file):
            part.unlink()
            raise PermanentError(
                f"{file.name} of {self._snapshot.hub} is not what the hub says it is (its digest is another); it was "
                "thrown away. Run it again; if that does not help, don't trust this model"
            )
        part.replace(self._work / file.name)
        return sha256

    def _drop_the_rest(self) -> None:
        """Throw away what belongs to another commit."""
        wanted = {file.name for file in self._snapshot.files}
        for path in self._work.iterdir():
            if path.name not in wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _see_that_it_is_a_model(self) -> None:
        try:
            contents_of(self._work)
        except UnusableModel as error:
            shutil.rmtree(self._work)
            raise PermanentError(f"{self._snapshot.hub} can't be used, and was removed: {error}") from error

    def _put_in_place(self) -> None:
        sync_folder(self._work)
        if self._folder.exists() and not exchange_names(self._work, self._folder):
            shutil.rmtree(self._folder)
        if self._folder.exists():
            shutil.rmtree(self._work)  # the commit before
        else:
            self._work.rename(self._folder)
        sync_folder(self._folder.parent)

    def _moved(self, count: int, file: HubFile) -> None:
        self._done += count
        self._tell(self._done, self._snapshot.size, file.name)

    def _part(self, file: HubFile) -> Path:
        return self._work / f".{file.oid}.part"

    @staticmethod
    def _size(path: Path) -> int:
        return path.stat().st_size if path.exists() else 0


@contextmanager
def _alone(work: Path, hub: str) -> Iterator[None]:
    """Make the work folder, and keep a second process from fetching the same model."""
    work.mkdir(parents=True, exist_ok=True)
    lock = work.with_name(f"{work.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TransientError(f"{hub} is being fetched by another process; wait for it") from error
        yield
    finally:
        os.close(descriptor)


def _is(path: Path, sha256: str, file: HubFile) -> bool:
    """Compare a file with the hub's digest of it: its sha256, or git's sha1 of a small file."""
    if len(file.oid) == len(sha256):
        return sha256 == file.oid
    blob = hashlib.sha1(f"blob {file.size}\0".encode("ascii"), usedforsecurity=False)
    blob.update(path.read_bytes())
    return blob.hexdigest() == file.oid


def _shown(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
