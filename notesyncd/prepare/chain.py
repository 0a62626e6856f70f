"""Runs the preparing steps one after the other and composes their maps into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from notesyncd.api import Pixels, PluginError, Prepared, PreprocessorSpec, RasterInfo, Step, Transform
from notesyncd.prepare.turns import turned


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPage:
    """Pixels of a page image with the map from them to the raster's pixels, and what was done, in order."""

    pixels: Pixels
    to_raster: Transform = field(default_factory=Transform.identity)
    steps: tuple[Step, ...] = ()

    def then(self, prepared: Prepared) -> PreparedPage:
        """Return the page after one more step."""
        return PreparedPage(
            pixels=prepared.pixels,
            to_raster=self.to_raster.after(prepared.to_input),
            steps=(*self.steps, prepared.step),
        )


def prepare(pixels: Pixels, info: RasterInfo, steps: Sequence[PreprocessorSpec]) -> PreparedPage:
    """Run ``steps`` in the given order over a raster (RGB, uint8, height x width x 3).

    Raises:
        PluginError: if a step returns something that is no such image.
    """
    page = PreparedPage(pixels=pixels)
    for spec in steps:
        prepared = spec.apply(page.pixels, info)
        if prepared is not None:
            _check(prepared.pixels, spec.name)
            page = page.then(prepared)
    return page


def turn(page: PreparedPage, rotation: int) -> PreparedPage:
    """Turn a page clockwise by 0, 90, 180 or 270 degrees, recorded as step ``rotate`` (none for 0)."""
    if rotation == 0:
        return page
    pixels, back = turned(page.pixels, rotation)
    step = Step(name="rotate", settings=(("clockwise", str(rotation)),))
    return page.then(Prepared(pixels=pixels, to_input=back, step=step))


def _check(pixels: Pixels, name: str) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise PluginError(
            f"the preparing step {name!r} returned {pixels.dtype} pixels of shape {pixels.shape}, "
            "not RGB (height, width, 3) of uint8"
        )
