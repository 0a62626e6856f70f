"""Whether a file is still being worked on: another program holds it open for writing, or it changed under our eyes."""

from __future__ import annotations

import errno
import fcntl
import sys
from pathlib import Path

from notesyncd.intake.complete import IncompleteFile
from notesyncd.system.mounts import file_system, is_network


class FileChanged(IncompleteFile):
    """The file is not the one that was looked at before: let it settle again."""


def has_writer(descriptor: int) -> bool | None:
    """Say whether any program holds this file open (or mapped) for writing; None where that can't be told.

    Linux grants a read lease only on a file that nobody has open for writing (fcntl(2), F_SETLEASE), and only to the
    file's owner; the lease is given back at once. A program that opens the file for writing in this very moment makes
    the kernel send us SIGIO, which ends a process that did not ask for it: the caller MUST ignore SIGIO.

    Args:
        descriptor: a regular file opened for reading only.
    """
    if sys.platform != "linux":
        return None
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        # NFS and SMB answer the same where the server merely did not promise to tell of changes.
        return True if error.errno == errno.EAGAIN and _is_local(descriptor) else None
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _is_local(descriptor: int) -> bool:
    kind = file_system(Path(f"/proc/self/fd/{descriptor}"))
    return kind is not None and not is_network(kind)
