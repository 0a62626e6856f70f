"""Broad patches of colour: what a photo or a painting shows has no strokes, and yet the page is not empty."""

from __future__ import annotations

import cv2
import numpy as np

from notesyncd.api import Pixels

_SIDE = 100  # px: the longer side that is looked at; no grain and no single stroke is left there
_MIDDLE = 0.6  # of the width and height: beside it the desk shows
_COLOURFUL = 0.5  # saturation (HSV): paper under any lamp, yellow pads included, stays below
_LIGHT_ENOUGH = 40  # of 255: in the dark, noise alone is colourful
_LEAST_SHARE = 0.05


def coloured_share(pixels: Pixels) -> float:
    """Return the share, 0..1, of the middle of ``pixels`` that is strongly coloured; 0 where it is but a speck."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    beside = (1 - _MIDDLE) / 2
    rows, columns = (slice(int(side * beside), max(1, int(side * (1 - beside)))) for side in small.shape[:2])
    saturation, light = cv2.split(cv2.cvtColor(small[rows, columns], cv2.COLOR_RGB2HSV))[1:]
    share = float(np.mean((saturation > 255 * _COLOURFUL) & (light > _LIGHT_ENOUGH)))
    return share if share >= _LEAST_SHARE else 0.0
