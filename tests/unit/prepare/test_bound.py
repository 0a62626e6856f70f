"""The bound on a page image's size."""

from __future__ import annotations

import numpy as np
import pytest

from notesyncd.api import BoundingBox, RasterInfo
from notesyncd.prepare.bound import MAX_PIXELS, Bound


def white(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (399, 301), (1, 120_000), (120_000, 1)])
def test_large_images_end_below_the_bound_in_their_own_proportions(width: int, height: int) -> None:
    prepared = Bound(max_pixels=50_000)(white(width, height), RasterInfo())

    assert prepared is not None
    new_height, new_width = prepared.pixels.shape[:2]
    assert 0 < new_width * new_height <= 50_000
    if min(width, height) > 1:
        assert new_width / new_height == pytest.approx(width / height, rel=0.01)


def test_the_whole_small_image_maps_back_to_the_whole_input() -> None:
    prepared = Bound(max_pixels=50_000)(white(401, 303), RasterInfo())

    assert prepared is not None
    height, width = prepared.pixels.shape[:2]
    whole = prepared.to_input.box(BoundingBox(left=0, top=0, right=width, bottom=height))
    assert (whole.left, whole.top) == (0, 0)
    assert (whole.right, whole.bottom) == (pytest.approx(401), pytest.approx(303))


def test_fine_strokes_are_averaged_and_not_skipped() -> None:
    pixels = white(1000, 1000)
    pixels[:, ::4] = 0  # every fourth column is ink

    prepared = Bound(max_pixels=250 * 250)(pixels, RasterInfo())

    assert prepared is not None
    assert np.unique(prepared.pixels).tolist() == [191]


def test_a_page_of_sixteen_megapixels_stays_as_it_is() -> None:
    assert Bound()(np.broadcast_to(np.uint8(255), (4000, 4000, 3)), RasterInfo()) is None
    assert MAX_PIXELS == 4000 * 4000
