"""Keeps page images small enough that a page never takes more memory than a reader was budgeted for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2

from notesyncd.api import Pixels, Prepared, RasterInfo, Step, Transform

MAX_PIXELS = 16_000_000
"""A4 at 400 dpi is 15.5 megapixels; no reader sees more detail than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Shrinks images of more than ``max_pixels`` pixels by area averaging, keeping their proportions."""

    max_pixels: int = MAX_PIXELS

    def __call__(self, pixels: Pixels, info: RasterInfo) -> Prepared | None:  # noqa: ARG002 - the contract
        """Return the shrunken image, or None where it is small enough."""
        height, width = pixels.shape[:2]
        if height * width <= self.max_pixels:
            return None
        scale = math.sqrt(self.max_pixels / (height * width))
        # A strip one pixel high keeps its pixel; then only its length can give way.
        new_height = max(1, math.floor(height * scale))
        new_width = max(1, min(math.floor(width * scale), self.max_pixels // new_height))
        new_height = min(new_height, self.max_pixels // new_width)
        small = cv2.resize(pixels, (new_width, new_height), interpolation=cv2.INTER_AREA)
        to_input = Transform(
            rows=((width / new_width, 0.0, 0.0), (0.0, height / new_height, 0.0), (0.0, 0.0, 1.0)),
        )
        step = Step(name="bound", settings=(("from", f"{width}x{height}"), ("to", f"{new_width}x{new_height}")))
        return Prepared(pixels=small, to_input=to_input, step=step)
