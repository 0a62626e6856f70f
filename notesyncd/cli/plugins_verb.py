"""``notesyncd plugins``: what was found, what it brings, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from notesyncd.app import App
    from notesyncd.hooks.plugins import Plugins


def plugins(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List plugins, readers, preparing steps and sinks."""
    app = _app(context)
    found, states = app.plugins, app.reader_states()
    if as_json:
        print_json(_as_json(found, states))
        return
    rows = [(each.name, each.distribution, each.version, ", ".join(each.hooks)) for each in found.loaded]
    print_table(("plugin", "distribution", "version", "hooks"), rows)
    say()
    readers = [(name, states[name] or "ready", spec.description) for name, spec in found.readers.items()]
    print_table(("reader", "state", "about"), readers)
    say()
    print_table(("preparing step", "about"), [(name, step.description) for name, step in found.preprocessors.items()])
    say()
    print_table(("sink", "about"), [(name, sink.description) for name, sink in found.sinks.items()])
    if found.failures:
        say()
        print_table(("left out", "why"), [(failure.name, failure.error) for failure in found.failures])


def _app(context: typer.Context) -> App:
    """Return this installation; where its configuration is broken, as it would be without one."""
    from notesyncd.app import App, load_plugins
    from notesyncd.cli.opening import open_app
    from notesyncd.config.load import LoadedConfig
    from notesyncd.config.paths import state_paths
    from notesyncd.config.schema import Config
    from notesyncd.domain.errors import ConfigError

    try:
        return open_app(context, required=False)
    except ConfigError:
        return App(loaded=LoadedConfig(file=None, config=Config()), plugins=load_plugins(), paths=state_paths())


def _as_json(found: Plugins, states: Mapping[str, str | None]) -> dict[str, Any]:
    readers = [
        {"name": name, "ready": states[name] is None, "reason": states[name], "about": spec.description}
        for name, spec in found.readers.items()
    ]
    return {
        "schema": "notesyncd.plugins/1",
        "plugins": [
            {"name": each.name, "distribution": each.distribution, "version": each.version, "hooks": list(each.hooks)}
            for each in found.loaded
        ],
        "readers": readers,
        "preprocessors": [{"name": name, "about": step.description} for name, step in found.preprocessors.items()],
        "sinks": [{"name": name, "about": sink.description} for name, sink in found.sinks.items()],
        "failures": [{"name": failure.name, "error": failure.error} for failure in found.failures],
    }
