"""The pen: words, ruled strokes and check boxes as a living hand draws them, no two alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from notesyncd.testing.pages.arrays import Mask, smooth_noise
from notesyncd.testing.pages.fonts import Hand
from notesyncd.testing.pages.ink import Ink, crop, merge

_SHIFT = 4  # OpenCV draws at 1/16 pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A word as written from (0, 0) on the baseline, and how far the pen moved. Blank characters leave no ink."""

    ink: Ink | None
    advance: float


class Pen:
    """Writes in one hand at one size; every stroke takes its chances from ``rng``."""

    def __init__(self, hand: Hand, *, x_height: float, liveliness: float, rng: np.random.Generator) -> None:
        self.hand = hand
        self.x_height = x_height
        self.size = hand.size_for(x_height)
        self.stroke = max(1.6, 0.13 * x_height)
        self._liveliness = liveliness
        self._rng = rng
        self._slant = float(rng.normal(0, 0.03)) * liveliness

    def chance(self, spread: float) -> float:
        """Draw a deviation, normal, zero for a steady hand."""
        return float(self._rng.normal(0, spread)) * self._liveliness

    def word(self, text: str, *, scale: float = 1.0) -> Written:
        """Write one word: size, slant and angle vary a little, and no letter quite keeps its font's shape."""
        size = round(self.size * scale * (1 + np.clip(self.chance(0.025), -0.1, 0.1)) * 2) / 2
        drawn, start, baseline = self.hand.draw(text, size)
        if self._liveliness:
            drawn = self._bent(drawn, start, baseline, scale)
        return Written(ink=crop(drawn, -start, -baseline), advance=self.hand.advance(text, size))

    def _bent(self, mask: Mask, start: int, baseline: int, scale: float) -> Mask:
        slant, angle = self._slant + self.chance(0.03), np.radians(self.chance(0.7))
        height, width = mask.shape
        cell = max(4, round(0.8 * self.x_height * scale))
        reach = 0.045 * self.x_height * scale * self._liveliness
        across, down = (reach * smooth_noise(self._rng, height, width, cell, cell) for _ in range(2))
        x = np.arange(width, dtype=np.float32)[None, :] - start
        y = np.arange(height, dtype=np.float32)[:, None] - baseline
        # Where each pixel of the result is taken from: the turn undone, then the slant, then the bending.
        along, above = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        column = (along - slant * above + start + across).astype(np.float32)
        row = (above + baseline + down).astype(np.float32)
        bent: Mask = cv2.remap(mask, column, row, cv2.INTER_LINEAR)
        return bent

    def line(self, x0: float, y0: float, x1: float, y1: float, *, weight: float = 1.0) -> Ink:
        """Draw a stroke freehand, almost straight; ``weight`` is in widths of the pen."""
        length = float(np.hypot(x1 - x0, y1 - y0))
        along = np.linspace(0, 1, max(2, round(length / max(self.x_height, 4))) + 1)
        sway = np.cumsum(self._rng.normal(0, 1, along.size)) * 0.035 * self.x_height * self._liveliness
        sway -= np.linspace(sway[0], sway[-1], along.size)  # it starts and ends where it should
        nx, ny = ((y0 - y1) / length, (x1 - x0) / length) if length else (0.0, 0.0)
        points = np.stack([x0 + (x1 - x0) * along + nx * sway, y0 + (y1 - y0) * along + ny * sway], 1)
        width = max(self.stroke * weight, 1.0)
        pad = int(width) + 3
        left, top = (int(edge) - pad for edge in points.min(axis=0))
        columns, rows = (int(edge) + 2 * pad for edge in points.max(axis=0) - points.min(axis=0))
        mask = np.zeros((rows + 1, columns + 1), np.uint8)
        # Four times the size and back again: OpenCV's own smooth lines have whole widths only.
        large = cv2.resize(mask, None, fx=4, fy=4)
        path = np.round((points - (left, top)) * 4 * 2**_SHIFT).astype(np.int32)
        brush = {"color": 255, "thickness": round(width * 4), "lineType": cv2.LINE_AA, "shift": _SHIFT}
        cv2.polylines(large, pts=[path], isClosed=False, **brush)
        small = cv2.resize(large, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_AREA)
        ink = crop(small, left, top)
        assert ink is not None, "a stroke is at least a pixel wide"
        return ink

    def check_box(self, *, checked: bool) -> Ink:
        """Draw a box, four strokes that nearly meet, that stands on the baseline at x = 0; ticked if ``checked``."""
        side = 1.45 * self.x_height
        corners = [(0, 0), (0, -side), (side, -side), (side, 0), (0, 0)]
        loose = [(x + self.chance(0.05 * side), y + self.chance(0.05 * side)) for x, y in corners]
        strokes = [self.line(*start, *end, weight=0.85) for start, end in pairwise(loose)]
        if checked:
            low = (0.42 * side + self.chance(0.03 * side), -0.2 * side)
            strokes.append(self.line(0.2 * side, -0.5 * side, *low))
            strokes.append(self.line(*low, 0.85 * side, -0.87 * side + self.chance(0.06 * side)))
        drawn = merge(strokes)
        return drawn.moved(-drawn.left, 0)
