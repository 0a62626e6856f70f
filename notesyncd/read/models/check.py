"""Compares a fetched model with its record, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from notesyncd.read.models.digest import Told, file_sha256, say_nothing
from notesyncd.read.models.record import NAME, Record


def problems_of(folder: Path, record: Record, told: Told = say_nothing) -> Iterator[str]:
    """Return what is wrong with a model's folder, one line a file; all files are read."""
    for name, known in sorted(record.files.items()):
        file = folder / name
        if not file.is_file():
            yield f"{name} is missing"
            continue
        try:
            size, sha256 = file.stat().st_size, file_sha256(file, told)
        except OSError as error:
            yield f"{name} can't be read: {error.strerror}"
            continue
        if size != known.size:
            yield f"{name} has {size} bytes, not {known.size}"
        elif sha256 != known.sha256:
            yield f"{name} was changed: its sha256 is {sha256}, not {known.sha256}"
    for file in sorted(folder.iterdir()):
        if file.name not in record.files and file.name != NAME:
            yield f"{file.name} was not fetched with it"
