"""From a page dropped to its note, beyond the settling time; and what the daemon costs when nothing happens."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.scene import configure, draw_pages

SETTLE = 1.0
IDLE_SECONDS = 20.0


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="notesyncd-bench-") as folder:
        root = Path(folder)
        pages = draw_pages(root / "pages", count + 1)
        environment = configure(root, settle=SETTLE)
        daemon = subprocess.Popen([sys.executable, "-m", "notesyncd", "run", "--quiet"], env=environment)
        try:
            time.sleep(3)
            _drop(root, pages[0], 1)  # the first page loads the models
            taken = sorted(_drop(root, page, number) - SETTLE for number, page in enumerate(pages[1:], 2))
            time.sleep(3)
            cpu, memory = _idle(daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()
    p95 = taken[min(len(taken) - 1, round(0.95 * len(taken)))]
    print(f"\nlatency beyond the settling time, {count} pages one by one")
    print(f"p50 {statistics.median(taken):.2f} s, p95 {p95:.2f} s")
    print(f"idle: {100 * cpu:.2f} % of a core, {memory:.0f} MB resident (decoder included)")


def _drop(root: Path, page: Path, notes: int) -> float:
    begin = time.perf_counter()
    shutil.copy(page, root / "inbox")
    while len(list((root / "vault").rglob("*.md"))) < notes:
        time.sleep(0.01)
        if time.perf_counter() - begin > 60:
            raise TimeoutError(f"no note of {page.name}")
    return time.perf_counter() - begin


def _idle(pid: int) -> tuple[float, float]:
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    def cpu() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before = cpu()
    time.sleep(IDLE_SECONDS)
    return (cpu() - before) / IDLE_SECONDS, sum(process.memory_info().rss for process in processes) / 1e6
