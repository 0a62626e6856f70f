"""Checks of the watched folders: there, readable, and of a kind whose changes are told."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from notesyncd.doctor.finding import Finding
from notesyncd.system.mounts import network_file_system

_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")


def folder_findings(folders: Sequence[Path], *, rescan_seconds: float) -> Iterator[Finding]:
    """Check each watched folder, and on Linux whether all that is below them can be watched."""
    if not folders:
        yield Finding(
            name="folders",
            status="fail",
            message="no folder is watched",
            remedy='add [[watch]] and below it folder = "…" to the configuration',
        )
    for folder in folders:
        yield folder_finding(folder, rescan_seconds=rescan_seconds)
    if folders and _WATCHES.exists():
        yield watches_finding(folders, int(_WATCHES.read_text(encoding="ascii")))


def folder_finding(folder: Path, *, rescan_seconds: float) -> Finding:
    """Check one folder by really listing it and opening a file."""
    name = f"folder {folder}"
    try:
        with os.scandir(folder) as entries:
            file = next((entry.path for entry in entries if entry.is_file()), None)
        if file is not None:
            with open(file, "rb") as opened:  # noqa: PTH123 - the raw name must survive
                opened.read(1)
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        return Finding(name=name, status="fail", message=message, remedy=_remedy(folder, error))
    kind = network_file_system(folder)
    if kind:
        return Finding(
            name=name,
            status="warn",
            message=f"is on {kind}, which does not tell what other machines write there",
            remedy=f"nothing must be done: new files are found every {rescan_seconds:g} s (daemon.rescan_seconds)",
        )
    return Finding(name=name, status="ok", message="can be listed and read")


def watches_finding(folders: Sequence[Path], limit: int) -> Finding:
    """Compare the folders to watch with the number that inotify allows this user."""
    below = (1 for folder in folders for _ in os.walk(folder))
    needed = sum(islice(below, limit + 1))  # a count that is over the limit need not go on
    if needed > limit:
        return Finding(
            name="inotify",
            status="warn",
            message=f"the watched folders hold more than the {limit} folders this user may watch; "
            "the rest is found by going through them only",
            remedy="sudo sysctl fs.inotify.max_user_watches=1048576",
        )
    return Finding(name="inotify", status="ok", message=f"{needed} folders to watch of {limit} allowed")


def _remedy(folder: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"make it: mkdir -p '{folder}' (or mount the disk it is on)"
    if error.errno == errno.EPERM and sys.platform == "darwin":
        # The privacy settings of macOS, not the file's permissions; they are given to one binary.
        program = os.path.realpath(sys.executable)
        return f"allow {program} in System Settings, Privacy & Security, Full Disk Access"
    return "give the user who runs notesyncd the right to list and read it, or watch another folder"
