"""Boxes and maps between the pixels of the upright page image and those of the decoded raster."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundingBox:
    """An axis-aligned box in pixels, origin top left; right and bottom are exclusive edges.

    Raises:
        ValueError: for NaN, or where right < left or bottom < top.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(edge) for edge in edges):
            raise ValueError(f"a box needs finite edges, not {edges}")
        if self.right < self.left or self.bottom < self.top:
            raise ValueError(f"a box needs left <= right and top <= bottom, not {edges}")

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> BoundingBox:
        """Return the smallest box that holds all ``points`` (at least one)."""
        xs, ys = zip(*points, strict=True)
        return cls(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))

    @classmethod
    def union(cls, boxes: Iterable[BoundingBox]) -> BoundingBox:
        """Return the smallest box that holds all ``boxes`` (at least one)."""
        return cls.around(corner for box in boxes for corner in ((box.left, box.top), (box.right, box.bottom)))

    def corners(self) -> tuple[tuple[float, float], ...]:
        """Return the four corners, clockwise from top left."""
        return (
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        )

    def clipped(self, width: float, height: float) -> BoundingBox:
        """Return the part inside an image of ``width`` x ``height`` pixels (possibly empty)."""
        left, right = (min(max(x, 0.0), width) for x in (self.left, self.right))
        top, bottom = (min(max(y, 0.0), height) for y in (self.top, self.bottom))
        return BoundingBox(left=left, top=top, right=right, bottom=bottom)

    def overlap(self, other: BoundingBox) -> float:
        """Return intersection over union, 0..1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.width * self.height + other.width * other.height - shared)


Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """A 3x3 homography, row by row; maps (x, y, 1) columns of pixel coordinates."""

    rows: tuple[Row, Row, Row] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    @classmethod
    def identity(cls) -> Transform:
        """Return the map that moves nothing."""
        return cls()

    def after(self, first: Transform) -> Transform:
        """Return the map that applies ``first``, then this one."""
        product = tuple(
            tuple(sum(self.rows[i][k] * first.rows[k][j] for k in range(3)) for j in range(3)) for i in range(3)
        )
        return Transform(rows=product)  # type: ignore[arg-type]

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Map one point."""
        u, v, w = (row[0] * x + row[1] * y + row[2] for row in self.rows)
        return u / w, v / w

    def box(self, box: BoundingBox) -> BoundingBox:
        """Return the box around the four mapped corners."""
        return BoundingBox.around(self.point(x, y) for x, y in box.corners())

    def inverse(self) -> Transform:
        """Return the map back.

        Raises:
            ValueError: if the map can't be undone.
        """
        (a, b, c), (d, e, f), (g, h, i) = self.rows
        cofactors = (
            (e * i - f * h, c * h - b * i, b * f - c * e),
            (f * g - d * i, a * i - c * g, c * d - a * f),
            (d * h - e * g, b * g - a * h, a * e - b * d),
        )
        determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
        if abs(determinant) < 1e-12:
            raise ValueError("this transform has no inverse")
        rows = tuple(tuple(value / determinant for value in row) for row in cofactors)
        return Transform(rows=rows)  # type: ignore[arg-type]
