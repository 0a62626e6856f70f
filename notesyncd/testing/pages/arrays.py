"""Names for the kinds of array that drawing uses, and smooth noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""Shape (height, width): how much of each pixel is covered, 0..255."""

Field = NDArray[np.float32]
"""Shape (height, width): a quantity for every pixel."""

Exposure = NDArray[np.float32]
"""Shape (height, width, 3): red, green and blue before they are rounded, 0..255."""

Points = NDArray[np.float64]
"""Shape (n, 2): x and y in pixels; pixel (i, j) covers i..i+1, j..j+1, so its middle is at (i + .5, j + .5)."""


def smooth_noise(rng: np.random.Generator, height: int, width: int, cell_height: int, cell_width: int) -> Field:
    """Return noise of unit variance at its grid points, ``cell_height`` x ``cell_width`` pixels apart."""
    shape = (height // cell_height + 3, width // cell_width + 3)
    grid = rng.standard_normal(shape, dtype=np.float32)
    field: Field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return field
