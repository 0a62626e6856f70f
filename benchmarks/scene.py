"""Pages, a configuration and processes whose cost is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from notesyncd.testing.pages import render_page, save_page

CONFIG = """\
[[watch]]
folder = {inbox!r}
settle_seconds = {settle}

[read]
reader = "rapidocr"

[sinks.obsidian]
vault = {vault!r}
"""
TEXT = """\
Minutes {number}
The walk along the river took two hours
and the weather stayed dry until four
- bring the blue notebook
- copy the map before Friday
- ask about the opening hours
The second part was slower because
the path was closed near the bridge
so we went back through the old town
and had tea at the market square
Next time start before nine
and take the bus number {number} home"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process and its children took, in seconds; peak resident memory of the largest in MB."""

    wall: float
    cpu: float
    peak_mb: float


def draw_pages(folder: Path, count: int) -> list[Path]:
    """Draw photographed note pages of about 1300 x 1500 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        save_page(
            render_page(TEXT.format(number=number), seed=number, effects="scan", paper="ruled"),
            folder / f"{number:04}.jpg",
        )
        for number in range(count)
    ]


def configure(root: Path, *, settle: float = 0.0) -> dict[str, str]:
    """Make inbox, vault and configuration below ``root``; return the environment of a process that uses them."""
    inbox, vault = root / "inbox", root / "vault"
    inbox.mkdir(parents=True, exist_ok=True)
    (vault / ".obsidian").mkdir(parents=True, exist_ok=True)
    config = root / "config.toml"
    config.write_text(CONFIG.format(inbox=str(inbox), vault=str(vault), settle=settle), encoding="utf-8")
    return {**os.environ, "NOTESYNCD_CONFIG": str(config), "NOTESYNCD_STATE_DIR": str(root / "state")}


def measured(arguments: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a Python command to its end and return what it and its children cost."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss * unit / 1e6)
