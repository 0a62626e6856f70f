"""Any of Pillow's pictures as 8-bit RGB, as its maker meant it to look: what is seen is what is read and hashed."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageCms

from notesyncd.domain.errors import UnreadableScan

_STRIP_PIXELS = 1 << 20
"""A picture is converted so many pixels at a time: what lies between two modes then needs no memory to speak of."""

_INDISTINCT = 2
"""Levels of 255: a profile that moves no colour further is sRGB under one of its many names."""

Conversion = Callable[[Image.Image], Image.Image]


def to_rgb(image: Image.Image, *, grey_bits: int = 16, white_is_zero: bool = False) -> Image.Image:
    """Return ``image`` as 8-bit RGB: deep greys scaled, colours brought to sRGB, transparency on white.

    Args:
        image: of any of Pillow's modes.
        grey_bits: depth of a grey of more than 8 bits.
        white_is_zero: whether such a grey counts from white to black.

    Raises:
        UnreadableScan: if nobody can tell which of its pixels are bright.
    """
    if image.mode == "F":
        raise UnreadableScan("the picture has floating-point pixels, which have no agreed brightness")
    if image.mode == "I":
        raise UnreadableScan("the picture has 32-bit or signed grey pixels, which have no agreed brightness")
    deep = _is_deep(image)
    to_srgb = _to_srgb(_colour_mode(image), image.info.get("icc_profile"))
    if image.mode == "RGB" and not image.has_transparency_data and to_srgb is None:
        return image
    shades = _shades(grey_bits, white_is_zero=white_is_zero, clear=image.info.get("transparency")) if deep else []
    paper = Image.new("RGB", image.size, "white")
    for box in _strips(*image.size):
        strip = image.crop(box)
        colours, alpha = (strip.convert("I").point(shades, "L"), None) if deep else _colours_and_alpha(strip)
        paper.paste(to_srgb(colours) if to_srgb else colours.convert("RGB"), box, alpha)
    return paper


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I;16")


def _colour_mode(image: Image.Image) -> str:
    """Return the mode of the picture's colours, without any transparency: grey, RGB or CMYK."""
    if _is_deep(image) or image.mode in {"1", "L", "LA", "La"}:
        return "L"
    return "CMYK" if image.mode == "CMYK" else "RGB"


def _colours_and_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if not image.has_transparency_data:
        return image.convert(_colour_mode(image)), None
    layer = image.convert("LA" if image.mode in {"L", "LA", "La"} else "RGBA")
    return layer.convert(_colour_mode(image)), layer.getchannel("A")


def _shades(bits: int, *, white_is_zero: bool, clear: object) -> list[int]:
    """Return for each value of a deep grey its 8 bits. A bare conversion would clip all above 255 to white.

    ``clear`` is the value that counts as transparent, which on paper is white.
    """
    most = (1 << bits) - 1
    shades = [min(value, most) >> (bits - 8) for value in range(1 << 16)]
    if white_is_zero:
        shades = [255 - shade for shade in shades]
    if isinstance(clear, int) and 0 <= clear < len(shades):
        shades[clear] = 255
    return shades


def _to_srgb(mode: str, profile: bytes | None) -> Conversion | None:
    """Return what brings a picture of ``mode`` from the embedded profile to sRGB; None where nothing is to be done.

    A profile that is broken, or not for this kind of picture (greys often bring one for RGB), counts as none.
    """
    if not profile:
        return None
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), mode, "RGB")
        probe = _probe(mode)
        shown = ImageCms.applyTransform(probe, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if shown is None or _are_alike(shown, probe.convert("RGB")):
        return None
    return lambda colours: ImageCms.applyTransform(colours, transform) or colours.convert("RGB")


def _probe(mode: str) -> Image.Image:
    """Return a picture of all greys, or of 9 x 9 x 9 colours or inks."""
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    steps = [min(step * 32, 255) for step in range(9)]
    black = [0] * (len(mode) - 3)
    colours = [bytes((*colour, *black)) for colour in itertools.product(steps, repeat=3)]
    return Image.frombytes(mode, (len(colours), 1), b"".join(colours))


def _are_alike(one: Image.Image, other: Image.Image) -> bool:
    return max(ImageChops.difference(one, other).tobytes()) <= _INDISTINCT


def _strips(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)
