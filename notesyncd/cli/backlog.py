"""Says what waits for a choice, and what it would cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from notesyncd.cli.amounts import duration, size
from notesyncd.pipeline.backlog import CHOOSE


def show_backlog(told: Mapping[str, Any], speak: Callable[[str], None]) -> None:
    """Say for each folder how many old files are held, and how to go on; ``told`` is what ``status`` tells."""
    for folder in told["backlog"]:
        about = f"about {duration(folder['seconds'])}" if folder["seconds"] else "a while (no page was read here yet)"
        speak(f"{folder['path']} holds {folder['files']} files ({size(folder['bytes'])}) that lay there before.")
        speak(f"  They are held. To read all of them takes {about} and {size(folder['disk_bytes'])} of disk space.")
        if folder["estimate"]:
            speak(f"  {folder['estimate']}; more where a file holds more than one page.")
        speak(f"  {CHOOSE.capitalize()} (--dry-run lists them first)")
