"""Which models fit which graphics card: plain figures, for which no model and no torch is loaded."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MIB = 1 << 20
_KEPT = 512 * _MIB
"""Of a card's memory, for the driver and a desktop: a judgement, not a measured figure."""

_PROGRAM = "nvidia-smi"
_ELSEWHERE = (
    "/usr/bin:/usr/lib/wsl/lib"  # a service's PATH may lack them; the second is where Windows hands it to Linux
)
_QUERY = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")  # figures in MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An NVIDIA graphics card, as its driver tells; memory in bytes."""

    name: str
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to run one model.

    Attributes:
        quantization: of the weights: ``bf16``, ``4bit``.
        memory_bytes: that it takes to run it, picture and answer included.
    """

    model: str
    quantization: str
    memory_bytes: int


def cards(*, patience: float = 10.0) -> list[Card]:
    """Return the NVIDIA cards of this machine, as ``nvidia-smi`` numbers them; none where it is missing or fails.

    Args:
        patience: seconds; a driver that hangs is as good as none.
    """
    program = shutil.which(_PROGRAM) or shutil.which(_PROGRAM, path=_ELSEWHERE)
    if program is None:
        return []
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command without a shell
            [program, *_QUERY],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return []
    rows = csv.reader(done.stdout.splitlines(), skipinitialspace=True)
    return [card for card in map(_card, rows) if card is not None]


def finest(ways: Iterable[Way], memory_bytes: int) -> list[Way]:
    """Return for each model the way that takes most memory of those that fit, in the models' own order.

    What takes more memory was rounded less and reads no worse; a model of which nothing fits is left out.

    Args:
        memory_bytes: of the card, all of it.
    """
    best: dict[str, Way] = {}
    for way in ways:
        known = best.get(way.model)
        if fits(way.memory_bytes, memory_bytes) and (known is None or way.memory_bytes > known.memory_bytes):
            best[way.model] = way
    return list(best.values())


def fits(need_bytes: int, memory_bytes: int) -> bool:
    """Say whether a need fits a card's memory, which driver and desktop use a little of."""
    return need_bytes + _KEPT <= memory_bytes


def _card(row: Sequence[str]) -> Card | None:
    """Return the card of one row; None where memory is not told: ``[N/A]`` of chips that share the machine's."""
    try:
        name, total, free = row
        return Card(name=name, total_bytes=int(total) * _MIB, free_bytes=int(free) * _MIB)
    except ValueError:
        return None
