"""``notesyncd demo``: the main job on the sample pages, with the embedded reader, into a vault of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from notesyncd.cli.output import ExitCode, complain, say

_CONFIG = """\
[[watch]]
folder = {inbox!r}
settle_seconds = 0

[read]
reader = "rapidocr"

[sinks.obsidian]
vault = {vault!r}
"""


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder of the demo vault; made if it is not there.")] = Path(
        "demo-vault"
    ),
) -> None:
    """Read the sample pages and print the notes they become."""
    from notesyncd.app import App, load_plugins
    from notesyncd.cli.pages_progress import pages_progress
    from notesyncd.config.load import load_config
    from notesyncd.config.paths import StatePaths
    from notesyncd.testing.samples import sample_pages

    vault = folder.expanduser().absolute()
    if vault.exists() and not (vault / ".obsidian").is_dir() and any(vault.iterdir()):
        complain(f"{vault} exists and is no vault; name another folder")
        raise typer.Exit(ExitCode.FAILED)
    (vault / ".obsidian").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="notesyncd-demo-") as temporary:
        inbox = Path(temporary) / "Notes Inbox"
        inbox.mkdir()
        samples = [Path(shutil.copy(sample.path, inbox)) for sample in sample_pages()]
        config = Path(temporary) / "config.toml"
        config.write_text(_CONFIG.format(inbox=str(inbox), vault=str(vault)), encoding="utf-8")
        config.chmod(0o600)
        plugins = load_plugins()
        state = StatePaths(root=Path(temporary) / "state", cache=Path(temporary) / "cache").create()
        app = App(loaded=load_config(config, plugins), plugins=plugins, paths=state)
        say(f"reading {len(samples)} sample files with the embedded reader into {vault}")
        with pages_progress(quiet=False) as on_progress, app.daemon(on_progress=on_progress) as daemon:
            worked = daemon.once()
            told = app.status(daemon.services.ledger)
            written = _notes(daemon.services.ledger)
    for path in written:
        say(f"\n{'─' * 20} {path}\n")
        say((vault / path).read_text(encoding="utf-8").rstrip())
    say(f"\n{len(samples)} files, {len(written)} notes in {vault}{os.sep}; open that folder as a vault in Obsidian.")
    for item in told["waiting"]:
        complain(f"{item['what']} {item['path'] or item['id']} is {item['state']}: {item['reason']}")
    raise typer.Exit(ExitCode.OK if worked and len(written) == len(samples) else ExitCode.FAILED)


def _notes(ledger: object) -> list[str]:
    """Return the places of the delivered notes in the vault."""
    from notesyncd.ledger import notes, outbox
    from notesyncd.ledger.store import Ledger

    assert isinstance(ledger, Ledger)
    with ledger.read() as connection:
        rows = notes.find(connection)
        receipts = [copy[4] for row in rows for copy in outbox.states(connection, row.id)]
    return sorted(receipt.remote_id for receipt in receipts if receipt)
