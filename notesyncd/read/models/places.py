"""Where fetched models lie below the readers' cache folder, and what kind of name a model was given."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_BETWEEN = "--"  # what the hub itself allows in no name, so that no two ids share a folder
_UNFINISHED = ".pulling"


def models_folder(cache: Path) -> Path:
    """Return the folder of all fetched models; it may not exist."""
    return cache / "models"


def folder_of(cache: Path, hub: str) -> Path:
    """Return where a model of the hub lies once it is whole."""
    return models_folder(cache) / hub.replace("/", _BETWEEN)


def unfinished_of(cache: Path, hub: str) -> Path:
    """Return where a model of the hub lies while it is being fetched."""
    return models_folder(cache) / _UNFINISHED / folder_of(cache, hub).name


def is_hub_id(name: str) -> bool:
    """Say whether a name has the form of a hub id: ``Qwen/Qwen3-VL-8B-Instruct``."""
    return _HUB_ID.fullmatch(name) is not None and _BETWEEN not in name and ".." not in name


def is_folder(name: str) -> bool:
    """Say whether a name is meant as the path of a folder."""
    return name.startswith(("/", "~", "."))


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that whoever reads it sees all of the old text or all of the new one.

    Raises:
        OSError: it can't be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
