"""What this plugin announces to notesyncd."""

from __future__ import annotations

from collections.abc import Sequence

from notesyncd.api import SinkSpec, hookimpl
from notesyncd_obsidian.settings import ObsidianSettings
from notesyncd_obsidian.sink import ObsidianSink

NOTESYNCD_API_VERSION = 1


@hookimpl
def notesyncd_sinks() -> Sequence[SinkSpec]:
    """Announce the sink."""
    return (
        SinkSpec(
            name="obsidian",
            settings=ObsidianSettings,
            open=ObsidianSink,
            description="Notes as Markdown files in an Obsidian vault",
        ),
    )
