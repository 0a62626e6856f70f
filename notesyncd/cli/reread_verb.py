"""``notesyncd reread``: has pages read again, by a better reader or with other settings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, counted, print_json, say
from notesyncd.cli.since import since_option

if TYPE_CHECKING:
    from notesyncd.app import App
    from notesyncd.ledger.rereading import PageToReread
    from notesyncd.pipeline.rereading import Rereading


def reread(
    context: typer.Context,
    which: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of pages, or of notes for all their pages, or their beginnings.", show_default=False),
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="Who is to read them; default as configured.", show_default=False)
    ] = None,
    reader_was: Annotated[
        str | None, typer.Option("--reader-was", help="Only pages that this reader read last.", show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only pages that came in since: 2026-11-21, 3d.", show_default=False)
    ] = None,
    beside: Annotated[
        bool, typer.Option("--beside", help="Keep what is read beside the page, to compare; nothing is delivered.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the pages that would be read.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read pages again; their notes are kept in step, and what a person corrected is never read over."""
    from notesyncd.pipeline.asking import pages_named
    from notesyncd.pipeline.rereading import Selection
    from notesyncd.pipeline.rereading import reread as queue

    if not which and reader_was is None and since is None:
        complain("say which pages: their ids, those of notes, --reader-was READER or --since DATE")
        raise typer.Exit(ExitCode.USAGE)
    app = open_app(context)
    wanted = app.reader(reader).name if reader is not None else None  # said now, not when the daemon comes to it
    with app.ledger() as ledger:
        ids = frozenset(page_id for prefix in which for page_id in pages_named(ledger, prefix)) if which else None
        selection = Selection(ids=ids, read_by=reader_was, since=since_option(since))
        done = queue(ledger, selection, reader=wanted, beside=beside, dry_run=dry_run, now=time.time())
    estimate = app.estimate(len(done.pages), reader=wanted) if done.pages else None
    if as_json:
        print_json(
            {
                "reader": wanted,
                "estimate": estimate,
                "beside": beside,
                "dry_run": dry_run,
                "pages": [_page(page) for page in done.pages],
                "left_out": [{**_page(page), "reason": reason} for page, reason in done.left_out],
            }
        )
        return
    _show(app, done, estimate, beside=beside, dry_run=dry_run)


def _page(page: PageToReread) -> dict[str, Any]:
    return {"id": page.id, "path": page.source, "reader_was": page.read_by, "version": page.version or None}


def _show(app: App, done: Rereading, estimate: str | None, *, beside: bool, dry_run: bool) -> None:
    from notesyncd.ledger.lock import DaemonLock

    for page in done.pages:
        say(f"{page.id[:12]}  {page.source}  {page.read_by or 'not read'}")
    for page, reason in done.left_out:
        say(f"{page.id[:12]}  {page.source}  left out: {reason}")
    say(f"{'would be queued' if dry_run else 'queued'} to be read again: {counted(len(done.pages), 'page')}")
    if estimate:
        say(f"That takes {estimate}.")
    if dry_run or not done.pages:
        return
    if beside:
        say("`notesyncd notes show NOTE` says how far what is read differs, once it is.")
    if DaemonLock.holder(app.paths.lock) is None:
        say("No daemon is running; `notesyncd run` reads them, new pages first.")
