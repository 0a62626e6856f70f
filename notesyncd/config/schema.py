"""Every setting of the core, with its type, bounds, default and description; sinks bring their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from notesyncd.config.paths import expanded

Strict = Field(strict=True)
_DAY = 86_400.0


class Settings(BaseModel):
    """Base of all tables: unknown keys are errors, values never appear in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


def _full_path(path: Path) -> Path:
    path = expanded(path)
    if not path.is_absolute():
        raise ValueError("give a full path (or one that begins with ~); the daemon may be started anywhere")
    # Not resolved: the answer must be the same while the disk isn't mounted.
    return Path(os.path.normpath(path))


FullPath = Annotated[Path, AfterValidator(_full_path)]
Name = Annotated[str, Field(min_length=1)]


class WatchSettings(Settings):
    """``[[watch]]``: one watched folder."""

    folder: FullPath = Field(description="Folder to watch, with all that is below it.")
    settle_seconds: Annotated[float, Strict] = Field(
        default=5.0, ge=0, le=_DAY, description="How long a file must be left alone before it is read, in seconds."
    )


class ReadSettings(Settings):
    """``[read]``: how pages are read."""

    reader: Name = Field(
        default="auto", description="Name of the reader, or 'auto': the best that is ready on this machine."
    )
    languages: tuple[Name, ...] = Field(
        default=(), description="Languages of the pages (BCP 47: 'en', 'ja'), for readers that want to know."
    )
    parallel: Annotated[int, Strict] = Field(
        default=0, ge=0, le=256, description="How many pages to read at once at most; 0: as many as there are cores."
    )


class PrepareSettings(Settings):
    """``[prepare]``: what is done to a page before it is read."""

    steps: tuple[Name, ...] = Field(
        default=("orientation", "bound"),
        description="The preparing steps, in this order; `notesyncd plugins` lists all.",
    )


class NoteSettings(Settings):
    """``[note]``: how pages become notes."""

    group: Literal["file", "page", "burst", "folder"] = Field(
        default="file",
        description="What makes one note: 'file', 'page', 'burst' (photos taken in quick succession) or 'folder'.",
    )
    burst_seconds: Annotated[float, Strict] = Field(
        default=120.0, gt=0, le=_DAY, description="Longest pause between two photos of one burst, in seconds."
    )
    images: Literal["page", "none"] = Field(
        default="page", description="'page': attach the image of each page. 'none': only where there is no text."
    )
    image_pixels: Annotated[int, Strict] = Field(
        default=2000, ge=200, le=10_000, description="Longest edge of an attached image, in pixels."
    )
    title: Name | None = Field(
        default=None,
        description="Template of the title: variables title, date, source, page_count, tags. Left out: the page's own.",
        examples=["{{ date }} {{ title }}"],
    )
    path: Name | None = Field(
        default=None,
        description="Template of the place below a sink's folder, with the same variables; '/' makes folders.",
        examples=["{{ date.year }}/{{ title }}"],
    )
    hashtags: Annotated[bool, Strict] = Field(default=True, description="A handwritten #tag becomes a tag of the note.")


class DaemonSettings(Settings):
    """``[daemon]``: the background process."""

    rescan_seconds: Annotated[float, Strict] = Field(
        default=300.0, ge=1, le=_DAY, description="How often the watched folders are gone through in full, in seconds."
    )


class Config(Settings):
    """All settings of the core. ``[sinks.<name>]`` are their plugins' own (see ``LoadedConfig.sinks``)."""

    watch: tuple[WatchSettings, ...] = Field(default=(), description="The watched folders: one [[watch]] each.")
    read: ReadSettings = Field(default=ReadSettings(), description="How pages are read.")
    prepare: PrepareSettings = Field(default=PrepareSettings(), description="What is done to a page before.")
    note: NoteSettings = Field(default=NoteSettings(), description="How pages become notes.")
    daemon: DaemonSettings = Field(default=DaemonSettings(), description="The background process.")
