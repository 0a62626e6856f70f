"""Pictures by Pillow, inside the decoder process: JPEG, PNG, WebP, TIFF with all its pages, HEIC."""

from __future__ import annotations

import io
import math
from datetime import datetime

import pillow_heif
from PIL import ExifTags, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.decoder import exif
from notesyncd.intake.decoder.limits import MAX_PAGES, MAX_PIXELS
from notesyncd.intake.decoder.raster import Raster, check_size, to_rgb

# Only the decoder of the sniffed type may try: no other parser ever sees the bytes.
_FORMATS = {
    "image/jpeg": JpegImagePlugin.JpegImageFile.format,
    "image/png": PngImagePlugin.PngImageFile.format,
    "image/webp": WebPImagePlugin.WebPImageFile.format,
    "image/tiff": TiffImagePlugin.TiffImageFile.format,
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}

# Bits of TIFF's NewSubfileType (TIFF 6.0, section 8): a thumbnail and a transparency mask are no pages.
_THUMBNAIL, _MASK = 1, 4

# What Pillow and many programs say when they don't know the resolution.
_UNKNOWN_DPI = 72


def prepare_pillow() -> None:
    """Set Pillow's limits for this process and teach it HEIC."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    pillow_heif.register_heif_opener()


class Picture:
    """An opened picture; only a TIFF has several pages, of other formats the first frame is taken.

    Attributes:
        captured_at: EXIF capture time, if any.
        camera: EXIF make, model and serial number, if any.
        warnings: what was left out.
    """

    def __init__(self, data: bytes, media_type: str) -> None:
        """Open ``data``; nothing is decoded yet. Raises whatever Pillow raises."""
        self._image = Image.open(io.BytesIO(data), formats=(_FORMATS[media_type] or "",))
        check_size(*self._image.size)
        self.captured_at: datetime | None = None
        self.camera: str | None = None
        self.warnings: tuple[str, ...] = ()
        self._read_exif()
        frames = getattr(self._image, "n_frames", 1)
        if media_type == "image/tiff":
            self._frames = self._pages_of_tiff(frames)
        else:
            self._frames = [self._image.tell()]
            # An MPO's further frames are the same shot again (depth, a gain map), no pages: not worth a word.
            if frames > 1 and media_type != "image/jpeg":
                self.warnings += (f"the first of {frames} frames is taken, the others are left out",)

    @property
    def page_count(self) -> int:
        """Pages in the file."""
        return len(self._frames)

    def page(self, number: int) -> Raster:
        """Decode page ``number`` (from 1) to its end.

        Pillow turns TIFF, and pillow-heif HEIC, by itself; what is left to be turned is asked after decoding.
        """
        self._image.seek(self._frames[number - 1])
        check_size(*self._image.size)
        self._image.load()
        check_size(*self._image.size)
        try:
            orientation = exif.orientation(self._image.getexif())
        except Exception:  # noqa: BLE001 - a broken side block; it was already warned of when the file was opened
            orientation = 1
        return Raster(image=to_rgb(self._image), dpi=self._dpi(), orientation=orientation)

    def _read_exif(self) -> None:
        try:
            tags = self._image.getexif()
            self.captured_at, self.camera = exif.captured_at(tags), exif.camera(tags)
        except Exception as error:  # noqa: BLE001 - Pillow's EXIF parser raises anything on hostile data
            self.warnings += (f"its EXIF data can't be read: {error}",)

    def _pages_of_tiff(self, frames: int) -> list[int]:
        if frames > MAX_PAGES:
            raise UnreadableScan(f"it has {frames} pages; the limit is {MAX_PAGES}")
        pages = []
        for frame in range(frames):
            self._image.seek(frame)
            kind = self._image.tag_v2.get(ExifTags.Base.NewSubfileType, 0)  # type: ignore[attr-defined]
            if not (isinstance(kind, int) and kind & (_THUMBNAIL | _MASK)):
                pages.append(frame)
        return pages or [0]

    def _dpi(self) -> float | None:
        try:
            dpi = float(self._image.info["dpi"][0])
        except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
            return None
        return dpi if math.isfinite(dpi) and _UNKNOWN_DPI < dpi < 100_000 else None
