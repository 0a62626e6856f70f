"""Stands a raster upright as its EXIF orientation says, mirrored cameras included."""

from __future__ import annotations

from notesyncd.api import Pixels, Prepared, RasterInfo, Step, Transform
from notesyncd.prepare.turns import mirrored, turned

_MIRROR_AND_ROTATION = {
    2: (True, 0),
    3: (False, 180),
    4: (True, 180),
    5: (True, 270),
    6: (False, 90),
    7: (True, 90),
    8: (False, 270),
}
"""EXIF 2.32, tag 0x0112: mirror left and right first (or not), then turn clockwise."""


def orient(pixels: Pixels, info: RasterInfo) -> Prepared | None:
    """Mirror and turn ``pixels`` by ``info.orientation``; 1 and values EXIF does not know change nothing."""
    if info.orientation not in _MIRROR_AND_ROTATION:
        return None
    mirror, rotation = _MIRROR_AND_ROTATION[info.orientation]
    straight, to_input = mirrored(pixels) if mirror else (pixels, Transform.identity())
    upright, back = turned(straight, rotation)
    step = Step(name="orientation", settings=(("exif", str(info.orientation)),))
    return Prepared(pixels=upright, to_input=to_input.after(back), step=step)
