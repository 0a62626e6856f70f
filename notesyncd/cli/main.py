"""Entry point of the command line: the list of verbs, each loaded only when it runs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from notesyncd.cli.options import global_options, group_of_verbs
from notesyncd.cli.output import fail
from notesyncd.domain.errors import NotesyncdError

VERBS = {
    "demo": ("notesyncd.cli.demo_verb:demo", "Read the sample pages and print the notes they become."),
    "init": ("notesyncd.cli.init_verb:init", "Ask a few questions and write the configuration."),
    "run": ("notesyncd.cli.run_verb:run", "Watch the folders and keep the notes in step, until it is stopped."),
    "read": ("notesyncd.cli.read_verb:read", "Read files and print what stands on them."),
    "status": ("notesyncd.cli.status_verb:status", "Show folders, queues and sinks, and why each waiting item waits."),
    "notes": ("notesyncd.cli.notes_verb:notes", "List notes, newest first; find those that hold words."),
    "retry": ("notesyncd.cli.retry_verb:retry", "Try again what failed or waits for a person."),
    "reread": (
        "notesyncd.cli.reread_verb:reread",
        "Read pages again; their notes are kept in step, and what a person corrected is never read over.",
    ),
    "verify": (
        "notesyncd.cli.verify_verb:verify",
        "Read pages again, keep nothing, and say whether words and fingerprint are the same.",
    ),
    "correct": (
        "notesyncd.cli.correct_verb:correct",
        "Mend a word; every note already delivered is corrected in place.",
    ),
    "redeliver": (
        "notesyncd.cli.redeliver_verb:redeliver",
        "Send a note again; one that was deleted at the sink is made anew.",
    ),
    "backfill": ("notesyncd.cli.backfill_verb:backfill", "Send a sink the notes it never had."),
    "models": ("notesyncd.cli.models_verb:app", "List, fetch, remove and check models."),
    "plugins": ("notesyncd.cli.plugins_verb:plugins", "List plugins, readers, preparing steps and sinks."),
    "doctor": ("notesyncd.cli.doctor_verb:doctor", "Check the whole set-up and say how to mend it."),
    "config": ("notesyncd.cli.config_verb:app", "Show or check the configuration."),
    "backup": ("notesyncd.cli.backup_verb:backup", "Save the ledger, consistently, also while the daemon runs."),
    "restore": ("notesyncd.cli.restore_verb:restore", "Bring a saved ledger back."),
}
"""Verb: where it is defined (a function, or a Typer application for a group of verbs), and its line in ``--help``."""

LATER = frozenset(
    (
        *("bench", "export", "forget", "pause", "release", "resume"),
        *("review", "route", "service"),
    )
)
"""Verbs of the documentation's later chapters; asked for, they say so instead of "no such command"."""


class Verbs(TyperGroup):
    """The verbs by name; ``--help`` and the shell's completion of names load none of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, about) in VERBS.items():
            self.add_command(TyperCommand(name=name, help=about))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb and load its module."""
        if args[0] in LATER:
            ctx.fail(f"'{args[0]}' is not in this version.")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and self._loaded(str(name)), rest

    def _loaded(self, name: str) -> Any:
        module, _, attribute = VERBS[name][0].partition(":")
        defined = getattr(import_module(module), attribute)
        if not isinstance(defined, typer.Typer):
            function, defined = defined, group_of_verbs()
            defined.command(name)(function)
        command = get_command(defined)
        # Options for all verbs may also stand after the verb, where people write them.
        shared = [param for param in self.params if param.name == "config"]
        for each in (command, *getattr(command, "commands", {}).values()):
            each.params.extend(shared)
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; an error that was raised on purpose becomes its message and exit code."""
        try:
            return super().invoke(ctx)
        except NotesyncdError as error:
            raise typer.Exit(fail(error)) from error


def _remember_config(context: typer.Context, file: Path | None) -> None:
    if file is not None:
        global_options(context).config = file


def _show_version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"notesyncd {version('notesyncd')}")
        raise typer.Exit


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help takes half the time, and error messages stay on lines that can be searched
    # Tracebacks with the values of local variables would show page text and secrets.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Configuration file (also: NOTESYNCD_CONFIG).",
            callback=_remember_config,
            expose_value=False,
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Paper goes in, notes come out."""
    del config, version


def main() -> None:
    """Run the command line."""
    app()
