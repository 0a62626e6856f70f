"""Limits on what a stranger's file may ask of this machine; beyond them it is refused with a reason, never tried."""

from __future__ import annotations

MAX_FILE_BYTES = 512 << 20
"""A file is read whole, once, so that what was hashed is what was decoded."""

MAX_PIXELS = 120_000_000
"""Of one page; more than any camera or scanner of a notebook gives, and 360 MB of RGB."""

MAX_PAGES = 2000
"""Of one file."""

MAX_DRAWN_PIXELS = 16_000_000
"""Of one PDF page; a larger page (a poster, an attack) is drawn at a lower resolution."""
