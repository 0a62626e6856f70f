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

MAX_RESIDENT_BYTES = 2 << 30
"""Memory that a decoder may really hold; the daemon looks every so often. A machine of 8 GB bears it for a moment.

Measured, in MB, with pictures of 112 million pixels: JPEG 500, progressive 800, CMYK 960, both 1360; HEIC 830; PNG 670,
with transparency 1140; TIFF 800, LZW 900, with transparency 1350; WebP 1760. The most is taken by a WebP of 120 million
pixels with transparency: 2010, so one of those may be refused.
"""

ADDRESS_SPACE_BYTES = 3 << 30
"""Memory that the kernel lets a decoder ask for, so that nothing grows without end between two looks.

The pictures above asked for 40 MB more than they held, HEIC with its threads for 110 MB more.
"""

MAX_PASSWORDS = 100
"""Tried on one PDF; each try costs some milliseconds."""

MAX_PASSWORD_LENGTH = 1000
"""In characters; a PDF looks at the first 127 bytes at most (ISO 32000-2, 7.6)."""
