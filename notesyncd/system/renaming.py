"""Renames that POSIX has no word for: one that never replaces anything, and one that exchanges two names."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

_AT_FDCWD = -100 if sys.platform == "linux" else -2
_NO_REPLACE = 1 if sys.platform == "linux" else 4  # RENAME_NOREPLACE of linux/fs.h, RENAME_EXCL of macOS's sys/stdio.h
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h, RENAME_SWAP of macOS's sys/stdio.h: both are 2
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


def rename_exclusively(one: Path, other: Path) -> bool:
    """Rename in one step that never replaces anything; False where this system or file system can't.

    Raises:
        FileExistsError: the name is taken.
        OSError: it can't be renamed.
    """
    return _rename(one, other, _NO_REPLACE)


def exchange_names(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where this system or file system can't.

    Raises:
        FileNotFoundError: nothing stands at one of them.
        OSError: they can't be exchanged.
    """
    return _rename(one, other, _EXCHANGE)


def sync_folder(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk, where its file system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse to sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename(one: Path, other: Path, how: int) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    call = getattr(library, "renameat2" if sys.platform == "linux" else "renameatx_np", None)
    if call is None:
        return False
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), how) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))
