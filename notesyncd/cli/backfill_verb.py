"""``notesyncd backfill``: sends a new sink the notes of the past."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, counted, print_json, say
from notesyncd.cli.since import since_option


def backfill(
    context: typer.Context,
    sink: Annotated[str, typer.Argument(help="Name of the sink, as configured.")],
    since: Annotated[str | None, typer.Option("--since", help="Only notes that came in since: 2026-11-21, 3d.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the notes that would be sent.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send a sink the notes it never had: a new sink starts from now."""
    from notesyncd.ledger import notes
    from notesyncd.ledger.outbox import Place
    from notesyncd.pipeline import asking

    app = open_app(context)
    configured = next((each for each in app.loaded.sinks if each.name == sink), None)
    if configured is None:
        names = ", ".join(each.name for each in app.loaded.sinks)
        complain(f"there is no sink {sink!r} in {app.loaded.file}; there are: {names or 'none'}")
        raise typer.Exit(ExitCode.USAGE)
    opened = app.open_sink(configured)
    place = Place(sink, opened.identity())
    opened.close()
    with app.ledger() as ledger:
        ids = asking.backfill(ledger, place, now=time.time(), since=since_option(since), dry_run=dry_run)
        with ledger.read() as connection:
            titles = {row.id: row.title for row in notes.find(connection, ids=ids)}
    if as_json:
        print_json({"sink": sink, "dry_run": dry_run, "notes": ids})
        return
    for note_id in ids:
        say(f"{note_id[:8]}  {titles.get(note_id) or ''}")
    say(f"{'would be queued' if dry_run else 'queued'} for {sink}: {counted(len(ids), 'note')}")
