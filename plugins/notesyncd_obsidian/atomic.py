"""Writing into a folder that others write into at the same time: whole files only, and nobody's file is lost.

Obsidian's watcher ignores names that begin with a dot, so a temporary file beside its target is invisible to it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from notesyncd.api import exchange_names, sync_folder

_TEMPORARY_SUFFIX = ".nsd-tmp"
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def temporary_of(target: Path, key: str) -> Path:
    """Return the name of the temporary file for ``target``; it stands in the same folder.

    Args:
        key: whose it is. Two notes may want one name, and each takes its own temporary file for evidence.
    """
    return target.with_name(f".{target.name}.{hashlib.sha256(key.encode()).hexdigest()[:8]}{_TEMPORARY_SUFFIX}")


def is_temporary(path: Path) -> bool:
    """Tell whether ``path`` bears a name that ``temporary_of`` gives."""
    return path.name.startswith(".") and path.name.endswith(_TEMPORARY_SUFFIX)


def write_temporary(temporary: Path, content: bytes, *, like: os.stat_result | None = None) -> None:
    """Write ``content`` to a temporary file, on the disk when this returns.

    Args:
        temporary: as ``temporary_of`` names it.
        content: all of it.
        like: the permissions to give it, those of a file that it is to replace.

    Raises:
        FileExistsError: a temporary file of that name is left from an earlier attempt.
    """
    with temporary.open("xb") as file:
        try:
            file.write(content)
            file.flush()
            if like is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
            os.fsync(file.fileno())
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def publish(temporary: Path, target: Path) -> None:
    """Let ``temporary`` appear as ``target``, which MUST NOT exist.

    Raises:
        FileExistsError: somebody's file stands there; it is untouched and the temporary file is kept.
    """
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No hard links (exFAT, many network shares): an empty file takes the name, which nobody else can then take.
        with target.open("xb"):
            pass
        temporary.replace(target)
    else:
        temporary.unlink()
    sync_folder(target.parent)


def replace(temporary: Path, target: Path) -> bytes:
    """Put ``temporary`` in the place of ``target`` and return what stood there at that instant.

    Where the file system can exchange two names, ``temporary`` then holds what was replaced; the caller removes
    it once that is safe. Else what is saved in the microseconds between a last look and the rename is lost.

    Raises:
        FileNotFoundError: nothing stands at ``target`` (any more); it isn't made again.
    """
    if exchange_names(temporary, target):
        replaced = temporary.read_bytes()
    else:
        replaced = target.read_bytes()
        temporary.replace(target)
    sync_folder(target.parent)
    return replaced
