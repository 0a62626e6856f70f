"""Pages that lie on their side, and rasters stored turned with an EXIF orientation that puts them right."""

from __future__ import annotations

from typing import Literal

from PIL import Image

from notesyncd.api import Transform
from notesyncd.testing.pages.truth import PageTruth

Turn = Literal[0, 90, 180, 270]
Transpose = Image.Transpose

_CLOCKWISE: dict[int, Transpose | None] = {
    0: None,
    90: Transpose.ROTATE_270,  # Pillow counts counter-clockwise
    180: Transpose.ROTATE_180,
    270: Transpose.ROTATE_90,
}
# How to store an upright picture so that the orientation tag (Exif 2.32, tag 0x0112) turns it upright again.
_STORED: dict[int, Transpose | None] = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def turn(image: Image.Image, truth: PageTruth, *, turned: Turn, orientation: int) -> tuple[Image.Image, PageTruth]:
    """Turn a picture clockwise by ``turned`` degrees, then store it for an EXIF ``orientation``.

    Raises:
        ValueError: for a turn that is no quarter, or an orientation outside 1..8.
    """
    if turned not in _CLOCKWISE or orientation not in _STORED:
        raise ValueError(f"no turn by {turned} degrees with orientation {orientation}")
    for method in (_CLOCKWISE[turned], _STORED[orientation]):
        if method is not None:
            step = _transform(method, image.width, image.height)
            image = image.transpose(method)
            truth = truth.mapped(step, width=image.width, height=image.height)
    return image, truth.tagged(orientation=orientation, rotation=(360 - turned) % 360)


def _transform(method: Transpose, width: int, height: int) -> Transform:
    """Return what a transposition does to points of an image of ``width`` x ``height`` pixels."""
    w, h = float(width), float(height)
    x_from, y_from = {
        Transpose.FLIP_LEFT_RIGHT: ((-1.0, 0.0, w), (0.0, 1.0, 0.0)),
        Transpose.FLIP_TOP_BOTTOM: ((1.0, 0.0, 0.0), (0.0, -1.0, h)),
        Transpose.ROTATE_90: ((0.0, 1.0, 0.0), (-1.0, 0.0, w)),
        Transpose.ROTATE_180: ((-1.0, 0.0, w), (0.0, -1.0, h)),
        Transpose.ROTATE_270: ((0.0, -1.0, h), (1.0, 0.0, 0.0)),
        Transpose.TRANSPOSE: ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
        Transpose.TRANSVERSE: ((0.0, -1.0, h), (-1.0, 0.0, w)),
    }[method]
    return Transform(rows=(x_from, y_from, (0.0, 0.0, 1.0)))
