"""What a vault says about itself: that it is there, and the settings of its user that concern us."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from notesyncd.api import TransientError, sync_folder
from notesyncd_obsidian.names import comparable, free_name

CLOUD_STUB = re.compile(r"\.(?P<name>.+)\.icloud")
"""How older versions of macOS name what stands in place of a file whose bytes are in iCloud only."""

LinkFormat = Literal["shortest", "relative", "absolute"]

_LONGEST_SETTINGS = 8 << 20  # bytes; theirs are a few KiB
_DEFAULT_DAILY_FORMAT = "YYYY-MM-DD"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySettings:
    """Where daily notes stand: folder of the vault, format in moment's language, template (a note) if any."""

    folder: str = ""
    format: str = _DEFAULT_DAILY_FORMAT
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """Settings of the vault's user.

    Attributes:
        attachment_folder: as Obsidian keeps it: ``/`` the vault, ``./`` the note's folder, ``./sub`` a folder below
            that one, else a folder of the vault.
        markdown_links: ``![](path)`` instead of ``![[path]]``.
    """

    attachment_folder: str = "/"
    link_format: LinkFormat = "shortest"
    markdown_links: bool = False
    daily: DailySettings = DailySettings()


def require_vault(vault: Path) -> None:
    """Raise TransientError unless ``vault`` is there and bears the mark of a vault, its folder ``.obsidian``.

    An empty mount point looks like an emptied vault; the mark tells them apart.
    """
    if not vault.is_dir():
        raise TransientError(f"the vault {vault} isn't there; is its disk mounted?")
    if not (vault / ".obsidian").is_dir():
        raise TransientError(f"{vault} has no folder .obsidian, so it is no vault, or its disk isn't mounted")


def read_vault_settings(vault: Path) -> VaultSettings:
    """Read the settings; a file that is missing, broken or of an unknown form counts as Obsidian's defaults."""
    folder = vault / ".obsidian"
    app = _read_object(folder / "app.json")
    link_format = app.get("newLinkFormat")
    return VaultSettings(
        attachment_folder=_text(app, "attachmentFolderPath") or "/",
        link_format=cast(LinkFormat, link_format) if link_format in ("relative", "absolute") else "shortest",
        markdown_links=app.get("useMarkdownLinks") is True,
        daily=_daily(folder),
    )


def _daily(folder: Path) -> DailySettings:
    """The Periodic Notes plugin, where it is switched on and makes daily notes, goes before the core plugin."""
    enabled = _read_json(folder / "community-plugins.json")
    found = _read_object(folder / "daily-notes.json")
    if isinstance(enabled, list) and "periodic-notes" in enabled:
        periodic = _read_object(folder / "plugins" / "periodic-notes" / "data.json").get("daily")
        if isinstance(periodic, dict) and periodic.get("enabled") is True:
            found = periodic
    return DailySettings(
        folder=_text(found, "folder"),
        format=_text(found, "format") or _DEFAULT_DAILY_FORMAT,
        template=_text(found, "template"),
    )


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    return value.strip() if isinstance(value, str) else ""


def _read_object(path: Path) -> dict[str, Any]:
    found = _read_json(path)
    return found if isinstance(found, dict) else {}


def _read_json(path: Path) -> object:
    try:
        with path.open("rb") as file:
            return cast(object, json.loads(file.read(_LONGEST_SETTINGS)))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None


def make_folder(vault: Path, wanted: str) -> str:
    """Make a folder of the vault, with those above it but never the vault itself, and return its path below the vault.

    A folder whose name differs only in case or Unicode form is taken for the same, as most file systems would.
    """
    made = ""
    for part in wanted.split("/"):
        if part:
            here = vault / made
            folders, files = _names(here)
            name = folders.get(comparable(part)) or free_name(part, files)
            (here / name).mkdir(exist_ok=True)
            sync_folder(here)
            made = f"{made}/{name}" if made else name
    return made


def _names(folder: Path) -> tuple[dict[str, str], set[str]]:
    with os.scandir(folder) as listing:
        items = [(item.name, item.is_dir()) for item in listing]
    folders = {comparable(name): name for name, is_folder in items if is_folder}
    return folders, {comparable(name) for name, is_folder in items if not is_folder}


def taken_names(folder: Path) -> dict[str, str]:
    """Return the names in a folder by what ``comparable`` makes of them; files that went to iCloud count too."""
    found: dict[str, str] = {}
    with os.scandir(folder) as listing:
        names = [item.name for item in listing]
    for name in names:
        stub = CLOUD_STUB.fullmatch(name) if name.startswith(".") else None
        shown = stub["name"] if stub else name
        found.setdefault(comparable(shown), shown)
    return found
