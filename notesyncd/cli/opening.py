"""Opens what a verb works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesyncd.cli.options import global_options

if TYPE_CHECKING:
    import typer

    from notesyncd.app import App


def open_app(context: typer.Context, *, required: bool = True, needs_folders: bool = False) -> App:
    """Read the configuration and return this installation.

    Args:
        required: False: where there is no configuration file, and none was named, go on with the defaults.
        needs_folders: the watched folders must be there, or have been seen before.

    Raises:
        ConfigError: if the configuration can't be used; nothing was touched.
    """
    from notesyncd.app import App, folders_seen_before, load_plugins
    from notesyncd.config.load import load_config
    from notesyncd.config.paths import state_paths

    plugins, paths = load_plugins(), state_paths()
    loaded = load_config(
        global_options(context).config,
        plugins,
        required=required,
        needs_folders=needs_folders,
        seen_before=folders_seen_before(paths) if needs_folders else (),
    )
    return App(loaded=loaded, plugins=plugins, paths=paths)
