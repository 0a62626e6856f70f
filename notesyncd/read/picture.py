"""The picture a model sees: the page image made as large as the model may have it, by our own resizer."""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from notesyncd.api import BoundingBox, Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelBudget:
    """How large a picture a model may have.

    Attributes:
        most: pixels at most.
        least: pixels at least; smaller pictures are enlarged.
        multiple: both sides are multiples of this: the side of the square that becomes one token, so that the model's
            own processor has nothing to resize.
    """

    most: int
    least: int = 0
    multiple: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """What a model sees of a page image.

    Attributes:
        pixels: RGB, as they are handed to the model.
        page_width: of the page image that the picture shows, pixels.
        page_height: of the page image that the picture shows, pixels.
    """

    pixels: Pixels
    page_width: int
    page_height: int

    @classmethod
    def of(cls, page: Pixels, budget: PixelBudget) -> Picture:
        """Resize a page image into a budget; one that fits is left as it is.

        Areas are averaged where it shrinks, so that thin strokes survive; cubic where it grows.
        """
        height, width = page.shape[:2]
        new_width, new_height = fitting(width, height, budget)
        if (new_width, new_height) != (width, height):
            shrinks = new_width * new_height < width * height
            way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
            page = np.asarray(cv2.resize(page, (new_width, new_height), interpolation=way), np.uint8)
        return cls(pixels=page, page_width=width, page_height=height)

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    @property
    def digest(self) -> str:
        """sha256 of size and pixels."""
        head = f"RGB {self.width}x{self.height}\n".encode("ascii")
        return hashlib.sha256(head + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()

    def png(self) -> bytes:
        """Return the very pixels as a PNG; quickly packed, for it goes to a process or server near by."""
        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def box(self, left: float, top: float, right: float, bottom: float, *, of: tuple[float, float]) -> BoundingBox:
        """Return the page image's box for one that a model named.

        Args:
            left: edge, in the model's own unit; edges that are the wrong way round are swapped.
            of: width and height of the whole picture in that unit: (1000, 1000), or the picture's pixels.
        """
        xs = sorted((left / of[0] * self.page_width, right / of[0] * self.page_width))
        ys = sorted((top / of[1] * self.page_height, bottom / of[1] * self.page_height))
        box = BoundingBox(left=xs[0], top=ys[0], right=xs[1], bottom=ys[1])
        return box.clipped(self.page_width, self.page_height)


def fitting(width: int, height: int, budget: PixelBudget) -> tuple[int, int]:
    """Return the size at which a picture fits a budget: its shape kept as far as whole multiples allow."""
    unit = budget.multiple

    def units(side: float) -> int:
        return max(1, round(side / unit))

    scale = 1.0
    if width * height > budget.most:
        scale = math.sqrt(budget.most / (width * height))
    elif width * height < budget.least:
        scale = math.sqrt(budget.least / (width * height))
    across, down = units(width * scale), units(height * scale)
    while across * down * unit * unit < budget.least:
        across, down = (across, down + 1) if across / width > down / height else (across + 1, down)
    while across * down * unit * unit > budget.most and across * down > 1:
        across, down = (across - 1, down) if (across >= down and across > 1) or down == 1 else (across, down - 1)
    return across * unit, down * unit
