"""Sizes and times as people say them."""

from __future__ import annotations

from rich.filesize import decimal


def size(count: int) -> str:
    """Return a number of bytes as ``3.4 MB`` (powers of ten, as file managers show them)."""
    return decimal(count)


def duration(seconds: float) -> str:
    """Return a length of time as ``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
