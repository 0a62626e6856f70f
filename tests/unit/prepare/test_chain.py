"""The chain of preparing steps and its composed map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.api import PluginError, Prepared, PreprocessorSpec, RasterInfo, Step, Transform
from notesyncd.hooks.plugins import Plugins
from notesyncd.prepare.chain import PreparedPage, prepare, turn

BUILT_IN = Plugins(["notesyncd.prepare.plugin"], external=()).preprocessors
NAMES = ("orientation", "bound")


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_the_built_in_steps_come_through_the_hook() -> None:
    assert tuple(BUILT_IN) == NAMES


def test_steps_run_in_the_given_order_and_are_recorded() -> None:
    def shade(by: int) -> PreprocessorSpec:
        def apply(pixels: np.ndarray, _info: RasterInfo) -> Prepared:
            step = Step(name=f"shade-{by}")
            return Prepared(pixels=(pixels // 2 + by).astype(np.uint8), to_input=Transform(), step=step)

        return PreprocessorSpec(name=f"shade-{by}", apply=apply)

    page = prepare(np.full((2, 2, 3), 100, np.uint8), RasterInfo(), [shade(10), shade(20)])

    assert page.pixels[0, 0, 0] == (100 // 2 + 10) // 2 + 20
    assert [step.name for step in page.steps] == ["shade-10", "shade-20"]


def test_steps_that_change_nothing_leave_no_record() -> None:
    page = prepare(noise(8, 6), RasterInfo(), [BUILT_IN[name] for name in NAMES])

    assert page.steps == ()
    assert page.to_raster == Transform.identity()


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 12),
    height=st.integers(1, 12),
    orientation=st.integers(1, 8),
    rotations=st.lists(st.sampled_from([0, 90, 180, 270]), max_size=3),
)
def test_composed_turns_lead_every_pixel_back_to_the_raster(
    width: int, height: int, orientation: int, rotations: list[int]
) -> None:
    raster = noise(width, height)
    page = prepare(raster, RasterInfo(orientation=orientation), [BUILT_IN["orientation"]])
    for rotation in rotations:
        page = turn(page, rotation)

    for y, x in np.ndindex(page.pixels.shape[:2]):
        back_x, back_y = page.to_raster.point(x + 0.5, y + 0.5)
        assert np.array_equal(page.pixels[y, x], raster[int(back_y), int(back_x)])


def test_a_quarter_turn_is_clockwise() -> None:
    page = PreparedPage(pixels=noise(5, 3))

    sideways = turn(page, 90)

    assert np.array_equal(sideways.pixels[:, -1], page.pixels[0])  # what was the top is now at the right
    assert sideways.steps == (Step(name="rotate", settings=(("clockwise", "90"),)),)


def test_turning_by_nothing_leaves_no_record() -> None:
    page = PreparedPage(pixels=noise(5, 3))

    assert turn(page, 0) is page


def test_other_angles_are_refused() -> None:
    with pytest.raises(ValueError, match="45"):
        turn(PreparedPage(pixels=noise(5, 3)), 45)


@pytest.mark.parametrize("broken", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_a_step_that_returns_no_image_is_named(broken: np.ndarray) -> None:
    spec = PreprocessorSpec(
        name="acme",
        apply=lambda _pixels, _info: Prepared(pixels=broken, to_input=Transform(), step=Step(name="acme")),
    )

    with pytest.raises(PluginError, match="'acme'"):
        prepare(noise(4, 4), RasterInfo(), [spec])
