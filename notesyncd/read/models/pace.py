"""How many seconds a page takes with each model on this machine, as a running mean; kept beside the models."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from pathlib import Path

from notesyncd.read.models.places import models_folder, write_whole

_WEIGHT = 0.1
"""Of the newest page: the mean follows a changed machine within some ten pages."""
_MOST = 64 << 10  # bytes that are read: some thousand models
_writing = threading.Lock()


def note_seconds(cache: Path, key: str, seconds: float) -> None:
    """Note how long a page took; a disk that can't be written to costs a measurement, never a page.

    Args:
        key: reader and model: ``mlx:qwen3-vl-8b``.
    """
    with _writing:
        means = dict(seconds_a_page(cache))
        mean = means.get(key)
        means[key] = round(seconds if mean is None else (1 - _WEIGHT) * mean + _WEIGHT * seconds, 3)
        try:
            write_whole(_file(cache), json.dumps(means, indent=1, sort_keys=True))
        except OSError:
            return


def seconds_a_page(cache: Path) -> Mapping[str, float]:
    """Return the means by key; empty before the first page, or where the file is damaged."""
    try:
        with _file(cache).open("rb") as file:
            kept = json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {key: float(mean) for key, mean in kept.items() if _is_seconds(mean)}


def _is_seconds(mean: object) -> bool:
    return isinstance(mean, int | float) and not isinstance(mean, bool) and math.isfinite(mean) and mean >= 0


def _file(cache: Path) -> Path:
    return models_folder(cache) / "seconds.json"
