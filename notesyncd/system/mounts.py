"""Which file system a path lies on: SQLite's write-ahead log and native file events both need a local one."""

from __future__ import annotations

import ctypes
import os
import re
import struct
import subprocess
import sys
from pathlib import Path, PurePosixPath

# Their files can change on another machine, or are mapped into memory by one machine only.
_NETWORK = frozenset(
    (
        *("9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "gpfs"),
        *("lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs"),
        *("webdav", "macfuse", "osxfuse"),
    )
)
# FUSE says nothing about what is behind it; these are known to stand on a local disk.
_LOCAL_FUSE = frozenset(
    ("fuseblk", *(f"fuse.{name}" for name in ("bindfs", "encfs", "fuse-overlayfs", "gocryptfs", "mergerfs", "ntfs-3g")))
)
# statx(2): without asking a server for it, the number of the mount that no later mount is given again (Linux 6.8)
_AT_FDCWD, _DONT_SYNC, _MOUNT_ID_UNIQUE, _STATX_BYTES, _MOUNT_ID_AT = -100, 0x4000, 0x4000, 256, 0x90
_MAC_MOUNT = re.compile(r"^.+? on (?P<point>/.*) \((?P<kind>\w+)[,)]")


def network_file_system(path: Path) -> str | None:
    """Return the type of the network file system (``nfs4``, ``cifs``, ``fuse.sshfs``) that ``path`` lies on.

    None for a local one, and where the system does not tell. What does not exist yet lies where its nearest existing
    parent lies.
    """
    kind = file_system(path)
    return kind if kind and is_network(kind) else None


def file_system(path: Path) -> str | None:
    """Return the type of the file system that ``path`` lies on, as the system names it; None where it can't be told."""
    existing = Path(os.path.abspath(path))  # noqa: PTH100 - a path is followed by the kernel, not resolved here
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    kind = None
    try:
        if sys.platform == "linux":
            kind = _by_mount_id(existing)
        elif sys.platform == "darwin":
            answer = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=10, check=True)
            kind = kind_in_mount_table(answer.stdout, existing.resolve())
    except (OSError, subprocess.SubprocessError):
        return None
    return kind


def mount_id(path: Path) -> int | None:
    """Return a number for the mount that ``path`` lies on; None where the system gives no such number (macOS).

    Another number is another mount, though device and inode be the same. Before Linux 6.8 the opposite does not hold:
    the number of an unmounted file system goes to the next one that is mounted.

    Raises:
        OSError: nothing stands at ``path``, or it can't be looked at.
    """
    if sys.platform != "linux":
        return None
    return _unique_mount_id(path) or _reused_mount_id(path)


def is_network(kind: str) -> bool:
    """Say whether a type of file system is, or may be, one whose files lie on another machine."""
    return kind in _NETWORK or (kind.startswith("fuse") and kind not in _LOCAL_FUSE)


def kind_in_mount_table(table: str, path: PurePosixPath) -> str | None:
    """Return the type of the deepest mount in the output of macOS's ``mount`` that holds ``path``."""
    points = {
        PurePosixPath(match["point"]): match["kind"]
        for line in table.splitlines()
        if (match := _MAC_MOUNT.match(line)) is not None
    }
    holders = [point for point in points if path.is_relative_to(point)]
    return points[max(holders, key=lambda point: len(point.parts))] if holders else None


def _by_mount_id(path: Path) -> str | None:
    """The kernel tells for each open file the id of its mount: exact, also for mounts over mounts and subvolumes."""
    wanted = _reused_mount_id(path)
    # proc(5): id, parent, device, root, mount point, options, optional fields ..., "-", type, source, super options
    for line in Path("/proc/self/mountinfo").read_bytes().split(b"\n"):
        head, _, tail = line.partition(b" - ")
        if tail and int(head.split(b" ", 1)[0]) == wanted:
            return tail.split(b" ", 1)[0].decode(errors="replace")
    return None


def _reused_mount_id(path: Path) -> int | None:
    """Return the id that the mount table uses; it is given again once the mount is gone."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
    except OSError:  # no /proc
        return None
    finally:
        os.close(descriptor)
    return next((int(line.split()[1]) for line in facts.splitlines() if line.startswith("mnt_id:")), None)


def _unique_mount_id(path: Path) -> int | None:
    """Return the id that is given only once, from 2**31 on; None where kernel or C library don't know of it."""
    call = getattr(ctypes.CDLL(None), "statx", None)
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    if call is None or call(_AT_FDCWD, os.fsencode(path), _DONT_SYNC, _MOUNT_ID_UNIQUE, answer) != 0:
        return None
    (told,) = struct.unpack_from("=I", answer)
    (number,) = struct.unpack_from("=Q", answer, _MOUNT_ID_AT)
    return int(number) if told & _MOUNT_ID_UNIQUE else None
