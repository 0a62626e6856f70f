"""From points of the flat sheet to points of its picture, and back: the paper's bulge, then the perspective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from notesyncd.testing.pages.arrays import Field, Points
from notesyncd.testing.pages.effects import Effects

_Float = TypeVar("_Float", np.float32, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warp:
    """Maps flat sheet to picture; both in pixels with (0, 0) at the outer corner of the first pixel.

    Attributes:
        homography: 3x3, bent sheet to picture.
        width: of the sheet.
        bulge: (a, b) pixels; a point at x moves down by ``a (1 - (2x/width - 1)^2) + b sin(2 pi x/width)``.
    """

    homography: Points
    width: int
    bulge: tuple[float, float] = (0.0, 0.0)

    def points(self, points: Points) -> Points:
        """Map points of shape (n, 2) from the sheet to the picture."""
        bent = np.stack([points[:, 0], points[:, 1] + self._lift(points[:, 0])], 1)
        mapped: Points = cv2.perspectiveTransform(bent[None].astype(np.float64), self.homography)[0]
        return mapped

    def sources(self, width: int, height: int) -> tuple[Field, Field]:
        """Return, for the middle of each pixel of a picture, the x and y on the sheet that it shows."""
        inverse = np.linalg.inv(self.homography).astype(np.float32)
        x = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
        y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
        across, down, depth = (row[0] * x + row[1] * y + row[2] for row in inverse)
        across /= depth
        down /= depth
        if any(self.bulge):
            down -= self._lift(across)
        return across, down

    def _lift(self, x: NDArray[_Float]) -> NDArray[_Float]:
        along, (arch, wave) = x / self.width, self.bulge
        lift = arch * (1 - (2 * along - 1) ** 2) + wave * np.sin(2 * np.pi * along)
        return lift.astype(x.dtype, copy=False)


def hold_camera(rng: np.random.Generator, effects: Effects, width: int, height: int) -> tuple[Warp, tuple[int, int]]:
    """Choose how a whole sheet lies in the picture; return the map and the picture's width and height."""
    border = effects.desk * width
    picture_width, picture_height = round(width + 2 * border), round(height + 2 * border * 1.2)
    angle = np.radians(rng.uniform(-effects.skew, effects.skew))
    shift = rng.uniform(-1, 1, (4, 2)) * effects.perspective * min(width, height)
    bulge = effects.bend * height * rng.uniform(-1, 1), effects.bend * height * 0.4 * rng.uniform(-1, 1)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (corners - corners.mean(axis=0)) @ turn.T + shift
    # Step back until the whole sheet is in the picture, bulge included.
    room = np.array([picture_width, picture_height]) - 2 * (0.25 * border + np.abs(bulge).sum())
    seen *= min(1.0, float((room / np.ptp(seen, axis=0)).min()))
    seen += np.array([picture_width, picture_height]) / 2 - (seen.min(axis=0) + seen.max(axis=0)) / 2
    homography = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
    return Warp(homography=homography, width=width, bulge=bulge), (picture_width, picture_height)
