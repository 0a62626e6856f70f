"""How much darker than the paper around it each pixel is, whatever the light, the grain or the desk below."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Depth = NDArray[np.uint16]
Mask = NDArray[np.uint8]

FULL = 4096
"""A depth of this much is black on white: depths are contrasts in units of 1/4096."""

_STROKE = 15  # px at a longer side of 1000: a pen's stroke is narrower, stains and the desk's grain are wider
_MARKER = 45  # px: the broadest marker's stroke is narrower
_MARKER_DEPTH = 0.35  # a broad dark patch is a marker's only if it is this deep: no shadow is
_TILE = 32  # px: the noise is measured once a tile
_DESK_EDGE = 0.15  # the paper's edge is a step of at least this share of its brightness; a shadow has no such step
_DESK_DARKER = 0.85  # of the paper's brightness


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Depth of each pixel below its surroundings, and how deep mere noise goes there.

    Attributes:
        depth: units of 1/4096, shape (height, width).
        noise: median depth around each pixel, same units and shape, float32.
        marker: 1 where a stroke broader than a pen's stands.
    """

    depth: Depth
    noise: NDArray[np.float32]
    marker: Mask

    def deeper_than(self, base: float, times_noise: float) -> Mask:
        """Return 1 where the depth is above ``base`` (a share of 1) plus so many times the noise, or a marker went."""
        return (self.depth > base * FULL + times_noise * self.noise).astype(np.uint8) | self.marker


def contrast(grey: Grey) -> Contrast:
    """Compare each pixel of dark-on-light ``grey`` (longer side about 1000 px) with the paper around it.

    The paper's brightness below a stroke is the morphological closing by a square that no stroke fills, so a broad
    dark thing (desk, shadow) counts as surroundings and not as ink.
    """
    smooth = cv2.GaussianBlur(grey, (3, 3), 0.7)
    around_pen, around_marker = _closed(smooth, _STROKE), _closed(smooth, _MARKER)
    # In deep shadow the sensor's noise is large against the little light: count it against half the page's light.
    floor = 0.5 * float(np.percentile(around_marker[::4, ::4], 90))
    desk = _desk(around_marker)
    depth = _depth(smooth, around_pen, floor)
    depth[desk > 0] //= 8
    marker = _depth(smooth, around_marker, floor)
    marker[desk > 0] //= 2
    return Contrast(
        depth=depth,
        noise=_noise(depth),
        marker=(marker > _MARKER_DEPTH * FULL).astype(np.uint8),
    )


def _closed(grey: Grey, size: int) -> Grey:
    """Close with the border continued outwards; else a strip of desk at the border would look like a stroke."""
    wide = cv2.copyMakeBorder(grey, size, size, size, size, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    return np.asarray(closed[size:-size, size:-size], np.uint8)


def _depth(grey: Grey, around: Grey, floor: float) -> Depth:
    light = cv2.max(around, max(1.0, floor))
    return np.asarray(cv2.divide(cv2.subtract(around, grey), light, scale=FULL, dtype=cv2.CV_16U), np.uint16)


def _noise(depth: Depth) -> NDArray[np.float32]:
    """Take the median of each tile: ink covers less than half of any tile, so it is no part of it."""
    height, width = depth.shape
    rows, columns = -(-height // _TILE), -(-width // _TILE)
    whole = np.pad(depth, ((0, rows * _TILE - height), (0, columns * _TILE - width)), mode="symmetric")[::2, ::2]
    half = _TILE // 2
    tiles = whole.reshape(rows, half, columns, half).swapaxes(1, 2).reshape(rows, columns, half * half)
    middle = half * half // 2
    medians = np.partition(tiles, middle, axis=2)[:, :, middle].astype(np.float32)
    full = cv2.resize(cv2.medianBlur(medians, 3), (columns * _TILE, rows * _TILE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[:height, :width], np.float32)


def _desk(around: Grey) -> Mask:
    """Return 1 where a darker ground shows beside the sheet, up to the sheet's edge.

    Areas between sharp edges are told apart at a quarter of the size; the largest bright one is the sheet. Of the
    others those are ground that reach the image's border and are darker than the sheet. A shadow on the sheet ends
    softly, is no area of its own, and so never hides what is written in it.
    """
    height, width = around.shape
    small = cv2.resize(around, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    square = np.ones((3, 3), np.uint8)
    high, low = cv2.dilate(small, square), cv2.erode(small, square)
    flat = (cv2.subtract(high, low) <= _DESK_EDGE * high).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    if count < 3:  # the edges (label 0) and one area: a sheet that fills the image
        return np.zeros_like(around)
    areas = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    brightness = np.bincount(labels.ravel(), weights=small.ravel(), minlength=count) / areas
    weight = areas * brightness**2
    weight[0] = 0
    sheet = brightness[int(np.argmax(weight))]
    darker = brightness < _DESK_DARKER * sheet
    ground = darker & _at_border(stats, small.shape)
    ground[0] = True  # edges belong to the ground beside them …
    outside = ground[labels].astype(np.uint8)
    _, parts, part_stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=8)
    beside = _at_border(part_stats, small.shape)  # … unless they stand alone inside the sheet
    beside[0] = False
    desk = cv2.dilate(beside[parts].astype(np.uint8), square)
    return np.asarray(cv2.resize(desk, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _at_border(stats: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    return np.asarray((left == 0) | (top == 0) | (right == shape[1]) | (bottom == shape[0]))
