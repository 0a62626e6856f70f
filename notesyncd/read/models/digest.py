"""One digest for all the weights of a model, so that a reading can name exactly what read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from notesyncd.read.models.contents import weight_files
from notesyncd.read.models.places import models_folder, write_whole

_BLOCK = 4 << 20  # bytes
_MOST_KEPT = 50  # folders whose digest is remembered
_LONGEST = 1 << 20  # bytes of that memory

Told = Callable[[int], None]
"""Is told how many more bytes were read."""


def say_nothing(_count: int) -> None:
    """Tell nobody."""


def file_sha256(file: Path, told: Told = say_nothing) -> str:
    """Return the sha256 of a file's bytes.

    Raises:
        OSError: it can't be read.
    """
    digest = hashlib.sha256()
    with file.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            told(len(block))
    return digest.hexdigest()


def weights_digest(files: Iterable[tuple[str, int, str]]) -> str:
    """Return the digest of weights from name, size and sha256 of each file; their order does not matter."""
    lines = (f"{sha256} {size} {name}\n" for name, size, sha256 in sorted(files))
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def folder_digest(folder: Path, told: Told = say_nothing) -> str:
    """Read all weights of a folder, gigabytes, and return their digest.

    Raises:
        UnusableModel: it has none.
        OSError: they can't be read.
    """
    return weights_digest((file.name, file.stat().st_size, file_sha256(file, told)) for file in weight_files(folder))


def remembered_digest(folder: Path, cache: Path) -> str:
    """Return the digest of a folder's weights; they are read only where size or time of one has changed since.

    Raises:
        UnusableModel: it has none.
        OSError: they can't be read.
    """
    stamp = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in weight_files(folder)]
    key = str(folder.resolve())
    known = _remembered(cache)
    entry = known.get(key)
    if isinstance(entry, dict) and entry.get("stamp") == stamp and isinstance(entry.get("digest"), str):
        return str(entry["digest"])
    digest = folder_digest(folder)
    known.pop(key, None)
    kept = dict(list(known.items())[-(_MOST_KEPT - 1) :]) | {key: {"stamp": stamp, "digest": digest}}
    try:
        write_whole(_memory(cache), json.dumps(kept, indent=1))
    except OSError:
        return digest  # it is computed again next time
    return digest


def _remembered(cache: Path) -> dict[str, Any]:
    try:
        with _memory(cache).open("rb") as file:
            kept = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _memory(cache: Path) -> Path:
    return models_folder(cache) / "digests.json"
