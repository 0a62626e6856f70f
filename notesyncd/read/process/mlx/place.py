"""Where mlx computes, and how much memory there is."""

from __future__ import annotations

import os
from dataclasses import dataclass

from notesyncd.read.process.runtime import RuntimeProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A device that mlx computes on.

    Attributes:
        shown: for people and for the record; the same model gives other figures on another chip.
        memory_bytes: that a model may take there.
    """

    shown: str
    memory_bytes: int


def choose(device: str) -> Place:
    """Return the place for a ``LoadOrder``'s device and let mlx compute there.

    To be called before mlx-vlm is imported, which makes its streams for the device of that moment.

    Raises:
        RuntimeProblem: a GPU is asked for, and mlx has none.
    """
    import mlx.core as mx  # noqa: PLC0415

    has_gpu = mx.default_device() == mx.Device(mx.gpu)
    if device == "gpu" and not has_gpu:
        raise RuntimeProblem("config", 'mlx finds no GPU here: set device = "auto"')
    if device == "cpu":
        mx.set_default_device(mx.cpu)
    kind = "gpu" if has_gpu and device != "cpu" else "cpu"
    told = mx.device_info(mx.default_device())
    # what Metal lets one process keep: about two thirds or three quarters of the machine's memory
    most = told.get("max_recommended_working_set_size") or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Place(shown=f"{kind} ({told.get('device_name', 'unnamed')})", memory_bytes=int(most))
