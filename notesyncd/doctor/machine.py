"""Checks of the machine: Python, SQLite, and the disk that holds the state folder."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from notesyncd.config.paths import STATE_VARIABLE
from notesyncd.doctor.finding import Finding
from notesyncd.ledger.store import WAL_RESET_FIXED
from notesyncd.system.mounts import file_system, is_network

# What the ledger is made of; tried, because a version number does not tell how SQLite was built.
_NEEDED = (
    "CREATE TABLE strict_table (id INTEGER PRIMARY KEY) STRICT",
    "CREATE VIRTUAL TABLE search USING fts5(text, tokenize = 'trigram')",
)
_LITTLE, _TOO_LITTLE = 2 << 30, 200 << 20  # bytes free: about 500 and 50 photographed pages


def machine_findings(state: Path) -> Iterator[Finding]:
    """Check what notesyncd runs on; ``state`` is the state folder, which may not exist yet."""
    yield Finding(name="Python", status="ok", message=f"{platform.python_version()} at {sys.executable}")
    yield sqlite_finding(sqlite3.sqlite_version_info)
    yield _file_system_finding(state)
    yield disk_finding(state, shutil.disk_usage(_nearest(state)).free)


def sqlite_finding(version: tuple[int, ...]) -> Finding:
    """Check SQLite: what the ledger needs is tried, and ``version`` tells which of its faults to work around."""
    shown = ".".join(map(str, version))
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            for statement in _NEEDED:
                database.execute(statement)
    except sqlite3.Error as error:
        return Finding(
            name="SQLite",
            status="fail",
            message=f"{shown} can't hold the ledger: {error}",
            remedy="use a Python that was built with SQLite 3.37 or newer, with FTS5",
        )
    if version < WAL_RESET_FIXED:
        return Finding(
            name="SQLite",
            status="warn",
            message=f"{shown} can damage a database that two processes write at once; notesyncd makes them take turns",
            remedy="nothing must be done; SQLite 3.51.3 mends it. Never write to the ledger with another program",
        )
    return Finding(name="SQLite", status="ok", message=shown)


def disk_finding(state: Path, free: int) -> Finding:
    """Check the space that is left for the state folder, in bytes."""
    message = f"{free / (1 << 30):.1f} GiB free for {state}"
    if free >= _LITTLE:
        return Finding(name="disk", status="ok", message=message)
    return Finding(
        name="disk",
        status="warn" if free >= _TOO_LITTLE else "fail",
        message=message,
        remedy=f"make room, or set {STATE_VARIABLE} to a folder on a larger disk",
    )


def _file_system_finding(state: Path) -> Finding:
    kind = file_system(state)
    if kind is not None and is_network(kind):
        return Finding(
            name="state folder",
            status="fail",
            message=f"{state} is on a network file system ({kind}), where SQLite can't keep a ledger safely",
            remedy=f"set {STATE_VARIABLE} to a folder on a local disk",
        )
    return Finding(name="state folder", status="ok", message=f"{state} ({kind or 'file system unknown'})")


def _nearest(path: Path) -> Path:
    """Return the nearest folder that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
