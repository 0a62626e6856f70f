"""The first look at a page: its ink from the pixels, then lines and rotation from a light reader if there is ink."""

from __future__ import annotations

from dataclasses import replace

from notesyncd.api import Detection, LightReader, Pixels
from notesyncd.detect.bleed_through import shines_through
from notesyncd.detect.ink import ink_share, is_blank


def detect(pixels: Pixels, light: LightReader | None) -> Detection:
    """Look at a page image as it stands.

    On a page without ink (``is_blank(detection.ink)``) the light reader is not asked: it would read its grain. One on
    which there is nothing but what shines through from its other side has no ink either.

    Args:
        pixels: RGB, uint8, height x width x 3.
        light: finds lines and rotation; None: only the pixels are looked at.
    """
    ink = ink_share(pixels)
    if light is None or is_blank(ink):
        return Detection(rotation=0, ink=ink)
    detection = light.detect(pixels)
    if shines_through(pixels, detection, light):
        return Detection(rotation=0, ink=0.0)
    return replace(detection, ink=ink)
