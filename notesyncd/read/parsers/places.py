"""Boxes as models write them: four numbers in a unit that only the model's family tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from notesyncd.api import BoundingBox
from notesyncd.read.picture import Picture

Placing = Callable[[Picture, Sequence[float]], BoundingBox | None]
"""Turns a model's numbers into a box on the page image; None where they are none."""

_LARGEST = 1e6
"""No picture has so many pixels along a side: larger numbers are none, and would overflow on the way."""

_NUMBER = re.compile(r"(?<![\w.])-?\d{1,7}(?:\.\d{1,7})?(?![\w.])")


def box_of(picture: Picture, edges: Sequence[float], *, of: tuple[float, float]) -> BoundingBox | None:
    """Return the box for left, top, right and bottom in a unit that has ``of`` across and down the whole picture."""
    if len(edges) != 4 or not all(abs(edge) <= _LARGEST for edge in edges):
        return None
    left, top, right, bottom = edges
    box = picture.box(left, top, right, bottom, of=of)
    return box if box.width > 0 and box.height > 0 else None


def relative(scale: float) -> Placing:
    """Return the placing of a family that writes each edge as its share of the picture, times ``scale``."""
    return lambda picture, edges: box_of(picture, edges, of=(scale, scale))


def in_pixels(picture: Picture, edges: Sequence[float]) -> BoundingBox | None:
    """Place edges in pixels of the picture that the model saw."""
    return box_of(picture, edges, of=(picture.width, picture.height))


def numbers(text: str) -> Iterator[float]:
    """Yield the numbers that a box written as text consists of, whatever stands between them."""
    return (float(number) for number in _NUMBER.findall(text))


def unplaced(count: int) -> tuple[str, ...]:
    """Return the warning that so many boxes are none, if any are."""
    return (f"boxes of the answer that can't be read: {count}",) if count else ()
