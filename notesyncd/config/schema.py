"""Every setting of the core, with its type, bounds, default and description; sinks bring their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from notesyncd.config.paths import expanded
from notesyncd.hooks.secrets import Secret
from notesyncd.intake.backlog import BacklogChoice, BacklogOrder, parse_choice

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


def _backlog(value: object) -> object:
    return parse_choice(value) if isinstance(value, str) else value


class WatchSettings(Settings):
    """``[[watch]]``: one watched folder."""

    folder: FullPath = Field(description="Folder to watch, with all that is below it.")
    mode: Literal["auto", "native", "poll"] = Field(
        default="auto",
        description="How changes are noticed: 'native' (the system tells), 'poll' (the folder is gone through), or "
        "'auto': native where the file system can.",
    )
    poll_seconds: Annotated[float, Strict] = Field(
        default=30.0, ge=1, le=_DAY, description="How often a polled folder is gone through, in seconds."
    )
    settle_seconds: Annotated[float, Strict] | None = Field(
        default=None,
        ge=0,
        le=_DAY,
        description="How long a file must be left alone before it is read, in seconds. Left out: 5, in a polled "
        "folder 15.",
        examples=[5.0],
    )
    tags_from_folders: Annotated[bool, Strict] = Field(
        default=False, description="The names of the sub-folders that a page lies in become tags of its note."
    )
    icloud_download: Annotated[bool, Strict] = Field(
        default=True, description="Ask iCloud for files that are not on this Mac yet; false: wait until they are."
    )
    pdf_passwords: Secret | None = Field(
        default=None,
        description="Passwords of encrypted PDFs, one a line; `notesyncd retry` tries them on files that wait.",
        examples=[{"env": "PDF_PASSWORDS"}],
    )
    photos: Literal["note", "skip"] = Field(
        default="note", description="What becomes of a file without any writing: 'note' sends it, 'skip' only lists it."
    )
    after: Literal["keep", "move", "trash"] = Field(
        default="keep",
        description="What becomes of the original once every sink has its note: 'keep' leaves it where it is.",
    )
    move_to: FullPath | None = Field(
        default=None,
        description="Folder for originals where after = 'move'; their sub-folders are made below it.",
        examples=["~/Notes Archive"],
    )
    backlog: Annotated[BacklogChoice, BeforeValidator(_backlog)] = Field(
        default="ask",
        description="More than 50 old files in a folder that is new to notesyncd: 'ask' (hold them until "
        "`notesyncd run --backlog`), 'all', 'none', or a date: read what is of that day or later.",
    )
    backlog_order: BacklogOrder = Field(default="newest", description="In which order such files are read.")
    backlog_sinks: tuple[Name, ...] = Field(
        default=(), description="Sinks that announce what they get (a channel), and get such old pages all the same."
    )

    @model_validator(mode="after")
    def _needs_a_folder(self) -> Self:
        if self.after == "move" and self.move_to is None:
            raise ValueError("after = 'move' needs a folder: move_to = \"/full/path\"")
        return self


class ReadSettings(Settings):
    """``[read]``: how pages are read."""

    reader: Name = Field(
        default="auto", description="Name of the reader, or 'auto': the best that is ready on this machine."
    )
    model: Name = Field(
        default="auto",
        description="Model of the reader: 'auto' (by memory), a name that `notesyncd models list` shows, a hub id, or "
        "the full path of a folder that holds one.",
    )
    languages: tuple[Name, ...] = Field(
        default=(), description="Languages of the pages (BCP 47: 'en', 'ja'), for readers that want to know."
    )
    terms: tuple[Name, ...] = Field(
        default=(),
        max_length=50,
        description="Names and words of your own that a model should know, at most 50; it may read them where they "
        "do not stand.",
    )
    previous_title: Annotated[bool, Strict] = Field(
        default=False, description="Tell a model the heading of the page before; what it reads then depends on it."
    )
    prompt: FullPath | None = Field(
        default=None,
        description="A file with a prompt of your own, instead of the model's.",
        examples=["~/.config/notesyncd/prompt.txt"],
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
