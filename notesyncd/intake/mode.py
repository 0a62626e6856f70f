"""How a folder is watched: natively, or by looking through it again and again where events don't tell everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notesyncd.system.mounts import file_system, is_network

Mode = Literal["native", "poll"]
WantedMode = Literal["auto", "native", "poll"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChoice:
    """How a folder is watched, and why: ``reason`` goes on after "because" or a colon."""

    mode: Mode
    reason: str


def choose_mode(folder: Path, wanted: WantedMode) -> ModeChoice:
    """Choose how to watch ``folder``; a folder that does not exist yet is judged by where it would lie.

    ``auto`` polls what lies on another machine: the kernel tells only of what this one writes there.
    """
    if wanted == "poll":
        return ModeChoice(mode="poll", reason="as configured")
    kind = file_system(folder)
    silent = f"{kind} does not tell what other machines write there" if kind and is_network(kind) else None
    if wanted == "native":
        return ModeChoice(mode="native", reason=f"as configured, although {silent}" if silent else "as configured")
    if silent:
        return ModeChoice(mode="poll", reason=silent)
    return ModeChoice(
        mode="native", reason=f"{kind} tells of every change" if kind else "the file system tells of changes"
    )
