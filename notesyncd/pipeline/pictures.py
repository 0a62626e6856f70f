"""The upright JPEG of a page: what notes and people see. A cache, made again whenever it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import cv2

from notesyncd.api import PermanentError, Pixels, Transform
from notesyncd.ledger import scans, transcriptions

if TYPE_CHECKING:
    from pathlib import Path

    from notesyncd.intake.decoder.decoder import Decoder
    from notesyncd.ledger.artifacts import Artifacts
    from notesyncd.ledger.store import Ledger
    from notesyncd.pipeline.services import ImageBounds, Services


def encode_jpeg(pixels: Pixels, bounds: ImageBounds) -> bytes:
    """Return an upright page as JPEG, scaled down so that no edge is longer than the bound."""
    height, width = pixels.shape[:2]
    scale = bounds.long_edge / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    settings = [cv2.IMWRITE_JPEG_QUALITY, bounds.quality]
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings)
    if not done:
        raise PermanentError(f"a page of {width} x {height} pixels could not be written as JPEG")
    data: bytes = encoded.tobytes()
    return data


def picture(services: Services, page_id: str) -> Path:
    """Return the file with the upright JPEG of a page, made again from the original if it is gone.

    Raises:
        PermanentError: if the page is unknown.
        NotesyncdError: if the original can't be decoded any more.
    """
    path = services.artifacts.picture(page_id)
    if path.exists():
        return path
    with services.ledger.read() as connection:
        to_raster = transcriptions.upright(connection, page_id) or Transform.identity()
    raster, _ = load_raster(services, page_id)
    return services.artifacts.write_picture(page_id, encode_jpeg(_warp(raster, to_raster), services.image_bounds))


class Originals(Protocol):
    """Where pages came from."""

    @property
    def ledger(self) -> Ledger:
        """Knows in which scan a page stands."""

    @property
    def artifacts(self) -> Artifacts:
        """Keeps the bytes of scans."""

    @property
    def page_decoder(self) -> Decoder:
        """Makes pixels of them."""


def load_raster(services: Originals, page_id: str) -> tuple[Pixels, scans.ScanPage]:
    """Return the decoded raster of a page and its place in the scan it was taken from.

    Raises:
        PermanentError: if the page is unknown.
        NotesyncdError: as the decoder says.
    """
    with services.ledger.read() as connection:
        places = scans.places_of(connection, page_id)
    if not places:
        raise PermanentError(f"there is no page {page_id}")
    for digest, _, place in places:
        original = services.artifacts.original(digest)
        if original.exists():
            return services.page_decoder.pixels(original, place.number, page_id=page_id), place
    raise PermanentError(
        f"the original of page {page_id} is gone from {services.artifacts.original(places[0][0]).parent}"
    )


def _warp(raster: Pixels, to_raster: Transform) -> Pixels:
    """Return the upright image that ``to_raster`` maps to the raster; its size follows from the map."""
    if to_raster == Transform.identity():
        return raster
    height, width = raster.shape[:2]
    import numpy as np  # noqa: PLC0415 - only here

    back = to_raster.inverse()
    right, bottom = (
        max(values) for values in zip(*(back.point(x, y) for x in (0, width) for y in (0, height)), strict=True)
    )
    matrix = np.array(to_raster.rows)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # edges to pixel centres
    matrix = np.linalg.inv(half) @ matrix @ half
    size = (max(1, round(right)), max(1, round(bottom)))
    warped = cv2.warpPerspective(raster, matrix, size, flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP)
    return np.asarray(warped, dtype=np.uint8)
