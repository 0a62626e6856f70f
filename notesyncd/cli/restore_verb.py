"""``notesyncd restore``: brings a saved ledger back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from notesyncd.cli.opening import open_app
from notesyncd.cli.output import ExitCode, complain, say


def restore(
    context: typer.Context,
    source: Annotated[Path | None, typer.Argument(help="Backup to go back to; default: the newest.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Bring a saved ledger back. Every copy is looked at before anything is written there again."""
    from notesyncd.pipeline.restoring import newest_backup
    from notesyncd.pipeline.restoring import restore as bring_back

    app = open_app(context, required=False)
    app.paths.create()
    source = source or newest_backup(app.paths.backups)
    if source is None:
        complain(f"there is no backup in {app.paths.backups}")
        raise typer.Exit(ExitCode.FAILED)
    if not yes:
        typer.confirm(f"Replace the ledger by {source.name}? What happened since is forgotten.", abort=True)
    aside = bring_back(source, ledger=app.paths.ledger, lock=app.paths.lock)
    say(f"restored from {source}" + (f"; the ledger before is kept as {aside}" if aside else ""))
