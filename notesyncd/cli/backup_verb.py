"""``notesyncd backup``: saves the ledger, also while the daemon runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, say


def backup(
    context: typer.Context,
    target: Annotated[
        Path | None, typer.Argument(help="File to write; default: a new one in the state folder.")
    ] = None,
) -> None:
    """Save the ledger, consistently, also while the daemon runs."""
    from notesyncd.ledger.store import backup as save

    app = open_app(context, required=False)
    if not app.paths.ledger.exists():
        complain(f"there is no ledger at {app.paths.ledger} yet")
        raise typer.Exit(ExitCode.FAILED)
    target = target or app.paths.backups / time.strftime("ledger-%Y%m%d-%H%M%S.sqlite3")
    if target.exists():
        complain(f"{target} exists; name another file")
        raise typer.Exit(ExitCode.FAILED)
    say(str(save(app.paths.ledger, target)))
