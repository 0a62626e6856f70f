"""Finds the Obsidian vaults of this user, to offer them in ``init``."""

from __future__ import annotations

import json
from pathlib import Path

# Where Obsidian keeps the list of its vaults: Linux, Flatpak, Snap, macOS.
_LISTS = (
    ".config/obsidian/obsidian.json",
    ".var/app/md.obsidian.Obsidian/config/obsidian/obsidian.json",
    "snap/obsidian/current/.config/obsidian/obsidian.json",
    "Library/Application Support/obsidian/obsidian.json",
)


def known_vaults(home: Path) -> list[Path]:
    """Return the vaults that Obsidian lists and that are there, the one used last first."""
    used: dict[Path, float] = {}
    for name in _LISTS:
        for vault, at in _listed(home / name):
            if (vault / ".obsidian").is_dir():
                used[vault] = max(at, used.get(vault, 0.0))
    return sorted(used, key=lambda vault: -used[vault])


def _listed(file: Path) -> list[tuple[Path, float]]:
    """Read one list; one that is missing or of an unknown form offers nothing."""
    try:
        vaults = json.loads(file.read_bytes())["vaults"].values()
        return [(Path(vault["path"]), float(vault.get("ts", 0))) for vault in vaults]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
