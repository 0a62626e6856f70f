"""``notesyncd config``: which settings are in force and where each comes from, and whether they can be used."""

from __future__ import annotations

from typing import Annotated

import typer

from notesyncd.cli.options import global_options, group_of_verbs
from notesyncd.cli.output import complain, print_json, print_table, say

app = group_of_verbs("Show or check the configuration.")


@app.command()
def show(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the settings in force and where each comes from; secrets are masked."""
    import json

    from notesyncd.app import load_plugins
    from notesyncd.config.effective import effective_settings
    from notesyncd.config.load import load_config
    from notesyncd.config.paths import state_paths

    loaded = load_config(global_options(context).config, load_plugins(), required=False)
    settings = list(effective_settings(loaded))
    state = state_paths()
    if as_json:
        print_json(
            {
                "schema": "notesyncd.config/1",
                "file": str(loaded.file) if loaded.file else None,
                "state_folder": str(state.root),
                "cache_folder": str(state.cache),
                "settings": [{"key": each.key, "value": each.value, "source": each.source} for each in settings],
            }
        )
        return
    say(f"configuration: {loaded.file or 'none; all is as by default'}")
    say(f"state folder: {state.root}")
    say(f"cache folder: {state.cache}")
    say()
    rows = [(each.key, json.dumps(each.value, ensure_ascii=False), each.source) for each in settings]
    print_table(("setting", "value", "from"), rows)


@app.command()
def check(context: typer.Context) -> None:
    """Check the configuration as a start of the daemon would; exit code 78 where it can't be used."""
    from notesyncd.app import load_plugins
    from notesyncd.config.load import load_config

    loaded = load_config(global_options(context).config, load_plugins(), needs_folders=True)
    for name, reason in loaded.unavailable.items():
        complain(f"sinks.{name}: the plugin was left out, its deliveries wait: {reason}")
    watched = ", ".join(str(watch.folder) for watch in loaded.config.watch)
    sinks = ", ".join(sink.name for sink in loaded.sinks) or "no sink"
    say(f"{loaded.file} is in order: watches {watched}; delivers to {sinks}")
