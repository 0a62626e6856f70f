"""Prints what a run would do."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from notesyncd.cli.amounts import size
from notesyncd.cli.output import complain, counted, print_json, print_table, say
from notesyncd.pipeline.dry_run import PlannedFile, plan_run

if TYPE_CHECKING:
    from notesyncd.app import App, BacklogWish


def show_plan(app: App, wish: BacklogWish | None, *, as_json: bool) -> None:
    """List the files that would be read, held or passed over; nothing is made, not even a ledger."""
    with ExitStack() as closing:
        ledger = closing.enter_context(app.ledger()) if app.paths.ledger.exists() else None
        plan = plan_run(app.roots(wish), ledger, sinks=_announcing(app), wall=time.time())
    if as_json:
        print_json(
            {
                "schema": "notesyncd.plan/1",
                "files": [asdict(file) for file in plan.files],
                "problems": list(plan.problems),
            }
        )
        return
    for problem in plan.problems:
        complain(problem)
    if plan.files:
        rows = [(file.plan, file.path, size(file.size_bytes), ", ".join(file.sinks)) for file in plan.files]
        print_table(("would", "file", "size", "to"), rows)
    read = [file for file in plan.files if file.plan == "read"]
    say(f"{counted(len(read), 'file')} would be read{_others(plan.files)}. Nothing was done.")
    estimate = app.estimate(len(read))
    if read and estimate:
        say(f"{estimate}; more where a file holds more than one page.")


def _others(files: tuple[PlannedFile, ...]) -> str:
    counts = {plan: sum(file.plan == plan for file in files) for plan in ("hold", "pass over")}
    held = f", {counts['hold']} held until you choose (--backlog)" if counts["hold"] else ""
    return held + (f", {counts['pass over']} passed over" if counts["pass over"] else "")


def _announcing(app: App) -> dict[str, bool]:
    """Return for each sink whether it announces what it gets; their caches go where nothing stays."""
    announcing = {}
    with TemporaryDirectory(prefix="notesyncd-dry-run-") as folder:
        elsewhere = replace(app, paths=replace(app.paths, cache=Path(folder)))
        for configured in app.loaded.sinks:
            sink = elsewhere.open_sink(configured)
            announcing[configured.name] = sink.capabilities.announces
            sink.close()
    return announcing
