"""``notesyncd run``: the daemon, one pass over all that is there, or a list of what such a pass would do."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, counted, say

if TYPE_CHECKING:
    from notesyncd.app import App, BacklogWish


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Take in what is there, try everything once, and end. Exit 1: some is left.")
    ] = False,
    backlog: Annotated[
        str | None,
        typer.Option(
            "--backlog",
            metavar="all|none|DATE",
            help="What becomes of many old files in a folder that is new: read all, none, or those since a date.",
            show_default=False,
        ),
    ] = None,
    backlog_sinks: Annotated[
        list[str] | None,
        typer.Option(
            "--backlog-sink",
            metavar="NAME",
            help="A sink that announces what it gets, and gets old pages all the same.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be read, and where it would be sent.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (with --dry-run).")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")] = False,
) -> None:
    """Watch the folders and keep the notes in step, until it is stopped (SIGHUP: read the configuration again)."""
    logging.basicConfig(
        level=logging.WARNING if quiet or once else logging.INFO,
        format="%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    for library in ("apscheduler", "httpx"):
        logging.getLogger(library).setLevel(logging.WARNING)
    app = open_app(context, needs_folders=True)
    wish = _wish(app, backlog, backlog_sinks or [])
    if dry_run:
        from notesyncd.cli.dry_run import show_plan

        show_plan(app, wish, as_json=as_json)
    elif wish is not None and _told_the_daemon(app, wish):
        return
    elif once:
        _once(app, wish, quiet=quiet)
    else:
        _forever(app, wish)


def _wish(app: App, backlog: str | None, sinks: list[str]) -> BacklogWish | None:
    from notesyncd.app import BacklogWish
    from notesyncd.intake.backlog import parse_choice

    known = [sink.name for sink in app.loaded.sinks]
    for sink in sinks:
        if sink not in known:
            raise typer.BadParameter(f"there is no sink {sink!r}; there are: {', '.join(known) or 'none'}")
    if backlog is None:
        if sinks:
            raise typer.BadParameter("--backlog-sink goes with --backlog")
        return None
    try:
        return BacklogWish(choice=parse_choice(backlog), sinks=tuple(sinks))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--backlog") from None


def _told_the_daemon(app: App, wish: BacklogWish) -> bool:
    """Where a daemon is running, leave the choice in the ledger, where it finds it."""
    import time

    from notesyncd.ledger.lock import DaemonLock
    from notesyncd.pipeline.backlog import choose

    pid = DaemonLock.holder(app.paths.lock)
    if pid is None:
        return False
    with app.ledger() as ledger:
        for root in app.roots():
            chosen = choose(ledger, root, wish.choice, wish.sinks, now=time.time())
            say(f"{chosen.folder}: {chosen.read} old files are read, {chosen.passed_over} are passed over")
    say(f"The daemon that is running (process {pid}) goes on with that; see notesyncd status.")
    return True


def _once(app: App, wish: BacklogWish | None, *, quiet: bool) -> None:
    from notesyncd.cli.backlog import show_backlog
    from notesyncd.cli.pages_progress import pages_progress

    with (
        pages_progress(quiet=quiet) as on_progress,
        app.daemon(on_progress=on_progress, backlog=wish) as daemon,
    ):
        worked = daemon.once()
        told = app.status(daemon.services.ledger)
    if not quiet:
        pages, notes = told["transcriptions"], told["notes"]
        say(f"{counted(sum(pages.values()) - pages['blank'], 'page')}, {counted(notes['total'], 'note')}")
    for item in told["waiting"]:
        if item["state"] != "held":
            complain(f"{item['what']} {item['path'] or item['id']} is {item['state']}: {item['reason'] or 'it waits'}")
    for problem in told["daemon"]["problems"]:
        complain(problem)
    for folder in told["folders"]:
        if folder["state"] != "ok":
            complain(f"{folder['path']}: {folder['reason']}")
    show_backlog(told, complain)
    raise typer.Exit(ExitCode.OK if worked else ExitCode.FAILED)


def _forever(app: App, wish: BacklogWish | None) -> None:
    with app.daemon(backlog=wish) as daemon:
        daemon.forever()
        again = daemon.reload_wanted
    if again:
        logging.getLogger(__name__).info("the configuration is read again")
        os.execv(sys.executable, [sys.executable, *_arguments()])  # noqa: S606 - ourselves, with the same arguments


def _arguments() -> list[str]:
    """Return the interpreter's arguments that started this process (``-m notesyncd`` or a console script)."""
    return [*sys.orig_argv[1:]]
