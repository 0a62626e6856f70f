"""The picture that a detector of lines sees: a page image made small enough, on a white border, with the map back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from notesyncd.api import BoundingBox, Pixels

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A page image as a detector gets it.

    Attributes:
        bgr: the picture, channels in OpenCV's order.
        scale: (x, y) factors from the page image's pixels to the picture's.
        border: (x, y) pixels of white before the page image begins.
        size: (width, height) of the page image.
    """

    bgr: NDArray[np.uint8]
    scale: tuple[float, float]
    border: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def of(cls, pixels: Pixels, *, side: int, border: int, flattest: float) -> Canvas:
        """Prepare a page image.

        Args:
            pixels: RGB.
            side: the longer side of the picture is at most this many pixels, border counted.
            border: pixels of white on all sides at least.
            flattest: the longer side is at most this many times the shorter one, border counted.
        """
        height, width = pixels.shape[:2]
        factor = min(1.0, (side - 2 * border) / max(height, width))
        new_width, new_height = max(1, round(width * factor)), max(1, round(height * factor))
        if factor < 1:
            pixels = np.asarray(cv2.resize(pixels, (new_width, new_height), interpolation=cv2.INTER_AREA), np.uint8)
        longest = max(new_width, new_height) + 2 * border
        left, top = (max(border, round((longest / flattest - length) / 2)) for length in (new_width, new_height))
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        white = (255, 255, 255)
        return cls(
            bgr=np.asarray(cv2.copyMakeBorder(bgr, top, top, left, left, cv2.BORDER_CONSTANT, value=white), np.uint8),
            scale=(new_width / width, new_height / height),
            border=(left, top),
            size=(width, height),
        )

    def box(self, points: Points) -> BoundingBox:
        """Return the box around points of the picture, in the page image's pixels and inside it."""
        xs, ys = ((points[:, axis] - self.border[axis]) / self.scale[axis] for axis in (0, 1))
        box = BoundingBox.around(zip(xs.tolist(), ys.tolist(), strict=True))
        return box.clipped(*self.size)
