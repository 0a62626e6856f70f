"""The picture a model sees keeps the page's shape, fits the model's budget, and maps boxes back to the page."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from notesyncd.api import BoundingBox, Pixels
from notesyncd.read.picture import Picture, PixelBudget, fitting

A4_AT_600_DPI = (4961, 7016)
QWEN = PixelBudget(most=2_097_152, least=65_536, multiple=32)


def page(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(1, 9000), st.integers(1, 9000), st.sampled_from([28, 32]), st.integers(131_072, 4_000_000))
def test_every_size_fits_the_budget_in_whole_tokens(width: int, height: int, unit: int, most: int) -> None:
    across, down = fitting(width, height, PixelBudget(most=most, least=65_536, multiple=unit))
    assert across % unit == down % unit == 0
    assert across * down <= most
    assert across * down >= 65_536 or max(width / height, height / width) > 10


def test_a_scan_keeps_its_shape_within_one_token() -> None:
    width, height = fitting(*A4_AT_600_DPI, QWEN)
    assert width * height <= QWEN.most
    assert width * height > 0.95 * QWEN.most
    assert abs(width / height - A4_AT_600_DPI[0] / A4_AT_600_DPI[1]) < 32 / height


def test_a_picture_that_fits_is_left_as_it_is() -> None:
    pixels = page(320, 128)
    picture = Picture.of(pixels, PixelBudget(most=1_000_000, multiple=32))
    assert np.array_equal(picture.pixels, pixels)


def test_a_small_picture_grows_to_the_least() -> None:
    picture = Picture.of(page(64, 32), QWEN)
    assert QWEN.least <= picture.width * picture.height < 1.3 * QWEN.least
    assert (picture.page_width, picture.page_height) == (64, 32)


def test_the_digest_tells_one_pixel() -> None:
    pixels = page(64, 64)
    other = pixels.copy()
    other[3, 3, 1] ^= 1
    budget = PixelBudget(most=10_000)
    assert Picture.of(pixels, budget).digest == Picture.of(pixels.copy(), budget).digest
    assert Picture.of(pixels, budget).digest != Picture.of(other, budget).digest


def test_the_digest_tells_shapes_of_equal_bytes() -> None:
    pixels = np.zeros((32, 64, 3), np.uint8)
    budget = PixelBudget(most=10_000)
    assert Picture.of(pixels, budget).digest != Picture.of(pixels.reshape(64, 32, 3), budget).digest


def test_the_png_holds_the_very_pixels() -> None:
    picture = Picture.of(page(500, 300), PixelBudget(most=60_000, multiple=28))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(picture.png()))), picture.pixels)


@pytest.mark.parametrize("edges", [(100, 250, 500, 500), (500, 500, 100, 250)])
def test_a_box_in_thousandths_lands_on_the_page(edges: tuple[float, float, float, float]) -> None:
    picture = Picture.of(page(2000, 1000), PixelBudget(most=100_000, multiple=32))
    assert picture.box(*edges, of=(1000, 1000)) == BoundingBox(left=200, top=250, right=1000, bottom=500)


def test_a_box_in_the_pictures_pixels_lands_on_the_page_and_inside_it() -> None:
    picture = Picture.of(page(2000, 1000), PixelBudget(most=100_000, multiple=32))
    box = picture.box(0, 0, picture.width, picture.height * 3, of=(picture.width, picture.height))
    assert box == BoundingBox(left=0, top=0, right=2000, bottom=1000)
