"""Takes printed rulings (lines, squares, margin rules) out of an ink mask without taking the writing on them."""

from __future__ import annotations

import cv2
import numpy as np

from notesyncd.detect.contrast import Mask

_GROWN = 5  # px: bridges gaps of 4 px and bears a slope of one in seven
_LONG = 41  # px at a longer side of 1000: a ruling runs on for at least this much
_THIN = 8  # px, grown: what is thicker is writing; small letters 4 px high are 8 px when grown
_STROKE_RUN = 6  # px across the ruling: a run this long is a letter's stem crossing it


def without_rulings(ink: Mask, faint: Mask) -> Mask:
    """Return ``ink`` without long thin straight lines that run about along or across the image.

    Args:
        ink: 1 where ink is.
        faint: 1 where ink may be; rulings are looked for here, so that a faint one is not left in pieces.
    """
    grown = cv2.dilate(faint, np.ones((_GROWN, _GROWN), np.uint8))
    along = _lines(grown, across=False) & faint
    across = _lines(grown, across=True) & faint
    around = np.ones((3, 3), np.uint8)
    along, across = cv2.dilate(along, around), cv2.dilate(across, around)
    stems = cv2.morphologyEx(ink & ~across, cv2.MORPH_OPEN, np.ones((_STROKE_RUN, 1), np.uint8))
    bars = cv2.morphologyEx(ink & ~along, cv2.MORPH_OPEN, np.ones((1, _STROKE_RUN), np.uint8))
    return np.asarray(ink & (~(along | across) | stems | bars), np.uint8)


def _lines(grown: Mask, *, across: bool) -> Mask:
    """Return the lines in one direction, with what continues them for half the least length."""
    run, stack = np.ones((1, _LONG), np.uint8), np.ones((_THIN, 1), np.uint8)
    if across:
        run, stack = run.T, stack.T
    long = cv2.morphologyEx(grown, cv2.MORPH_OPEN, run)
    thin = long & ~cv2.morphologyEx(long, cv2.MORPH_OPEN, stack)
    return np.asarray(cv2.dilate(thin, run), np.uint8)
