"""The sheet: its size, colour, printed rulings and grain, and how ink sinks into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from notesyncd.api import Pixels
from notesyncd.testing.pages.arrays import Field, Mask, smooth_noise

PaperName = Literal["ruled", "grid", "dots", "plain"]
InkName = Literal["blue", "black", "pencil", "red", "green", "print"]

INKS: dict[InkName, tuple[int, int, int]] = {
    "blue": (31, 50, 128),
    "black": (32, 32, 38),
    "pencil": (84, 84, 88),
    "red": (160, 38, 42),
    "green": (24, 92, 66),
    "print": (16, 16, 16),
}
USUAL_INKS: tuple[InkName, ...] = ("blue", "black", "blue", "black", "pencil")
_WHITES = ((251, 250, 246), (247, 243, 232), (252, 252, 252), (243, 245, 247))
_RULE = (176, 198, 224)
_MARGIN_RULE = (232, 160, 160)
_DOT = (170, 174, 184)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Size of the flat sheet in pixels (150 to the inch for A4 at the default width).

    Attributes:
        height: None: as tall as the text needs.
        margin: left, right, top and bottom.
        pitch: distance of baselines, and of the rulings.
        letter: height of a small x, share of the pitch.
        gutter: space between columns.
        colour: of the paper, red, green and blue; None: the seed chooses a white.
    """

    width: int = 1240
    height: int | None = None
    margin: int = 90
    pitch: int = 64
    letter: float = 0.3
    gutter: int = 80
    colour: tuple[int, int, int] | None = None


def blank_sheet(rng: np.random.Generator, paper: PaperName, sheet: Sheet, height: int) -> Pixels:
    """Return an unwritten sheet of ``height`` rows with its printed rulings."""
    page = np.empty((height, sheet.width, 3), np.uint8)
    white = _WHITES[int(rng.integers(len(_WHITES)))]
    page[:] = sheet.colour or white
    pitch, width = sheet.pitch, sheet.width
    first = sheet.margin + pitch + round(0.1 * pitch)  # rulings lie a little below the baselines
    if paper == "ruled":
        for y in range(first, height - pitch // 3, pitch):
            page[y : y + 2] = _RULE
        x = sheet.margin - 22
        page[:, x : x + 2] = _MARGIN_RULE
    elif paper == "grid":
        for y in range(first % (pitch // 2), height, pitch // 2):
            page[y] = _RULE
        for x in range(sheet.margin % (pitch // 2), width, pitch // 2):
            page[:, x] = _RULE
    elif paper == "dots":
        for dy in (0, 1):
            for dx in (0, 1):
                page[first % (pitch // 2) + dy :: pitch // 2, sheet.margin % (pitch // 2) + dx :: pitch // 2] = _DOT
    return page


def soak(page: Pixels, ink: Mask, name: InkName, *, unsteady: float, rng: np.random.Generator) -> None:
    """Colour the covered pixels in place; pressure varies with ``unsteady``, pencil leaves grains of paper free."""
    height, width = ink.shape
    rows, columns = np.nonzero(ink)
    cover = ink[rows, columns].astype(np.float32) / 255
    if unsteady:
        pressure = smooth_noise(rng, height // 4 + 1, width // 4 + 1, 16, 16)[rows // 4, columns // 4]
        cover *= np.clip(1 - 0.12 * min(unsteady, 1.5) * np.abs(pressure), 0.55, 1)
    if name == "pencil":
        cover *= np.clip(0.8 + 0.2 * rng.standard_normal(cover.size, dtype=np.float32), 0.25, 1)
    bare = page[rows, columns].astype(np.float32)
    page[rows, columns] = np.round(bare + (np.array(INKS[name], np.float32) - bare) * cover[:, None]).astype(np.uint8)


def grain(rng: np.random.Generator, height: int, width: int, strength: float) -> Field:
    """Return what the paper's unevenness adds to every pixel, in grey levels."""
    half = (height // 2 + 1, width // 2 + 1)
    coarse = 1.3 * smooth_noise(rng, *half, 90, 90) + 0.7 * smooth_noise(rng, *half, 12, 12)
    fine = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)[:height, :width]
    tile = rng.standard_normal((256, 256), dtype=np.float32)
    repeats = (height // 256 + 1, width // 256 + 1)
    return np.asarray(strength * (fine + 0.8 * np.tile(tile, repeats)[:height, :width]), np.float32)
