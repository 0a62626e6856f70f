"""``notesyncd plugins``: what was found, what it brings, and what was left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from notesyncd.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from notesyncd.hooks.plugins import Plugins


def plugins(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List plugins, readers, preparing steps and sinks."""
    from notesyncd.app import load_plugins

    found = load_plugins()
    if as_json:
        print_json(_as_json(found))
        return
    rows = [(each.name, each.distribution, each.version, ", ".join(each.hooks)) for each in found.loaded]
    print_table(("plugin", "distribution", "version", "hooks"), rows)
    say()
    readers = [(name, spec.unready() or "ready", spec.description) for name, spec in found.readers.items()]
    print_table(("reader", "state", "about"), readers)
    say()
    print_table(("preparing step", "about"), [(name, step.description) for name, step in found.preprocessors.items()])
    say()
    print_table(("sink", "about"), [(name, sink.description) for name, sink in found.sinks.items()])
    if found.failures:
        say()
        print_table(("left out", "why"), [(failure.name, failure.error) for failure in found.failures])


def _as_json(found: Plugins) -> dict[str, Any]:
    readers = [
        {"name": name, "ready": (reason := spec.unready()) is None, "reason": reason, "about": spec.description}
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
