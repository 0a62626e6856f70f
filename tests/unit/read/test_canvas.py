"""The picture that the detector sees, and the way back from it."""

from __future__ import annotations

import numpy as np
import pytest

from notesyncd.read.canvas import Canvas


def canvas(width: int, height: int) -> Canvas:
    return Canvas.of(np.full((height, width, 3), (10, 20, 30), np.uint8), side=2000, border=60, flattest=8)


def test_the_page_stands_in_a_white_border_with_its_channels_swapped() -> None:
    made = canvas(300, 200)

    assert made.bgr.shape == (320, 420, 3)
    assert made.bgr[0, 0].tolist() == [255, 255, 255]
    assert made.bgr[60, 60].tolist() == [30, 20, 10]


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (1000, 6000), (1881, 1881)])
def test_large_pages_are_made_small_enough_border_counted(width: int, height: int) -> None:
    assert max(canvas(width, height).bgr.shape) == 2000


def test_a_flat_strip_is_given_height_so_that_it_is_not_enlarged_beyond_reason() -> None:
    height, width, _ = canvas(1500, 40).bgr.shape

    assert width / height == pytest.approx(8, rel=0.02)


@pytest.mark.parametrize(("width", "height"), [(300, 200), (4000, 3000), (1500, 40), (1, 1)])
def test_the_page_s_corners_in_the_picture_lead_back_to_the_whole_page(width: int, height: int) -> None:
    made = canvas(width, height)
    (left, top), (wide, high) = made.border, (width * made.scale[0], height * made.scale[1])

    box = made.box(np.array([[left, top], [left + wide, top + high]], np.float64))

    assert (box.left, box.top) == (0, 0)
    assert (box.right, box.bottom) == (pytest.approx(width), pytest.approx(height))


def test_boxes_end_at_the_page_s_edge() -> None:
    box = canvas(300, 200).box(np.array([[0, 0], [500, 100]], np.float64))

    assert (box.left, box.top, box.right, box.bottom) == (0, 0, 300, 40)
