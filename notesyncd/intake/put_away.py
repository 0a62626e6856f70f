"""Putting away a scan once its note is delivered, where its owner asked for that.

Nothing is overwritten and nothing is lost: whatever happens meanwhile, a crash too, the file stands whole at its old
place, at its new one, or at both. A file that is no longer the one that was read is left where it is.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from notesyncd.domain.errors import TransientError
from notesyncd.intake.sweep import FileIdentity
from notesyncd.system.renaming import rename_exclusively, sync_folder

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_LONGEST_NAME, _LONGEST_SUFFIX = 255, 32  # bytes; what is longer than a suffix ever is belongs to the name
_CHUNK = 1 << 20


class SourceChanged(TransientError):  # noqa: N818 - named by what it is, like IncompleteFile
    """The file is not (or no longer) the one that was meant; it is left where it is."""


def move_away(source: Path, target: Path, identity: FileIdentity) -> Path:
    """Move the file ``source`` to ``target`` or, where that name is taken, to the next free one: "scan (2).jpg".

    The folders of ``target`` are made. A move that was cut off by a crash is finished by the same call again.

    Args:
        source: a regular file; a symbolic link is never followed.
        target: the wanted path, on any file system.
        identity: what ``source`` was when it was read.

    Returns:
        Where the file stands now.

    Raises:
        SourceChanged: ``source`` has another identity; nothing is moved.
        TransientError: there is no room or no permission; ``source`` is untouched.
    """
    _require(source, identity)
    try:
        _make_folder(target.parent)
        try:
            return _move(source, target, identity)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        return _copy_across(source, target, identity)
    except OSError as error:
        raise TransientError(f"{source} can't be moved to {target.parent}: {_reason(error)}") from error


def trash(source: Path, identity: FileIdentity) -> None:
    """Put the file ``source`` into the trash of this desktop, from where its owner can take it back.

    Raises:
        SourceChanged: ``source`` has another identity; it is left where it is.
        TransientError: there is no trash for it, or no permission; ``source`` is untouched.
    """
    from send2trash import send2trash  # noqa: PLC0415 - loads macOS's frameworks, and few ask for it

    _require(source, identity)
    try:
        send2trash(str(source))
    except OSError as error:
        raise TransientError(f"{source} can't be put into the trash: {_reason(error)}") from error


def names_for(target: Path) -> Iterator[Path]:
    """Yield the names to try: the wanted one, then with a number before its suffix, none longer than a name may be."""
    yield target
    name = os.fsencode(target.name)
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - of the raw name
    if len(suffix) > _LONGEST_SUFFIX:
        stem, suffix = name, b""
    for number in itertools.count(2):
        end = b" (%d)" % number + suffix
        yield target.with_name(os.fsdecode(_cut(stem, _LONGEST_NAME - len(end)) + end))


def _move(source: Path, target: Path, identity: FileIdentity) -> Path:
    """Move within one file system.

    Raises:
        OSError: EXDEV where it isn't one.
    """
    for candidate in names_for(target):
        try:
            _rename(source, candidate)
        except FileExistsError:
            if not _is_same_file(source, candidate):
                continue
            if not source.parent.samefile(candidate.parent):  # else it is one name, not two
                _remove(source, identity)  # the candidate is a link made by a move that was cut off
            return candidate
        if _identity(candidate) != identity:  # it was exchanged since it was looked at
            _put_back(candidate, source)
            raise _changed(source)
        return candidate
    raise AssertionError("there are always more names")


def _copy_across(source: Path, target: Path, identity: FileIdentity) -> Path:
    """Move to another file system: the copy is whole, on the disk and in its place before the source goes."""
    # named by its source: what a killed copy left is found by the next one
    mark = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
    temporary = target.with_name(f".notesyncd-{mark}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        digest = _copy(source, temporary, identity)
        made = temporary.lstat()
        standing = _stand(temporary, target, digest)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    sync_folder(standing.parent)
    try:
        _remove(source, identity)
    except (OSError, TransientError):
        if os.path.samestat(made, standing.lstat()):  # not one that stood there before
            standing.unlink()
        raise
    return standing


def _copy(source: Path, temporary: Path, identity: FileIdentity) -> bytes:
    """Copy the bytes to the disk, with times and permissions as far as that file system keeps them; returns sha256."""
    digest = hashlib.sha256()
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(reading, "rb") as read, open(temporary, "xb", opener=_private) as written:  # noqa: PTH123 - descriptors
        if _from_status(os.fstat(reading)) != identity:
            raise _changed(source)
        while chunk := read.read(_CHUNK):
            written.write(chunk)
            digest.update(chunk)
        written.flush()
        with suppress(OSError):
            shutil.copystat(source, temporary, follow_symlinks=False)
        os.fsync(written.fileno())
    if _digest(temporary) != digest.digest() or temporary.stat().st_size != identity.size:
        raise OSError(errno.EIO, "what was written can't be read back")
    return digest.digest()


def _stand(temporary: Path, target: Path, digest: bytes) -> Path:
    """Give the copy its name; where the very same file stands already, a move was cut off, and that one stays."""
    made = temporary.stat()
    for candidate in names_for(target):
        try:
            _rename(temporary, candidate)
        except FileExistsError:
            there = candidate.lstat()
            alike = (there.st_size, there.st_mtime_ns) == (made.st_size, made.st_mtime_ns)
            if alike and stat.S_ISREG(there.st_mode) and _digest(candidate) == digest:
                return candidate
            continue
        return candidate
    raise AssertionError("there are always more names")


def _remove(source: Path, identity: FileIdentity) -> None:
    """Delete ``source`` if it still is the file that is meant.

    It is renamed first: a scanner may put its next page under the same name between a look and the deletion.

    Raises:
        SourceChanged: it is another one, and stands where it stood.
    """
    aside = source.with_name(f".notesyncd-{secrets.token_hex(8)}.away")
    source.rename(aside)
    try:
        if _identity(aside) != identity:
            raise _changed(source)
        aside.unlink()
    except (OSError, SourceChanged):
        _put_back(aside, source)
        raise


def _put_back(now: Path, before: Path) -> None:
    for name in names_for(before):
        try:
            _rename(now, name)
        except FileExistsError:
            continue
        return


def _rename(one: Path, other: Path) -> None:
    """Give a file another name that nobody has: at once where the file system can do that, else by a second link.

    Raises:
        FileExistsError: the name is taken.
    """
    if rename_exclusively(one, other):
        return
    try:
        os.link(one, other, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Neither is there (some network shares): an empty file takes the name, which nobody else can then take.
        with other.open("xb"):
            pass
        try:
            one.replace(other)
        except OSError:
            other.unlink()
            raise
    else:
        sync_folder(other.parent)
        with suppress(SourceChanged):  # somebody gave the old name to another file meanwhile: that one keeps it
            _remove(one, _identity(other))


def _require(source: Path, identity: FileIdentity) -> None:
    try:
        same = _identity(source) == identity
    except OSError as error:
        raise SourceChanged(f"{source} can't be put away: {_reason(error)}") from error
    if not same:
        raise _changed(source)


def _changed(source: Path) -> SourceChanged:
    return SourceChanged(f"{source} is not the file any more that was read, so it stays where it is")


def _identity(path: Path) -> FileIdentity:
    return _from_status(path.lstat())


def _from_status(status: os.stat_result) -> FileIdentity:
    return FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _is_same_file(one: Path, other: Path) -> bool:
    return os.path.samestat(one.lstat(), other.lstat())


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        if sys.platform == "linux":  # from the disk, not from memory
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").digest()


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, on the disk when this returns."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _cut(raw: bytes, length: int) -> bytes:
    """Shorten a name to at most ``length`` bytes without cutting a character of UTF-8 in two."""
    if len(raw) <= length:
        return raw
    while length and raw[length] & 0xC0 == 0x80:
        length -= 1
    return raw[:length]


def _reason(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "there is no room left"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "it is not permitted there"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return "a file stands in place of a folder"
    return error.strerror or str(error)
