"""Quarter turns and mirrorings of pixels, each with the exact map back; nothing is resampled."""

from __future__ import annotations

import numpy as np

from notesyncd.api import Pixels, Transform

ROTATIONS = (0, 90, 180, 270)
"""Clockwise degrees by which an image can be turned without resampling."""


def turned(pixels: Pixels, rotation: int) -> tuple[Pixels, Transform]:
    """Turn ``pixels`` clockwise by 0, 90, 180 or 270 degrees; also return the map back to their coordinates.

    Coordinates are edges: an image W pixels wide spans 0..W, so half a turn maps x to W - x.

    Raises:
        ValueError: for any other angle.
    """
    if rotation not in ROTATIONS:
        raise ValueError(f"an image can be turned by {ROTATIONS} degrees, not by {rotation}")
    height, width = pixels.shape[:2]
    back = {
        0: Transform.identity(),
        90: Transform(rows=((0.0, 1.0, 0.0), (-1.0, 0.0, height), (0.0, 0.0, 1.0))),
        180: Transform(rows=((-1.0, 0.0, width), (0.0, -1.0, height), (0.0, 0.0, 1.0))),
        270: Transform(rows=((0.0, -1.0, width), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))),
    }
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90)), back[rotation]


def mirrored(pixels: Pixels) -> tuple[Pixels, Transform]:
    """Swap left and right; also return the map back (which is the same map)."""
    width = pixels.shape[1]
    back = Transform(rows=((-1.0, 0.0, width), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    return np.ascontiguousarray(pixels[:, ::-1]), back
