"""``notesyncd redeliver``: sends a note again, also one that was deleted at the sink."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import print_json, say


def redeliver(
    context: typer.Context,
    note: Annotated[str, typer.Argument(help="Id of the note, or its beginning.")],
    sink: Annotated[
        str | None, typer.Option("--sink", help="Only to this sink; otherwise to all it was sent to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send a note again; one that was deleted at the sink is made anew."""
    from notesyncd.pipeline import asking

    with open_app(context).ledger() as ledger:
        done = asking.redeliver(ledger, asking.note_id_of(ledger, note), sink, now=time.time())
    if as_json:
        print_json(done)
        return
    for name, what in done.items():
        say(f"{name}: " + ("is made anew" if what == "recreate" else "is brought in step"))
