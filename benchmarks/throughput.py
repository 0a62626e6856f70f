"""Pages a minute and CPU seconds a page: ours, from file to note, against the bare reader, in turn."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.scene import Cost, configure, draw_pages, measured

ROUNDS = 3


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="notesyncd-bench-") as folder:
        root = Path(folder)
        pages = draw_pages(root / "pages", count)
        # starting (imports, loading models) is paid once in a daemon's life; it is measured by one page and subtracted
        single = root / "single"
        single.mkdir()
        shutil.copy(pages[0], single)
        bare, ours = [], []
        for number in range(ROUNDS):
            bare.append(
                _without(
                    measured(["benchmarks/bare_loop.py", str(root / "pages")]),
                    measured(["benchmarks/bare_loop.py", str(single)]),
                )
            )
            ours.append(_without(_ours(root / f"all{number}", pages), _ours(root / f"one{number}", pages[:1])))
    rest = count - 1
    print(f"\nthroughput: {count} pages, median of {ROUNDS} rounds, starting subtracted")
    print(f"{'':12} {'pages/min':>10} {'CPU s/page':>11} {'peak MB':>8}")
    for name, costs in (("bare loop", bare), ("notesyncd", ours)):
        wall, cpu = statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs)
        print(f"{name:12} {60 * rest / wall:10.0f} {cpu / rest:11.3f} {max(c.peak_mb for c in costs):8.0f}")
    cpu = statistics.median(o.cpu / b.cpu for o, b in zip(ours, bare, strict=True))
    wall = statistics.median(o.wall / b.wall for o, b in zip(ours, bare, strict=True))
    print(f"ratio ours/bare: CPU {cpu:.2f}, wall {wall:.2f}")


def _ours(root: Path, pages: list[Path]) -> Cost:
    environment = configure(root)
    for page in pages:
        shutil.copy(page, root / "inbox")
    cost = measured(["-m", "notesyncd", "run", "--once", "--quiet"], environment)
    notes = len(list((root / "vault").rglob("*.md")))
    assert notes == len(pages), f"{notes} notes of {len(pages)} pages"
    return cost


def _without(whole: Cost, start: Cost) -> Cost:
    return Cost(wall=whole.wall - start.wall, cpu=whole.cpu - start.cpu, peak_mb=whole.peak_mb)
