"""Where a picture lies on a PDF page as a viewer shows it: the page's box, its turn and every matrix reckoned in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pypdfium2
from PIL import Image

_MARGIN = 0.02
"""Of the page's width or height: so much may a picture leave free or hang over at each edge, and still fill it."""

_LEAN = 0.002
"""Of the page: a picture that leans by more than 0.1 degree was set straight by its matrix, which drawing obeys."""

_STRETCH = 0.02
"""By so much may dots across and dots along an inch differ; a fax has twice as many across, and is drawn."""

_POINTS_PER_INCH = 72

_TURNS = {
    (True, True, True): None,
    (True, False, True): Image.Transpose.FLIP_LEFT_RIGHT,
    (True, True, False): Image.Transpose.FLIP_TOP_BOTTOM,
    (True, False, False): Image.Transpose.ROTATE_180,
    (False, True, True): Image.Transpose.TRANSPOSE,
    (False, True, False): Image.Transpose.ROTATE_270,
    (False, False, True): Image.Transpose.ROTATE_90,
    (False, False, False): Image.Transpose.TRANSVERSE,
}
"""By: rows stay rows; a row runs right or, turned, down; rows follow each other downwards or, turned, to the right."""

_SWAPPING = frozenset(turn for (rows_stay, _, _), turn in _TURNS.items() if not rows_stay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A picture that fills the page, in fractions of the shown page's width and height, from the top left.

    Attributes:
        turn: what makes the stored rows lie as they are shown; None if they do already.
    """

    left: float
    top: float
    right: float
    bottom: float
    turn: Image.Transpose | None


def filling_placement(page: Any, image: Any) -> Placement | None:
    """Return where a ``PdfImage`` lies; None if it does not fill the page, or leans."""
    matrix = _as_shown(page, image)
    rows_stay = abs(matrix.a) > abs(matrix.b)
    lean = (matrix.b, matrix.c) if rows_stay else (matrix.a, matrix.d)
    along_row, across_rows = (matrix.a, -matrix.d) if rows_stay else (matrix.b, -matrix.c)
    xs, ys = zip(*(matrix.on_point(x, y) for x in (0, 1) for y in (0, 1)), strict=True)
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    fills = all(abs(error) <= _MARGIN for error in (left, top, right - 1, bottom - 1))
    if not fills or any(abs(part) > _LEAN for part in lean):
        return None
    turn = _TURNS[rows_stay, along_row > 0, across_rows > 0]
    return Placement(left=left, top=top, right=right, bottom=bottom, turn=turn)


def dots_per_inch(page: Any, placement: Placement, width: int, height: int) -> float | None:
    """Return the resolution of a picture of ``width`` x ``height`` as stored; None if it is not the same both ways."""
    if placement.turn in _SWAPPING:
        width, height = height, width
    page_width, page_height = page.get_size()
    across = width / (page_width * (placement.right - placement.left))
    along = height / (page_height * (placement.bottom - placement.top))
    return math.sqrt(across * along) * _POINTS_PER_INCH if abs(across / along - 1) <= _STRETCH else None


def _as_shown(page: Any, image: Any) -> Any:
    """Return the matrix from the picture's unit square to fractions of the page as it is shown."""
    matrix = image.get_matrix()
    holder = image.container
    while holder is not None:
        matrix = matrix.multiply(holder.get_matrix())
        holder = holder.container
    left, bottom, right, top = page.get_bbox()
    width, height = right - left, top - bottom
    shown = {
        0: pypdfium2.PdfMatrix(1 / width, 0, 0, -1 / height, -left / width, top / height),
        90: pypdfium2.PdfMatrix(0, 1 / width, 1 / height, 0, -bottom / height, -left / width),
        180: pypdfium2.PdfMatrix(-1 / width, 0, 0, 1 / height, right / width, -bottom / height),
        270: pypdfium2.PdfMatrix(0, -1 / width, -1 / height, 0, top / height, right / width),
    }
    return matrix.multiply(shown[page.get_rotation()])
