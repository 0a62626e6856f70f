"""The daily note of a date: where the vault's settings put it, and what its template makes of it."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path

from notesyncd_obsidian.moment import format_moment
from notesyncd_obsidian.vault import DailySettings

_PLACEHOLDER = re.compile(r"\{\{\s*(?P<what>date|time|title)\s*(?::(?P<format>[^}]*))?\}\}", re.IGNORECASE)


def daily_path(settings: DailySettings, at: datetime) -> str:
    """Return the path of a daily note below the vault, with ``/``.

    Unlike our own names it isn't mended: Obsidian would look for it under the name its user chose. Parts that lead out
    of the vault or hide the file are left out.
    """
    names = (f"{settings.folder}/{format_moment(at, settings.format)}", f"{at:%Y-%m-%d}")
    parts = [part.strip() for name in names for part in unicodedata.normalize("NFC", name).split("/")]
    usable = [part for part in parts if part and not part.startswith(".")]
    return "/".join(usable[:-1] or usable) + ".md"


def daily_content(vault: Path, settings: DailySettings, at: datetime) -> str:
    """Return what a new daily note holds: the user's template, filled in as Obsidian does, or nothing."""
    template = settings.template.strip("/")
    if not template:
        return ""
    path = vault / (template if template.endswith(".md") else f"{template}.md")
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""
    title = daily_path(settings, at).rpartition("/")[2].removesuffix(".md")

    def fill(match: re.Match[str]) -> str:
        if match["what"].lower() == "title":
            return title
        default = "YYYY-MM-DD" if match["what"].lower() == "date" else "HH:mm"
        return format_moment(at, (match["format"] or default).strip())

    return _PLACEHOLDER.sub(fill, text)
