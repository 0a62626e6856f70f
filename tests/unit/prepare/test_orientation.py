"""EXIF orientation: all eight values, against Pillow's own transposition."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from notesyncd.api import RasterInfo
from notesyncd.prepare.orientation import orient


def raster(width: int = 7, height: int = 4) -> np.ndarray:
    return np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3)


def pillow_says(pixels: np.ndarray, orientation: int) -> np.ndarray:
    picture = Image.fromarray(pixels)
    picture.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(picture))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_each_orientation_stands_as_pillow_stands_it(orientation: int) -> None:
    prepared = orient(raster(), RasterInfo(orientation=orientation))

    assert prepared is not None
    assert np.array_equal(prepared.pixels, pillow_says(raster(), orientation))
    assert prepared.step.settings == (("exif", str(orientation)),)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_map_leads_every_pixel_back_to_where_it_came_from(orientation: int) -> None:
    source = raster()
    prepared = orient(source, RasterInfo(orientation=orientation))

    assert prepared is not None
    for (y, x), value in np.ndenumerate(prepared.pixels[:, :, 0]):
        back_x, back_y = prepared.to_input.point(x + 0.5, y + 0.5)  # the middle of a pixel
        assert source[int(back_y), int(back_x), 0] == value


@pytest.mark.parametrize("orientation", [1, 0, 9, -3, 65535])
def test_upright_and_unknown_values_change_nothing(orientation: int) -> None:
    assert orient(raster(), RasterInfo(orientation=orientation)) is None
