"""Where the configuration and all that notesyncd remembers are kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from platformdirs import user_cache_path, user_config_path, user_state_path

from notesyncd.domain.errors import ConfigError

CONFIG_VARIABLE = "NOTESYNCD_CONFIG"
STATE_VARIABLE = "NOTESYNCD_STATE_DIR"
_APP = "notesyncd"


def config_file(option: Path | None = None) -> Path:
    """Return the configuration file: ``--config``, else ``NOTESYNCD_CONFIG``, else the platform's own place."""
    named = option or _from_environment(CONFIG_VARIABLE)
    return _absolute(named) if named else user_config_path(_APP) / "config.toml"


def is_config_named(option: Path | None = None) -> bool:
    """Say whether the user named a configuration file, so that it must be there."""
    return option is not None or _from_environment(CONFIG_VARIABLE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatePaths:
    """The state folder and what lies in it; nothing here is made before ``create``.

    Attributes:
        root: the folder itself; it must lie on a local disk.
        cache: what can be made again (models, a sink's indexes); the platform's cache folder, unless the state folder
            was named.
    """

    root: Path
    cache: Path

    @property
    def ledger(self) -> Path:
        """The ledger's database."""
        return self.root / "ledger.sqlite3"

    @property
    def lock(self) -> Path:
        """The file whose lock makes a daemon the only one of this ledger."""
        return self.root / "daemon.lock"

    @property
    def artifacts(self) -> Path:
        """Folder of originals, page pictures and pixels being read."""
        return self.root / "artifacts"

    @property
    def backups(self) -> Path:
        """Folder of the ledger's backups."""
        return self.root / "backups"

    @property
    def readers(self) -> Path:
        """Folder of all readers' caches, fetched models among them."""
        return self.cache / "readers"

    def sink_cache(self, name: str) -> Path:
        """Return the folder for the caches of one sink, by its name in the configuration."""
        return self.cache / "sinks" / name

    def create(self) -> Self:
        """Make the folders that are missing, readable by their owner alone.

        Raises:
            ConfigError: if that can't be done.
        """
        for folder in (self.root, self.cache, self.artifacts, self.backups):
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
                folder.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise ConfigError(
                    f"the folder {folder} can't be made: {error.strerror}; "
                    f"set {STATE_VARIABLE} to a folder that you may write to"
                ) from error
        return self


def state_paths() -> StatePaths:
    """Return the state folder: ``NOTESYNCD_STATE_DIR``, else the platform's own place."""
    named = _from_environment(STATE_VARIABLE)
    if named is None:
        return StatePaths(root=user_state_path(_APP), cache=user_cache_path(_APP))
    root = _absolute(named)
    return StatePaths(root=root, cache=root / "cache")


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(expanded(path)))  # noqa: PTH100 - links stay: they are the user's way to name a place


def expanded(path: Path) -> Path:
    """Return ``path`` with ``~`` replaced by the home folder.

    Raises:
        ValueError: if there is no such home folder.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"the home folder in this path is unknown: {error}") from error
