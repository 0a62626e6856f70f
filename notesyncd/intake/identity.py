"""Whether changed bytes at a known path are the old note's: two cautious tests of the files themselves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

BLOCK = 4096
"""Bytes; the unit in which file systems and copying programs leave holes."""


class Shot(Protocol):
    """What a scan tells about the moment it was taken."""

    @property
    def captured_at(self) -> datetime | None:
        """EXIF capture time."""

    @property
    def camera(self) -> str | None:
        """EXIF make, model and serial number."""


def unfinished_form(old: Path, new: Path) -> bool:
    """Tell whether the file ``old`` can be ``new`` before it was written to its end.

    So it is where every 4 KiB block of ``old``, the last short one too, is all zero or equals the bytes of ``new`` at
    the same offset, and at least one block that is not zero agrees. An empty or wholly zero file is a form of anything
    and so proves nothing; a longer one can't be an earlier form of a shorter one.

    Raises:
        OSError: if one of the files can't be read.
    """
    agrees = False
    with old.open("rb") as older, new.open("rb") as newer:
        while block := older.read(BLOCK):
            beside = newer.read(BLOCK)
            if len(beside) < len(block):
                return False
            if block == beside[: len(block)]:
                agrees = agrees or any(block)
            elif any(block):
                return False
    return agrees


def same_shot(a: Shot, b: Shot) -> bool:
    """Tell whether both carry the same EXIF capture time and the same camera; what is absent proves nothing."""
    return (
        a.captured_at is not None and a.captured_at == b.captured_at and a.camera is not None and a.camera == b.camera
    )
