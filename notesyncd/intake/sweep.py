"""The truth about a watched folder: what stands in it now, and how that differs from what is known.

Events are only hints; whatever they miss, the next sweep finds.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from notesyncd.domain.errors import TransientError
from notesyncd.intake.cloud import is_dataless, stub_for, stub_of
from notesyncd.intake.names import ignore_reason, is_foreign, is_ignored_folder, is_ignored_path
from notesyncd.intake.stored_name import as_stored

_NEVER_VANISH = frozenset({"gone", "ignored"})


class FileIdentity(NamedTuple):
    """What tells a file from another one, and from itself after a change, without opening it."""

    dev: int
    ino: int
    size: int
    mtime_ns: int


class FoundFile(NamedTuple):
    """A regular file as it stands; ``raw_path`` is ``os.fsencode`` of its path below the root, times are Unix time.

    ``dataless``: its content is in iCloud and not on this machine; reading it would wait for a download.
    """

    raw_path: bytes
    dev: int
    ino: int
    size: int
    mtime_ns: int
    ctime_ns: int
    dataless: bool = False

    @property
    def identity(self) -> FileIdentity:
        """The part that tells whether it is still the same file with the same bytes."""
        return FileIdentity(self.dev, self.ino, self.size, self.mtime_ns)


class KnownFile(NamedTuple):
    """What the ledger knows of a path; ``state`` as in ``source_file``."""

    raw_path: bytes
    dev: int
    ino: int
    size: int
    mtime_ns: int
    state: str


@dataclass(slots=True, kw_only=True)
class Sweep:
    """A walk through one root. ``files`` can be walked once; the other attributes fill up meanwhile.

    Attributes:
        files: every regular file that may be a scan.
        unreadable_folders: folders (raw paths below the root, ``b""`` = the root) that could not be listed whole,
            with the reason: nothing is known of the files beneath them.
        foreign: files left out because of their kind, with the reason (see ``names.is_foreign``).
        folders: how many folders were listed, the root among them.
        device: that the root lies on.
    """

    files: Iterator[FoundFile]
    device: int
    unreadable_folders: dict[bytes, str] = field(default_factory=dict)
    foreign: list[tuple[FoundFile, str]] = field(default_factory=list)
    folders: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How a root differs from what is known.

    Attributes:
        unmounted: the disk that the files were on is not there.
        appeared: at paths that are unknown, or were ``gone`` and hold something else now.
        returned: raw paths that were ``gone`` and hold the very file that stood there before.
        changed: at known paths, with another size, mtime or inode, or no longer waiting for iCloud.
        renamed: (known raw path, the same file where it is now).
        vanished: known raw paths where no file stands any more.
    """

    unmounted: bool = False
    appeared: tuple[FoundFile, ...] = ()
    returned: tuple[bytes, ...] = ()
    changed: tuple[FoundFile, ...] = ()
    renamed: tuple[tuple[bytes, FoundFile], ...] = ()
    vanished: tuple[bytes, ...] = ()


def sweep(root: Path) -> Sweep:
    """Begin a walk through ``root`` and all its folders; symbolic links (files and folders) are not followed.

    Raises:
        TransientError: if the root is missing or can't be listed; that never means that its files were deleted.
    """
    raw_root = os.fsencode(root)
    try:
        os.scandir(raw_root).close()
        device = root.stat().st_dev
    except OSError as error:
        raise TransientError(f"the folder {root} can't be listed: {_reason(error)}") from error
    walk = Sweep(files=iter(()), device=device)
    walk.files = _files(raw_root, walk)
    return walk


def look(root: Path, path: Path) -> FoundFile | None:
    """Return the one file at ``path`` as a sweep of ``root`` would find it, or None where a sweep would find none."""
    raw_root, raw_path = os.fsencode(root), os.path.relpath(os.fsencode(path), os.fsencode(root))
    if raw_path.startswith(b"../") or is_ignored_path(raw_path):
        return None
    raw_path = as_stored(raw_root, raw_path)
    *folders, name = raw_path.split(b"/")
    here = raw_root
    try:
        for folder in folders:
            here += b"/" + folder
            if not stat.S_ISDIR(os.lstat(here).st_mode):
                return None
        return _at(here, name, raw_path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise TransientError(f"{path} can't be looked at: {_reason(error)}") from error


def _at(folder: bytes, name: bytes, raw_path: bytes) -> FoundFile | None:
    """Return the file ``name`` of a folder, or what iCloud left in its place; raises OSError."""
    try:
        status = os.lstat(folder + b"/" + name)
    except FileNotFoundError:
        return _found(raw_path, os.lstat(folder + b"/" + stub_for(name)))._replace(dataless=True)
    return _found(raw_path, status) if stat.S_ISREG(status.st_mode) else None


def compare(
    found: Iterable[FoundFile],
    known: Mapping[bytes, KnownFile],
    *,
    unreadable_folders: Collection[bytes] = (),
    device: int | None = None,
) -> Changes:
    """Compare what stands in a root with what is known of it.

    A rename is a vanished known path whose (dev, ino, size, mtime_ns) equals those of a file that newly appeared.
    Where nothing at all was found, and the root lies on another device than the files did, nothing vanished either: the
    disk they are on is not mounted. Known paths in state ``gone`` or ``ignored`` never vanish.

    Args:
        found: walked once, to its end, before ``unreadable_folders`` is looked at (so ``Sweep``'s can be given).
        known: by raw path.
        device: that the root lies on now; None: nobody knows.
        unreadable_folders: files beneath these are not taken for vanished.
    """
    seen: set[bytes] = set()
    appeared: list[FoundFile] = []
    returned: list[bytes] = []
    changed: list[FoundFile] = []
    for file in found:
        path = file.raw_path
        seen.add(path)
        before = known.get(path)
        if before is None:
            appeared.append(file)
            continue
        # A new device number alone is a remount. A new inode alone is a file put in the other's place.
        same = before.mtime_ns == file.mtime_ns and before.size == file.size and before.ino == file.ino
        if before.state == "gone":
            if same:
                returned.append(path)
            else:
                appeared.append(file)
        elif not same or (before.state == "cloud_pending" and not file.dataless):
            changed.append(file)
    if not seen and any(file.dev != device for file in known.values() if file.state not in _NEVER_VANISH):
        return Changes(unmounted=True)
    vanished = {
        path: before
        for path, before in known.items()
        if path not in seen
        and before.state not in _NEVER_VANISH
        and not (unreadable_folders and _beneath(path, unreadable_folders))
    }
    renamed = _pair(vanished, appeared)
    moved = {file.raw_path for _, file in renamed}
    left = {path for path, _ in renamed}
    return Changes(
        appeared=tuple(file for file in appeared if file.raw_path not in moved),
        returned=tuple(returned),
        changed=tuple(changed),
        renamed=renamed,
        vanished=tuple(path for path in vanished if path not in left),
    )


def _pair(vanished: Mapping[bytes, KnownFile], appeared: Iterable[FoundFile]) -> tuple[tuple[bytes, FoundFile], ...]:
    """Find for each vanished path at most one new file that is the same, and the other way round."""
    if not vanished:
        return ()
    by_identity: dict[FileIdentity, list[bytes]] = {}
    for path, file in vanished.items():
        by_identity.setdefault(FileIdentity(file.dev, file.ino, file.size, file.mtime_ns), []).append(path)
    return tuple((old.pop(0), file) for file in appeared if (old := by_identity.get(file.identity)))


def _beneath(path: bytes, folders: Collection[bytes]) -> bool:
    """Tell whether ``path`` lies anywhere below one of ``folders``; ``b""`` is the root."""
    if b"" in folders:
        return True
    end = path.rfind(b"/")
    while end > 0:
        if path[:end] in folders:
            return True
        end = path.rfind(b"/", 0, end)
    return False


def _files(raw_root: bytes, walk: Sweep) -> Iterator[FoundFile]:
    folders = [b""]
    while folders:
        folder = folders.pop()
        walk.folders += 1
        try:
            with os.scandir(raw_root + b"/" + folder) as entries:
                yield from _folder(folder, entries, folders, walk)
        except FileNotFoundError as error:
            # A sub-folder deleted since its parent was listed: its files are gone indeed. A root that goes is no proof.
            if not folder:
                walk.unreadable_folders[folder] = _reason(error)
        except OSError as error:
            walk.unreadable_folders[folder] = _reason(error)


def _folder(
    folder: bytes, entries: Iterator[os.DirEntry[bytes]], folders: list[bytes], walk: Sweep
) -> Iterator[FoundFile]:
    """Yield the files of one folder and put its sub-folders on ``folders``."""
    prefix = folder + b"/" if folder else b""
    for entry in entries:
        name = entry.name
        if entry.is_dir(follow_symlinks=False):
            if not is_ignored_folder(name):
                folders.append(prefix + name)
        elif (reason := ignore_reason(name)) is None:
            if entry.is_file(follow_symlinks=False) and (status := _status(entry)):
                yield _found(prefix + name, status)
        elif stubbed := stub_of(name):
            if ignore_reason(stubbed) is None and (status := _status(entry)):
                yield _found(prefix + stubbed, status)._replace(dataless=True)
        elif is_foreign(name) and entry.is_file(follow_symlinks=False) and (status := _status(entry)):
            walk.foreign.append((_found(prefix + name, status), reason))


def _status(entry: os.DirEntry[bytes]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # deleted since the folder was listed
        return None


def _found(raw_path: bytes, status: os.stat_result) -> FoundFile:
    return FoundFile(
        raw_path,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        is_dataless(status),
    )


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
