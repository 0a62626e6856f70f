"""The daemon as ``notesyncd run`` builds it, but reading no page; run as a script."""

from __future__ import annotations

import logging
import sys

from notesyncd.app import App, folders_seen_before, load_plugins
from notesyncd.config.load import load_config
from notesyncd.config.paths import state_paths


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    plugins, paths = load_plugins(), state_paths()
    loaded = load_config(None, plugins, needs_folders=True, seen_before=folders_seen_before(paths))
    with App(loaded=loaded, plugins=plugins, paths=paths).daemon() as daemon:
        daemon.reading_threads = 0
        daemon.forever()


if __name__ == "__main__":
    main()
