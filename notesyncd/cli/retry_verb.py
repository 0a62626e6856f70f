"""``notesyncd retry``: takes up again what is parked, failed or unreadable."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import print_json, say


def retry(
    context: typer.Context,
    sink: Annotated[str | None, typer.Option("--sink", help="Only deliveries to this sink.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try again what failed or waits for a person. What pauses after a failure is due at once."""
    from notesyncd.pipeline import asking

    with open_app(context).ledger() as ledger:
        done = asking.retry(ledger, now=time.time(), sink=sink)
    if as_json:
        print_json({"files": done.files, "pages": done.pages, "notes": done.notes, "deliveries": done.deliveries})
    else:
        say(
            f"queued again: {done.files} files, {done.pages} pages, {done.notes} notes, {done.deliveries} deliveries"
            if done.total
            else "nothing is parked, failed or unreadable"
        )
