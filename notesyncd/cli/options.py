"""The options that stand before or after every verb, and what the verbs get from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(slots=True)
class GlobalOptions:
    """What was said once for all verbs. ``config``: the file named by ``--config``."""

    config: Path | None = None


def global_options(context: typer.Context) -> GlobalOptions:
    """Return the options given to this run."""
    options = context.find_root().ensure_object(GlobalOptions)
    assert isinstance(options, GlobalOptions)
    return options


def group_of_verbs(about: str | None = None) -> typer.Typer:
    """Return an application for a verb that has verbs below it, as ``notes show``."""
    return typer.Typer(help=about, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
