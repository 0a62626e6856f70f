"""Pictures by Pillow, inside the decoder process: JPEG, PNG, WebP, TIFF with all its pages, HEIC."""

from __future__ import annotations

import io
import math
from datetime import datetime

import pillow_heif
from PIL import (
    ExifTags,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.decoder import exif
from notesyncd.intake.decoder.colour import to_rgb
from notesyncd.intake.decoder.damage import told_of_file
from notesyncd.intake.decoder.limits import MAX_PAGES, MAX_PIXELS
from notesyncd.intake.decoder.raster import Raster, check_size

# Only the decoder of the sniffed type may try: no other parser ever sees the bytes.
_FORMATS = {
    "image/jpeg": ("JPEG", JpegImagePlugin.JpegImageFile.format),
    "image/png": ("PNG", PngImagePlugin.PngImageFile.format),
    "image/webp": ("WebP", WebPImagePlugin.WebPImageFile.format),
    "image/tiff": ("TIFF", TiffImagePlugin.TiffImageFile.format),
    "image/heic": ("HEIC", "HEIF"),
    "image/heif": ("HEIC", "HEIF"),
}
"""By media type: the name for people and Pillow's."""

# Bits of TIFF's NewSubfileType (TIFF 6.0, section 8): a thumbnail and a transparency mask are no pages.
_THUMBNAIL, _MASK = 1, 4

_BIG = frozenset({b"+\0", b"\0+"})  # BigTIFF's mark, of either byte order

_WHITE_IS_ZERO = 0  # of TIFF's PhotometricInterpretation

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
        """Open ``data``; nothing is decoded yet.

        Raises:
            UnreadableScan: if it is damaged, or its pixels are of a kind that Pillow does not know.
        """
        self._name, pillow_format = _FORMATS[media_type]
        self.captured_at: datetime | None = None
        self.camera: str | None = None
        self.warnings: tuple[str, ...] = ()
        # A PNG's may stand behind its pixels: to ask for it earlier decodes them, and hides what is wrong with them.
        self._exif_comes_last = media_type == "image/png"
        try:
            with told_of_file(f"the file can't be opened: the {self._name} is damaged"):
                self._image = Image.open(io.BytesIO(data), formats=(pillow_format or "",))
                check_size(*self._image.size)
                if not self._exif_comes_last:
                    self._read_exif()
                self._frames = self._page_frames()
        except UnreadableScan as error:
            if isinstance(error.__cause__, UnidentifiedImageError) and media_type == "image/tiff":
                raise UnreadableScan(f"{error}, or its pixels are of a kind that can't be read{_kind(data)}") from error
            raise

    @property
    def page_count(self) -> int:
        """Pages in the file."""
        return len(self._frames)

    def page(self, number: int) -> Raster:
        """Decode page ``number`` (from 1) to its end.

        Pillow turns TIFF, and pillow-heif HEIC, by itself; what is left to be turned is asked after decoding.
        """
        with told_of_file(f"the file can't be decoded (page {number}): the {self._name}'s pixels are damaged"):
            self._image.seek(self._frames[number - 1])
            check_size(*self._image.size)
            self._image.load()
            check_size(*self._image.size)
            if self._exif_comes_last:
                self._read_exif()
            return Raster(image=self._rgb(), dpi=self._dpi(), orientation=self._orientation())

    def _rgb(self) -> Image.Image:
        if not isinstance(self._image, TiffImagePlugin.TiffImageFile):
            return to_rgb(self._image)
        # Of greys of more than 8 bits Pillow heeds neither of these two tags.
        depths = self._image.tag_v2.get(ExifTags.Base.BitsPerSample)
        photometric = self._image.tag_v2.get(ExifTags.Base.PhotometricInterpretation)
        twelve = depths == (12,)
        return to_rgb(self._image, grey_bits=12 if twelve else 16, white_is_zero=photometric == _WHITE_IS_ZERO)

    def _orientation(self) -> int:
        try:
            return exif.orientation(self._image.getexif())
        except Exception:  # noqa: BLE001 - a broken side block; it was already warned of when the file was opened
            return 1

    def _read_exif(self) -> None:
        try:
            tags = self._image.getexif()
            self.captured_at, self.camera = exif.captured_at(tags), exif.camera(tags)
        except Exception:  # noqa: BLE001 - Pillow's EXIF parser raises anything on hostile data
            self.warnings += ("its EXIF data is damaged, so capture time and camera are not known",)

    def _page_frames(self) -> list[int]:
        frames = getattr(self._image, "n_frames", 1)
        if isinstance(self._image, TiffImagePlugin.TiffImageFile):
            return self._pages_of_tiff(self._image, frames)
        # An MPO's further frames are the same shot again (depth, a gain map), no pages: not worth a word.
        if frames > 1 and self._name != "JPEG":
            self.warnings += (f"the first of {frames} frames is taken, the others are left out",)
        return [self._image.tell()]

    @staticmethod
    def _pages_of_tiff(image: TiffImagePlugin.TiffImageFile, frames: int) -> list[int]:
        if frames > MAX_PAGES:
            raise UnreadableScan(f"it has {frames} pages; the limit is {MAX_PAGES}")
        pages = []
        for frame in range(frames):
            image.seek(frame)
            kind = image.tag_v2.get(ExifTags.Base.NewSubfileType, 0)
            if not (isinstance(kind, int) and kind & (_THUMBNAIL | _MASK)):
                pages.append(frame)
        return pages or [0]

    def _dpi(self) -> float | None:
        try:
            dpi = float(self._image.info["dpi"][0])
        except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
            return None
        return dpi if math.isfinite(dpi) and _UNKNOWN_DPI < dpi < 100_000 else None


def _kind(data: bytes) -> str:
    """Return what a TIFF says of its pixels, in brackets; nothing if it can't be made out."""
    try:
        stream = io.BytesIO(data)
        directory = TiffImagePlugin.ImageFileDirectory_v2(stream.read(16 if data[2:4] in _BIG else 8))
        stream.seek(directory.next)
        directory.load(stream)
        bands = directory.get(ExifTags.Base.SamplesPerPixel, 1)
        bits = directory.get(ExifTags.Base.BitsPerSample, (1,))
        return f" ({bands} band{'s' * (bands != 1)} of {bits[0]} bits)"
    except Exception:  # noqa: BLE001 - it is damaged, as was said already
        return ""
