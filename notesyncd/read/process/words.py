"""What both runtimes say in the same words of what went wrong."""

from __future__ import annotations

from notesyncd.api import Pixels
from notesyncd.read.process.runtime import LoadOrder, RuntimeProblem

GIB = 1 << 30

_LONGEST = 300  # characters of a library's own words; some print whole lists of models


def check_size(picture: Pixels, order: LoadOrder) -> None:
    """Refuse a picture of more pixels than were agreed on, by RuntimeProblem."""
    height, width = picture.shape[:2]
    if height * width > order.max_pixels:
        raise RuntimeProblem(
            "page", f"a picture of {width} x {height} is more than the {order.max_pixels} pixels agreed on"
        )


def failed(error: Exception) -> RuntimeProblem:
    """Say that a page could not be read, in the library's own words."""
    return RuntimeProblem("failed", f"{type(error).__name__}: {words_of(error)}")


def words_of(error: Exception) -> str:
    """Return a library's own words on one line, cut where they are long."""
    words = " ".join(str(error).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def gib(size: int) -> str:
    """Return a number of bytes as ``7.5 GiB``."""
    return f"{size / GIB:.1f} GiB"
