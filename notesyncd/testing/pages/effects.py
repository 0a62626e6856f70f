"""How a page came to its picture: a clean drawing, a flatbed scan, a good or a poor phone photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EffectName = Literal["clean", "scan", "photo", "poor-photo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Strengths; each is the largest that a seed may draw, and 0 switches it off.

    Attributes:
        liveliness: how unsteady the hand is (shape, size, slant, baseline, gaps); 1 is usual.
        skew: rotation, degrees.
        perspective: shift of a corner, share of the shorter side.
        bend: how far the sheet bulges, share of its height.
        desk: width of the desk seen around the sheet, share of its width; 0: the sheet fills the picture.
        light: fall of the light across the picture, 0..1.
        shadow: darkness of the shadow that falls on the sheet, 0..1.
        cast: colour cast, share of the brightness.
        texture: unevenness of the paper, grey levels.
        blur: Gaussian sigma, pixels.
        noise: standard deviation of the sensor's noise, grey levels.
        jpeg: quality of one JPEG round trip, or None for no such trip.
    """

    liveliness: float = 0.0
    skew: float = 0.0
    perspective: float = 0.0
    bend: float = 0.0
    desk: float = 0.0
    light: float = 0.0
    shadow: float = 0.0
    cast: float = 0.0
    texture: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None

    @property
    def moves_ink(self) -> bool:
        """Tell whether the picture is more than the flat sheet."""
        return any((self.skew, self.perspective, self.bend, self.desk))


CLEAN = Effects()
SCAN = Effects(liveliness=0.8, skew=1.0, light=0.05, texture=1.0, blur=0.5, noise=1.5, jpeg=88)
PHOTO = Effects(
    liveliness=1.0,
    skew=2.5,
    perspective=0.02,
    bend=0.004,
    desk=0.06,
    light=0.25,
    shadow=0.25,
    cast=0.04,
    texture=1.5,
    blur=0.7,
    noise=3.5,
    jpeg=82,
)
POOR_PHOTO = Effects(
    liveliness=1.3,
    skew=5.0,
    perspective=0.05,
    bend=0.01,
    desk=0.08,
    light=0.45,
    shadow=0.5,
    cast=0.08,
    texture=2.0,
    blur=1.2,
    noise=8.0,
    jpeg=60,
)

PRESETS: dict[EffectName, Effects] = {"clean": CLEAN, "scan": SCAN, "photo": PHOTO, "poor-photo": POOR_PHOTO}
