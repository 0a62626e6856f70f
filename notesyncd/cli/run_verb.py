"""``notesyncd run``: the daemon, or one pass over all that is there."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, counted, say


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Take in what is there, try everything once, and end. Exit 1: some is left.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")] = False,
) -> None:
    """Watch the folders and keep the notes in step, until it is stopped (SIGHUP: read the configuration again)."""
    from notesyncd.cli.pages_progress import pages_progress

    logging.basicConfig(
        level=logging.WARNING if quiet or once else logging.INFO,
        format="%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    app = open_app(context, needs_folders=True)
    if once:
        with pages_progress(quiet=quiet) as on_progress, app.daemon(on_progress=on_progress) as daemon:
            worked = daemon.once()
            told = app.status(daemon.services.ledger)
        if not quiet:
            pages, notes = told["transcriptions"], told["notes"]
            say(f"{counted(sum(pages.values()) - pages['blank'], 'page')}, {counted(notes['total'], 'note')}")
        for item in told["waiting"]:
            complain(f"{item['what']} {item['path'] or item['id']} is {item['state']}: {item['reason'] or 'it waits'}")
        for folder in told["folders"]:
            if folder["state"] != "ok":
                complain(f"{folder['path']}: {folder['reason']}")
        raise typer.Exit(ExitCode.OK if worked else ExitCode.FAILED)
    with app.daemon() as daemon:
        daemon.forever()
        again = daemon.reload_wanted
    if again:
        logging.getLogger(__name__).info("the configuration is read again")
        os.execv(sys.executable, [sys.executable, *_arguments()])  # noqa: S606 - ourselves, with the same arguments


def _arguments() -> list[str]:
    """Return the interpreter's arguments that started this process (``-m notesyncd`` or a console script)."""
    return [*sys.orig_argv[1:]]
