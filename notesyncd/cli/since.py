"""``--since``: a date, a time, or how long ago."""

from __future__ import annotations

import re
import time
from datetime import datetime

import typer

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def since_option(value: str | None) -> float | None:
    """Return seconds since the epoch for ``2026-11-21``, ``2026-11-21T10:30``, ``30m``, ``12h``, ``3d`` or ``2w``."""
    if value is None:
        return None
    ago = re.fullmatch(r"(\d{1,6})([mhdw])", value)
    if ago:
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.fromisoformat(value).astimezone().timestamp()
    except ValueError:
        raise typer.BadParameter(
            f"{value!r} is no date (2026-11-21) and no time ago (3d, 12h)", param_hint="--since"
        ) from None
