"""Page images of drawn pages, as a reader gets them from the pipeline."""

from __future__ import annotations

import hashlib
from pathlib import Path

from notesyncd.api import PageImage, Pixels, Transform, write_pixels


def page_image(pixels: Pixels, folder: Path) -> PageImage:
    """Store RGB pixels in ``folder`` and return them as a page image to which nothing was done."""
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height} RGB\n".encode("ascii") + pixels.tobytes()).hexdigest()
    artifact = folder / f"{digest}.ppm"
    write_pixels(artifact, pixels)
    return PageImage(page_id=digest, width=width, height=height, artifact=artifact, to_raster=Transform.identity())
