"""The media type of a file by its first bytes, for suffixes lie and refusals should name what they refuse."""

from __future__ import annotations

MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/heif", "application/pdf"}
)
"""What is taken in."""

TAKEN_IN = "JPEG, PNG, WebP, TIFF, HEIC or PDF"
"""The same for people."""

HEAD_BYTES = 1024
"""How much of a file's beginning ``sniff_media_type`` looks at: a PDF may begin that late (ISO 32000-1, note 13)."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"%!PS", "application/postscript"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
)


def sniff_media_type(head: bytes) -> str | None:
    """Tell the media type by a file's first ``HEAD_BYTES`` bytes; None if they are like nothing known.

    Types that are not in ``MEDIA_TYPES`` are told too, so that a refusal can name them.
    """
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return _sniff_iso(head)
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "application/pdf"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return _sniff_markup(head)


def is_beginning(data: bytes) -> bool:
    """Tell whether ``data``, too short to be sniffed, is how one of the types taken in begins."""
    heads = [magic for magic, media_type in _MAGIC if media_type in MEDIA_TYPES] + [b"%PDF-"]
    return (
        any(head.startswith(data) for head in heads)
        or (len(data) < 12 and b"RIFF".startswith(data[:4]))
        or (len(data) < 12 and data[:3] == b"\0\0\0" and b"ftyp".startswith(data[4:8]))
    )


def _sniff_iso(head: bytes) -> str:
    """Tell HEIC, HEIF, AVIF and films apart by the brands of their first box (ISO/IEC 14496-12, 4.3)."""
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), int.from_bytes(head[:4])) - 3, 4))]
    for family, media_type in (
        (_HEIC_BRANDS, "image/heic"),
        (_AVIF_BRANDS, "image/avif"),
        (_HEIF_BRANDS, "image/heif"),
    ):
        if brands[0] in family or (brands[0] in _HEIF_BRANDS and not family.isdisjoint(brands)):
            return media_type
    return "video/quicktime" if brands[0] == b"qt  " else "video/mp4"


def _sniff_markup(head: bytes) -> str | None:
    start = head[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        return "image/svg+xml"
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    return None
