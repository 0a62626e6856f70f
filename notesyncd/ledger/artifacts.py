"""Files that belong to the ledger: originals by digest, upright page pictures by page; written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from notesyncd.domain.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file (btrfs, xfs, bcachefs)
_CHUNK = 1 << 20


class Artifacts:
    """The ``artifacts/`` folder.

    ``originals/ab/<sha256>`` are the bytes of scans; ``pages/ab/<page id>.jpg`` are upright pictures, a cache;
    ``work/`` holds pixels only while a page is being read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.work = root / "work"
        self.work.mkdir(parents=True, exist_ok=True, mode=0o700)

    def original(self, digest: str) -> Path:
        """Return where the bytes of a scan are kept."""
        return self._root / "originals" / digest[:2] / digest

    def picture(self, page_id: str) -> Path:
        """Return where the upright JPEG of a page is kept."""
        return self._root / "pages" / page_id[:2] / f"{page_id}.jpg"

    def pixels(self, page_id: str) -> Path:
        """Return where the pixels of a page lie while it is read."""
        return self.work / f"{page_id}.ppm"

    def clear_work(self) -> None:
        """Throw away what a dead daemon left in ``work/``."""
        for path in self.work.iterdir():
            path.unlink(missing_ok=True)

    def keep_original(self, source: Path, digest: str) -> Path:
        """Keep the bytes of ``source``, synced to disk before this returns; harmless if they are already kept.

        Raises:
            TransientError: if the bytes are no longer those of ``digest``, or the disk is full.
        """
        target = self.original(digest)
        if not target.exists():
            self._take_in(source, digest, target)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)
        return target

    def _take_in(self, source: Path, digest: str, target: Path) -> None:
        with source.open("rb") as there, self._written_whole(target, source.name) as here:
            if _clone_or_copy(there, here) != digest:
                raise TransientError(f"{source.name} changed while it was taken in")
            here.flush()
            os.fsync(here.fileno())

    def write_picture(self, page_id: str, jpeg: bytes) -> Path:
        """Keep the upright JPEG of a page; a cache, so it is written whole but not synced.

        Raises:
            TransientError: if the disk is full.
        """
        target = self.picture(page_id)
        with self._written_whole(target, f"the picture of page {page_id[:12]}") as here:
            here.write(jpeg)
        return target

    @contextmanager
    def _written_whole(self, target: Path, what: str) -> Iterator[BinaryIO]:
        """Give a new file that takes its name only once it is written; what a crash leaves lies in ``work/``.

        Raises:
            TransientError: that there is no space left for ``what``.
        """
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self.work, suffix=".tmp", delete=False) as here:
                temporary = Path(here.name)
                try:
                    yield cast("BinaryIO", here.file)
                    here.flush()
                    temporary.replace(target)
                finally:
                    temporary.unlink(missing_ok=True)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TransientError(f"no space left for {what} in {self._root}") from error
            raise

    def drop_pictures(self, page_ids: Iterable[str]) -> None:
        """Throw away pictures that show a page as it no longer stands."""
        for page_id in page_ids:
            self.picture(page_id).unlink(missing_ok=True)


def _clone_or_copy(there: BinaryIO, here: BinaryIO) -> str:
    """Copy all bytes, sharing blocks where the file system can; returns the sha256 of what stands in the copy."""
    with suppress(OSError):
        fcntl.ioctl(here.fileno(), _FICLONE, there.fileno())
        with open(f"/proc/self/fd/{here.fileno()}", "rb") as copy:  # noqa: PTH123 - the open file itself, not its name
            return hashlib.file_digest(copy, "sha256").hexdigest()
    digest = hashlib.sha256()
    while chunk := there.read(_CHUNK):
        digest.update(chunk)
        here.write(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
