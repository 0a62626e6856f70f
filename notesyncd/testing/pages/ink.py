"""Pieces of ink: what the pen left, cropped tight, with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from notesyncd.testing.pages.arrays import Mask, Points

COVERED = 40
"""From this value of a mask on a pixel counts as ink; fainter ones are only the soft edge of a stroke."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """A mask whose outermost rows and columns hold ink, and the pixel where its top left corner lies."""

    mask: Mask
    left: int
    top: int

    @property
    def right(self) -> int:
        """First column behind the ink."""
        return self.left + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        """First row below the ink."""
        return self.top + int(self.mask.shape[0])

    def moved(self, dx: int, dy: int) -> Ink:
        """Return the same ink elsewhere."""
        return Ink(mask=self.mask, left=self.left + dx, top=self.top + dy)

    def corners(self) -> Points:
        """Return the corners of the tight rectangle, clockwise from top left."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)

    def outline(self) -> Points:
        """Return the convex hull of all covered pixels, corners of pixels and not their middles."""
        rows, columns = np.nonzero(self.mask >= COVERED)
        hull = cv2.convexHull(np.stack([columns, rows], 1).astype(np.int32))[:, 0].astype(np.float64)
        around: Points = np.concatenate([hull + offset for offset in ((0, 0), (1, 0), (1, 1), (0, 1))])
        around += (self.left, self.top)
        return around


def crop(mask: Mask, left: int, top: int) -> Ink | None:
    """Return the ink of a mask whose corner lies at ``left``, ``top``; None where there is none."""
    rows = np.flatnonzero(mask.max(axis=1) >= COVERED)
    columns = np.flatnonzero(mask.max(axis=0) >= COVERED)
    if not rows.size:
        return None
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Ink(mask=tight, left=left + int(columns[0]), top=top + int(rows[0]))


def merge(pieces: Sequence[Ink]) -> Ink:
    """Return several pieces (at least one) as one."""
    left, top = min(piece.left for piece in pieces), min(piece.top for piece in pieces)
    height = max(piece.bottom for piece in pieces) - top
    mask = np.zeros((height, max(piece.right for piece in pieces) - left), np.uint8)
    for piece in pieces:
        stamp(mask, piece.moved(-left, -top))
    return Ink(mask=mask, left=left, top=top)


def stamp(page: Mask, ink: Ink) -> None:
    """Add ink to a mask in place, as far as it lies inside; where strokes cross, the darker one shows."""
    height, width = page.shape
    left, top = max(ink.left, 0), max(ink.top, 0)
    right, bottom = min(ink.right, width), min(ink.bottom, height)
    if left < right and top < bottom:
        part = ink.mask[top - ink.top : bottom - ink.top, left - ink.left : right - ink.left]
        window = page[top:bottom, left:right]
        np.maximum(window, part, out=window)
