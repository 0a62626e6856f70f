"""Blank or not, from pixels alone: empty sheets of every ruling, and little or faint writing on them."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from notesyncd.detect.ink import ink_depth, ink_share, is_blank

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dpi
PENCIL, FAINT_PENCIL = (105, 105, 108), (172, 172, 174)
RULINGS = ["plain", "ruled", "grid", "dots", "dark-ruled"]


def sheet(ruling: str) -> Image.Image:
    page = Image.new("RGB", (WIDTH, HEIGHT), (248, 246, 240))
    draw = ImageDraw.Draw(page)
    blue, red = (168, 192, 226), (230, 150, 150)
    if ruling in ("ruled", "dark-ruled"):
        for y in range(150, HEIGHT - 20, 62):
            draw.line([(0, y), (WIDTH, y)], fill=(90, 90, 100) if ruling == "dark-ruled" else blue, width=2)
        draw.line([(95, 0), (95, HEIGHT)], fill=red, width=2)
    if ruling == "grid":
        for y in range(30, HEIGHT, 30):
            draw.line([(0, y), (WIDTH, y)], fill=blue)
        for x in range(20, WIDTH, 30):
            draw.line([(x, 0), (x, HEIGHT)], fill=blue)
    if ruling == "dots":
        for y in range(30, HEIGHT, 30):
            for x in range(20, WIDTH, 30):
                draw.rectangle([x, y, x + 2, y + 2], fill=(120, 130, 150))
    return page


def write(page: Image.Image, text: str, at: tuple[int, int], ink: tuple[int, int, int], size: int = 30) -> Image.Image:
    ImageDraw.Draw(page).text(at, text, font=ImageFont.load_default(size), fill=ink)
    return page


def scanned(page: Image.Image) -> np.ndarray:
    """As a flatbed gives it: slightly askew, a little noise, JPEG."""
    pixels = np.asarray(page.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=(248, 246, 240)), np.float32)
    pixels = pixels + np.random.default_rng(1).normal(0, 2.5, pixels.shape)
    return jpeg(pixels, 85)


def photographed(page: Image.Image) -> np.ndarray:
    """As a phone gives it: on a dark desk, in perspective, half in shadow, noisy, JPEG."""
    rng = np.random.default_rng(2)
    around = np.full((HEIGHT + 200, WIDTH + 160, 3), (96, 76, 60), np.float32)
    around += cv2.resize(rng.normal(0, 5, (50, 50)).astype(np.float32), around.shape[1::-1])[..., None]
    corners = np.float32([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]])
    seen = np.float32([[90, 120], [WIDTH + 95, 70], [WIDTH + 60, HEIGHT + 150], [60, HEIGHT + 110]])
    tilt = cv2.getPerspectiveTransform(corners, seen)
    size = around.shape[1::-1]
    mask = cv2.warpPerspective(np.ones((HEIGHT, WIDTH), np.float32), tilt, size)[..., None]
    flat = np.asarray(page, np.float32)
    photo = cv2.warpPerspective(flat, tilt, size, borderMode=cv2.BORDER_REPLICATE) * mask + around * (1 - mask)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    shadow = 1 - 0.55 * np.clip(1 - np.hypot(x - 0.4 * size[0], y - 0.6 * size[1]) / 800, 0, 1)
    photo = photo * shadow[..., None]
    return jpeg(cv2.GaussianBlur(photo, (0, 0), 0.8) + rng.normal(0, 6, photo.shape), 70)


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


@pytest.mark.parametrize("ruling", RULINGS)
@pytest.mark.parametrize("taken", [np.asarray, scanned, photographed])
def test_an_empty_sheet_is_blank(ruling: str, taken: object) -> None:
    assert is_blank(ink_share(taken(sheet(ruling))))


@pytest.mark.parametrize("ruling", RULINGS)
@pytest.mark.parametrize("taken", [np.asarray, scanned, photographed])
@pytest.mark.parametrize("ink", [PENCIL, FAINT_PENCIL])
def test_three_small_words_are_not_blank(ruling: str, taken: object, ink: tuple[int, int, int]) -> None:
    page = write(sheet(ruling), "buy milk now", (300, 480), ink)

    assert not is_blank(ink_share(taken(page)))


@pytest.mark.parametrize("text", ["ok", "7", "?"])
def test_a_single_sign_in_pencil_is_not_blank(text: str) -> None:
    assert not is_blank(ink_share(scanned(write(sheet("ruled"), text, (600, 900), PENCIL))))


def test_a_word_written_on_the_rule_itself_is_not_taken_for_the_rule() -> None:
    page = write(sheet("dark-ruled"), "milk", (300, 462 - 24), PENCIL, size=28)

    assert not is_blank(ink_share(np.asarray(page)))


def test_turning_the_page_does_not_make_a_word_of_a_rule() -> None:
    for ruling in RULINGS:
        assert is_blank(ink_share(np.ascontiguousarray(np.rot90(photographed(sheet(ruling))))))


def test_a_broad_marker_is_ink() -> None:
    page = sheet("plain")
    ImageDraw.Draw(page).line([(300, 400), (500, 800), (700, 400)], fill=(30, 30, 40), width=40)

    assert not is_blank(ink_share(scanned(page)))


def test_light_writing_on_a_dark_page_is_ink_and_the_dark_page_alone_is_not() -> None:
    board = Image.new("RGB", (WIDTH, HEIGHT), (28, 40, 34))

    assert is_blank(ink_share(scanned_board(board)))
    assert not is_blank(ink_share(scanned_board(write(board, "L", (300, 480), (190, 190, 190)))))


def scanned_board(board: Image.Image) -> np.ndarray:
    pixels = np.asarray(board, np.float32)
    return jpeg(pixels + np.random.default_rng(3).normal(0, 2.5, pixels.shape), 85)


def test_more_writing_is_more_ink() -> None:
    little, much = sheet("ruled"), sheet("ruled")
    write(little, "buy milk", (300, 480), PENCIL)
    for y in range(200, 1600, 60):
        write(much, "many words stand on this full page of paper", (200, y), PENCIL)

    assert 0 < ink_share(np.asarray(little)) < ink_share(np.asarray(much)) < 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 3), (31, 33), (40, 900)])
def test_odd_sizes_are_borne(shape: tuple[int, int]) -> None:
    assert is_blank(ink_share(np.full((*shape, 3), 255, np.uint8)))


@pytest.mark.parametrize("noise", ["static", "coloured static", "a black picture"])
def test_mere_noise_is_no_ink(noise: str) -> None:
    chance = np.random.default_rng(1)
    pixels = {
        "static": chance.integers(0, 256, (800, 600, 1), dtype=np.uint8).repeat(3, axis=2),
        "coloured static": chance.integers(0, 256, (1700, 1200, 3), dtype=np.uint8),
        "a black picture": np.clip(chance.normal(6, 4, (1700, 1200, 3)), 0, 255).astype(np.uint8),
    }[noise]
    assert is_blank(ink_share(pixels))


def test_gravel_is_full_of_noise_and_yet_a_picture() -> None:
    chance = np.random.default_rng(1)
    stones = chance.integers(20, 236, (60, 45, 1), dtype=np.uint8).repeat(3, axis=2)
    pixels = cv2.resize(stones, (900, 1200), interpolation=cv2.INTER_NEAREST)
    grain = chance.normal(0, 60, pixels.shape)
    assert not is_blank(ink_share(np.clip(pixels + grain, 0, 255).astype(np.uint8)))


def test_a_page_in_the_dark_is_no_mere_noise() -> None:
    dark = np.asarray(write(sheet("plain"), "order compost", (200, 500), (30, 30, 40), 60), np.float32) * 0.08
    noisy = dark + np.random.default_rng(2).normal(0, 2, dark.shape)
    assert not is_blank(ink_share(np.clip(noisy, 0, 255).astype(np.uint8)))


def test_the_depth_of_ink_tells_pencil_from_a_pen() -> None:
    blank = ink_depth(np.asarray(sheet("plain")))
    pencil, pen = (
        ink_depth(np.asarray(write(sheet("plain"), "order compost", (200, 500), ink, 60)))
        for ink in (FAINT_PENCIL, (30, 30, 40))
    )
    assert blank < 0.05
    assert 0.2 < pencil < 0.4
    assert pen > 0.6
