"""Checks of the watched folders: there, readable, and watched in a way that really tells of changes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from notesyncd.doctor.finding import Finding
from notesyncd.intake.canary import events_arrive
from notesyncd.intake.cloud import count_absent, is_dataless
from notesyncd.intake.mode import WantedMode, choose_mode
from notesyncd.system.mounts import network_file_system
from notesyncd.system.watch_limits import watch_limit

_CANARY_SECONDS = 2.0


def folder_findings(folders: Sequence[tuple[Path, WantedMode]], *, rescan_seconds: float) -> Iterator[Finding]:
    """Check each watched folder, and on Linux whether all that is below them can be watched.

    Args:
        folders: each with the mode that the configuration wants.
        rescan_seconds: how often all folders are gone through, whatever events tell.
    """
    if not folders:
        yield Finding(
            name="folders",
            status="fail",
            message="no folder is watched",
            remedy='add [[watch]] and below it folder = "…" to the configuration',
        )
    native = []
    for folder, wanted in folders:
        unreadable = unreadable_finding(folder)
        if unreadable:
            yield unreadable
            continue
        yield events_finding(folder, wanted, rescan_seconds=rescan_seconds)
        yield from cloud_findings(folder)
        if choose_mode(folder, wanted).mode == "native":
            native.append(folder)
    limit = watch_limit()
    if native and limit is not None:
        yield watches_finding(native, limit)


def unreadable_finding(folder: Path) -> Finding | None:
    """Check one folder by really listing it and opening a file; None if that works."""
    try:
        with os.scandir(folder) as entries:
            # what is in iCloud only is left out: to open it would wait for its download
            here = (entry.path for entry in entries if entry.is_file() and not is_dataless(entry.stat()))
            file = next(here, None)
        if file is not None:
            with open(file, "rb") as opened:  # noqa: PTH123 - the raw name must survive
                opened.read(1)
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        return Finding(name=_name(folder), status="fail", message=message, remedy=_remedy(folder, error))
    return None


def events_finding(folder: Path, wanted: WantedMode, *, rescan_seconds: float) -> Finding:
    """Check how changes in a readable folder are noticed; that events arrive is proved by making one."""
    name, choice = _name(folder), choose_mode(folder, wanted)
    if choice.mode == "poll":
        joined = choice.reason if wanted == "poll" else f"because {choice.reason}"
        return Finding(name=name, status="ok", message=f"can be listed and read; is polled, {joined}")
    meanwhile = f"notesyncd looks through it every {rescan_seconds:g} s meanwhile"
    poll = f'set mode = "poll" in its [[watch]] ({meanwhile})'
    try:
        latency = events_arrive(folder, seconds=_CANARY_SECONDS)
    except OSError as error:
        message = f"can be listed and read; that events arrive can't be proven: {error.strerror or error}"
        return Finding(name=name, status="warn", message=message, remedy=f"if new files are found late, {poll}")
    if latency is None:
        message = f"can be listed and read, but no event arrived within {_CANARY_SECONDS:g} s"
        return Finding(name=name, status="warn", message=message, remedy=poll)
    message = f"can be listed and read; events arrive after {max(1, round(1000 * latency))} ms"
    kind = network_file_system(folder)
    if kind:
        message += f", but {kind} does not tell what other machines write there"
        return Finding(name=name, status="warn", message=message, remedy=poll)
    return Finding(name=name, status="ok", message=message)


def cloud_findings(folder: Path) -> Iterator[Finding]:
    """Tell of files whose content is in iCloud only; nothing where there are none."""
    absent = count_absent(os.fsencode(folder))
    if absent:
        yield Finding(
            name=_name(folder),
            status="warn",
            message=f"{absent} of its files or folders are in iCloud only; they are read once they are on this Mac",
            remedy='choose "Keep Downloaded" (or "Download Now") for the folder in Finder',
        )


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


def _name(folder: Path) -> str:
    return f"folder {folder}"


def _remedy(folder: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"make it: mkdir -p '{folder}' (or mount the disk it is on)"
    if error.errno == errno.EPERM and sys.platform == "darwin":
        # The privacy settings of macOS, not the file's permissions; they are given to one binary.
        program = os.path.realpath(sys.executable)
        return f"allow {program} in System Settings, Privacy & Security, Full Disk Access"
    return "give the user who runs notesyncd the right to list and read it, or watch another folder"
