"""What EXIF says of the moment and the camera; all of it is a stranger's text and may be missing, odd or wrong."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from PIL import ExifTags, Image

_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_LONGEST_NAME = 200


def captured_at(exif: Image.Exif) -> datetime | None:
    """Return DateTimeOriginal with its sub-seconds; aware where OffsetTimeOriginal names the zone, else naive.

    Years outside 1970..2200 are clocks that were never set.
    """
    tags = exif.get_ifd(ExifTags.IFD.Exif)
    match = _TIME.fullmatch(_text(tags.get(ExifTags.Base.DateTimeOriginal)))
    if not match:
        return None
    try:
        moment = datetime(*map(int, match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - six numbers, local time
    except ValueError:
        return None
    if not 1970 <= moment.year <= 2200:
        return None
    fraction = _text(tags.get(ExifTags.Base.SubsecTimeOriginal))
    if fraction.isascii() and fraction.isdigit():
        moment = moment.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    if zone := _OFFSET.fullmatch(_text(tags.get(ExifTags.Base.OffsetTimeOriginal))):
        sign, hours, minutes = zone.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset < timedelta(hours=24):
            return moment.replace(tzinfo=timezone(-offset if sign == "-" else offset))
    return moment


def camera(exif: Image.Exif) -> str | None:
    """Return make, model and serial number in one string, or None if EXIF names none of them."""
    parts = (
        exif.get(ExifTags.Base.Make),
        exif.get(ExifTags.Base.Model),
        exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.BodySerialNumber),
    )
    return " ".join(filter(None, map(_text, parts)))[:_LONGEST_NAME] or None


def orientation(exif: Image.Exif) -> int:
    """Return EXIF orientation 1..8; 1 where it is missing or no such number."""
    value = exif.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _text(value: object) -> str:
    """Return printable characters only; EXIF texts end with NULs and may hold anything."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value.split("\0")[0] if character.isprintable()).strip()
