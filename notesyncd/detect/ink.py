"""Tells from the pixels alone how much is written on a page, so that no reader is asked about an empty sheet."""

from __future__ import annotations

import cv2
import numpy as np

from notesyncd.api import Pixels
from notesyncd.detect.colour import coloured_share
from notesyncd.detect.contrast import FULL, Contrast, Grey, Mask, contrast
from notesyncd.detect.rulings import without_rulings

BLANK_BELOW = 40e-6
"""Share of ink below which a page is blank: 30 of the 730,000 pixels looked at, half of one small faint word."""

_SIDE = 1000  # px: the longer side that is looked at; small handwriting is 5 to 10 px high there
_DARK_PAGE = 110  # median grey: below it the page may be light on dark

# A stroke: connected, at least this large, and in parts surely deeper than noise. The factors are of the median
# noise; of camera noise fewer than one pixel in a thousand is three times as deep as the median.
_LEAST_DEPTH, _LEAST_NOISE = 0.03, 3.0
_SURE_DEPTH, _SURE_NOISE = 0.045, 5.0
_RULING_DEPTH, _RULING_NOISE = 0.022, 2.4
_CORE = 0.4  # of the deepest pixel within 2 px: the blurred flanks of a dark stroke are no ink
_LEAST_PIXELS = 10
_LEAST_SURE = 2
_LEAST_EXTENT = 7  # px: the dots of dotted paper and specks of dust are smaller
_DASH = 3  # px: pieces of a broken ruling, and of the shadow along the sheet's edge, are no thicker
_EDGE = 0.02  # of the width or height: what stands there is the sheet's own edge
_EDGE_DASHES = 0.08


_ONLY_NOISE = 0.1  # median depth of the noise in the calmest tenth: the darkest readable page has 0.04, static 0.14
_FLAT = 12.0  # grey levels of deviation at a hundredth of the size; gravel and fabric have light and shade there


def is_blank(ink: float) -> bool:
    """Tell from ``ink_share`` whether nothing is written on a page. When in doubt it is not blank."""
    return ink < BLANK_BELOW


def ink_share(pixels: Pixels) -> float:
    """Return the share of the pixels, 0..1, that are written on, without rulings, desk, shadows and paper grain.

    Dark on light and light on dark are both looked for where the page is dark. Where there is not a stroke, strong
    colour counts: a photo may have no edge anywhere.
    """
    strokes = _strokes_share(pixels)
    return coloured_share(pixels) if is_blank(strokes) else strokes


def _strokes_share(pixels: Pixels) -> float:
    grey = _small(pixels)
    share = _dark_share(grey)
    if float(np.median(grey[::4, ::4])) < _DARK_PAGE:
        share = max(share, _dark_share(cv2.bitwise_not(grey)))
    return share


def _small(pixels: Pixels) -> Grey:
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _dark_share(grey: Grey) -> float:
    seen = contrast(grey)
    if _is_mere_noise(seen, grey):
        return 0.0
    core = seen.depth > cv2.dilate(seen.depth, np.ones((5, 5), np.uint8)) * _CORE
    core = core.astype(np.uint8) | seen.marker
    written = without_rulings(
        seen.deeper_than(_LEAST_DEPTH, _LEAST_NOISE) & core,
        seen.deeper_than(_RULING_DEPTH, _RULING_NOISE) & core,
    )
    return _in_strokes(written, seen.deeper_than(_SURE_DEPTH, _SURE_NOISE)) / grey.size


def _is_mere_noise(seen: Contrast, grey: Grey) -> bool:
    """Tell whether there is nothing but a sensor's noise: strong everywhere, and flat from afar."""
    if float(np.percentile(seen.noise[::4, ::4], 10)) < _ONLY_NOISE * FULL:
        return False
    height, width = grey.shape
    from_afar = cv2.resize(grey, (max(1, width // 10), max(1, height // 10)), interpolation=cv2.INTER_AREA)
    return float(from_afar.std()) < _FLAT


def ink_depth(pixels: Pixels) -> float:
    """Return how much darker than its paper, 0..1, the darkest fiftieth of the ink is; 0 where there is none.

    Light ink on a dark page counts as none.
    """
    seen = contrast(_small(pixels))
    depths = seen.depth[seen.deeper_than(_LEAST_DEPTH, _LEAST_NOISE) > 0]
    return float(np.percentile(depths, 98)) / FULL if depths.size else 0.0


def _in_strokes(written: Mask, sure: Mask) -> int:
    """Count the pixels of all groups that are large and deep enough to be strokes, or parts of words."""
    height, width = written.shape
    grown = cv2.dilate(written, np.ones((3, 3), np.uint8))
    # 16 bits are enough and twice as quick: grown groups are 3 px wide and 1 px apart, 62,500 in a million pixels.
    count, labels, stats, middles = cv2.connectedComponentsWithStatsWithAlgorithm(
        grown, 8, cv2.CV_16U, cv2.CCL_SPAGHETTI
    )
    pixels = np.bincount(labels[written.view(np.bool_)], minlength=count)
    deep = np.bincount(labels[(written & sure).view(np.bool_)], minlength=count)
    wide, high = (stats[:, column] - 2 for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    from_side = np.minimum(middles[:, 0], width - middles[:, 0]) / width
    from_end = np.minimum(middles[:, 1], height - middles[:, 1]) / height
    large = (np.maximum(wide, high) >= _LEAST_EXTENT) & (pixels >= _LEAST_PIXELS) & (deep >= _LEAST_SURE)
    lying = (high <= _DASH) & (wide >= 2 * high)
    standing = (wide <= _DASH) & (high >= 2 * wide) & (from_side < _EDGE_DASHES)
    at_edge = np.minimum(from_side, from_end) < _EDGE
    at_corner = np.maximum(from_side, from_end) < 2 * _EDGE
    strokes = large & ~lying & ~standing & ~at_edge & ~at_corner
    strokes[0] = False
    return int(pixels[strokes].sum())
