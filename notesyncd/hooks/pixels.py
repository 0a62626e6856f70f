"""Pixels in memory and the lossless file that carries them between processes (binary PPM)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from notesyncd.domain.page import PageImage

Pixels = NDArray[np.uint8]
"""RGB, shape (height, width, 3), 0..255."""


def write_pixels(path: Path, pixels: Pixels) -> None:
    """Write RGB pixels as binary PPM, atomically: readers see the whole file or none."""
    height, width, channels = pixels.shape
    if channels != 3:
        raise ValueError(f"expected RGB, not {channels} channels")
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{id(pixels):x}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(f"P6\n{width} {height}\n255\n".encode("ascii"))
            file.write(np.ascontiguousarray(pixels).data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_pixels(path: Path) -> Pixels:
    """Read RGB pixels from a binary PPM as ``write_pixels`` makes it.

    Raises:
        ValueError: if the file is something else or is cut off.
    """
    with path.open("rb") as file:
        magic, size, depth = (file.readline() for _ in range(3))
        if magic != b"P6\n" or depth != b"255\n":
            raise ValueError(f"{path} is not a binary PPM of ours")
        width, height = (int(number) for number in size.split())
        data = np.fromfile(file, dtype=np.uint8, count=width * height * 3)
    if data.size != width * height * 3:
        raise ValueError(f"{path} is cut off")
    return data.reshape(height, width, 3)


def load_pixels(image: PageImage) -> Pixels:
    """Return the RGB pixels of a page image."""
    return read_pixels(image.artifact)
