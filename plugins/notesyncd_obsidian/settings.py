"""The settings of ``[sinks.obsidian]``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from notesyncd.api import PluginSettings


def _full_path(path: Path) -> Path:
    try:
        expanded = path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"the home folder in this path is unknown: {error}") from error
    if not expanded.is_absolute():
        raise ValueError("give the full path of the vault; a relative one depends on where the daemon was started")
    # Not resolved: the answer must be the same while the disk with the vault isn't mounted.
    return Path(os.path.normpath(expanded))


def _below_vault(folder: object) -> object:
    if not isinstance(folder, str):
        return folder
    parts = [part for part in folder.replace("\\", "/").split("/") if part not in ("", ".")]
    if folder.startswith(("/", "~")) or any(part.startswith(".") for part in parts):
        raise ValueError("give a folder inside the vault, such as 'Notes/Scans', without a part that begins with '.'")
    return "/".join(parts)


class ObsidianSettings(PluginSettings):
    """Where in which vault notes stand."""

    vault: Annotated[Path, AfterValidator(_full_path)] = Field(
        description="Full path of the vault: the folder that holds the folder '.obsidian'."
    )
    folder: Annotated[str, BeforeValidator(_below_vault)] = Field(
        default="Notes", description="Folder of the vault below which new notes are made; '' is the vault itself."
    )
    mode: Literal["note", "daily"] = Field(
        default="note",
        description="'note': one file a note. 'daily': each note is a section of the daily note of its date.",
    )
    attachments: Annotated[str | None, BeforeValidator(_below_vault)] = Field(
        default=None,
        description="Folder of the vault for page images. Left out: where the vault's own settings put attachments.",
    )
    properties: bool = Field(
        default=True, description="Write properties (date, tags, source and the like) at the top of each note."
    )
