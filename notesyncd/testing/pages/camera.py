"""The way from the flat sheet to its picture: desk, light, shadow, lens and sensor."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from notesyncd.api import Pixels
from notesyncd.testing.pages.arrays import Exposure, Field, smooth_noise
from notesyncd.testing.pages.effects import Effects
from notesyncd.testing.pages.warp import Warp, hold_camera

_DESKS = ((121, 88, 62), (86, 74, 66), (172, 146, 116), (104, 108, 112), (196, 186, 172))
_LID = (250, 250, 249)  # what a scan shows beyond the sheet
_LIGHT_CELL = 16  # light changes slowly: it is worked out on every 16th pixel


def take_picture(page: Pixels, effects: Effects, rng: np.random.Generator) -> tuple[Pixels, Warp]:
    """Photograph or scan a flat sheet; return the picture and the map from the sheet to it."""
    height, width = page.shape[:2]
    if effects.moves_ink:
        warp, size = hold_camera(rng, effects, width, height)
        picture = _project(page, warp, size, effects, rng)
    else:
        warp, picture = Warp(homography=np.eye(3), width=width), page
    return _compressed(_developed(picture, effects, rng), effects.jpeg), warp


def _project(page: Pixels, warp: Warp, size: tuple[int, int], effects: Effects, rng: np.random.Generator) -> Pixels:
    width, height = size
    x, y = warp.sources(width, height)
    # OpenCV counts from the middle of the first pixel, we from its corner.
    seen: Pixels = cv2.remap(page, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_LID)
    if not effects.desk:
        return seen
    rows, columns = page.shape[:2]
    inside = np.clip(np.minimum(np.minimum(x, columns - x), np.minimum(y, rows - y)) + 0.5, 0, 1)
    desk = _desk(rng, height, width)
    fall = max(3.0, 0.008 * width)
    small = cv2.resize(inside, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    dark = cv2.resize(cv2.GaussianBlur(small, (0, 0), fall / 2), (width, height))
    drop = round(0.5 * fall)
    desk *= (1 - 0.55 * np.roll(dark, (drop, drop), (0, 1)))[..., None]
    return np.where(inside[..., None] >= 1, seen, np.round(desk + (seen - desk) * inside[..., None]).astype(np.uint8))


def _desk(rng: np.random.Generator, height: int, width: int) -> Exposure:
    """Return a desk top: wood whose grain runs across the picture."""
    colour = np.array(_DESKS[int(rng.integers(len(_DESKS)))], np.float32)
    half = (height // 2 + 1, width // 2 + 1)
    streaks = 5.0 * smooth_noise(rng, *half, 3, 240) + 7.0 * smooth_noise(rng, *half, 24, 400)
    streaks += 2.0 * smooth_noise(rng, *half, 2, 12)
    grain = cv2.resize(streaks, (width, height), interpolation=cv2.INTER_LINEAR)
    wood: Exposure = np.clip(colour + grain[..., None] * (colour / 110), 0, 255)
    return wood


def _developed(picture: Pixels, effects: Effects, rng: np.random.Generator) -> Pixels:
    if not any((effects.light, effects.shadow, effects.cast, effects.blur, effects.noise)):
        return picture
    height, width = picture.shape[:2]
    exposed = picture.astype(np.float32)
    light = _light(rng, height, width, effects)
    warmth, tint = effects.cast * rng.uniform(-0.5, 1), 0.15 * effects.cast * rng.uniform(-1, 1)
    exposed *= cv2.merge([light * np.float32(gain) for gain in (1 + 0.5 * warmth, 1 + tint, 1 - warmth)])
    if effects.blur:
        sigma = effects.blur * float(rng.uniform(0.7, 1.0))
        exposed = cv2.GaussianBlur(exposed, (0, 0), sigma)
    if effects.noise:
        tile = effects.noise * rng.standard_normal((384, 384, 3), dtype=np.float32)
        repeats = (height // 384 + 1, width // 384 + 1, 1)
        exposed += np.tile(tile, repeats)[:height, :width]
    developed: Pixels = cv2.convertScaleAbs(np.maximum(exposed, 0, out=exposed))
    return developed


def _light(rng: np.random.Generator, height: int, width: int, effects: Effects) -> Field:
    """Return the brightness, 1 = full: a slope, darker corners, and the soft shadow of whoever holds the camera."""
    rows, columns = height // _LIGHT_CELL + 2, width // _LIGHT_CELL + 2
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = x / columns - 0.5, y / rows - 0.5
    angle, side = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    light = 1 + 0.6 * effects.light * (x * np.cos(angle) + y * np.sin(angle)) - 0.5 * effects.light * (x**2 + y**2)
    edge = rng.uniform(0.05, 0.3) + 0.06 * np.sin(7 * (x * np.sin(side) - y * np.cos(side)) + rng.uniform(0, 6))
    depth = x * np.cos(side) + y * np.sin(side) - edge
    light -= 0.75 * effects.shadow / (1 + np.exp(-depth / 0.035))
    soft: Field = cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return soft


def _compressed(picture: Pixels, quality: int | None) -> Pixels:
    if quality is None:
        return picture
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.array(image.convert("RGB"))
