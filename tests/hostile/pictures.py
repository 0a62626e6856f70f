"""Small pictures in every format that is taken in, and the parts from which broken ones are built."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterable, Sequence

import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

FORMATS: dict[str, tuple[str, str, dict[str, object]]] = {
    "jpeg": (".jpg", "JPEG", {"quality": 85}),
    "progressive": (".jpg", "JPEG", {"quality": 85, "progressive": True}),
    "png": (".png", "PNG", {}),
    "webp": (".webp", "WEBP", {"quality": 80}),
    "lossless-webp": (".webp", "WEBP", {"lossless": True, "method": 0}),
    "raw-tiff": (".tif", "TIFF", {}),
    "lzw-tiff": (".tif", "TIFF", {"compression": "tiff_lzw"}),
    "jpeg-tiff": (".tif", "TIFF", {"compression": "jpeg"}),
    "big-tiff": (".tif", "TIFF", {"big_tiff": True, "compression": "tiff_lzw"}),
    "heic": (".heic", "HEIF", {"quality": 70}),
    "pdf": (".pdf", "PDF", {}),
}
"""Suffix, Pillow's name and settings."""


def drawn(width: int = 240, height: int = 160, *, seed: int = 1, grain: int = 24, strokes: int = 8) -> Image.Image:
    """Return a picture with strokes and some grain, so that no format shrinks it to nothing."""
    chance = random.Random(seed)
    noise = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    image = noise.point(lambda value: 255 - value * grain // 256).convert("RGB")
    pen = ImageDraw.Draw(image)
    for _ in range(strokes):
        points = [(chance.randrange(width), chance.randrange(height)) for _ in range(4)]
        pen.line(points, fill=(20, 20, chance.randrange(120)), width=3)
    return image


def encoded(name: str, image: Image.Image, **options: object) -> bytes:
    """Return ``image`` as a file of one of ``FORMATS``."""
    _, pillow_format, settings = FORMATS[name]
    return saved(image, pillow_format, **{**settings, **options})


def saved(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


# ------------------------------------------------------------------------------------------------------------------ PNG

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, *, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes) -> bytes:
    return PNG_HEAD + b"".join(chunks) + chunk(b"IEND")


def grey_rows(width: int, height: int, value: int = 255) -> bytes:
    """Return the pixels of an 8-bit grey PNG as they stand in IDAT."""
    return zlib.compress((b"\0" + bytes([value]) * width) * height)


def flate_zeros(length: int) -> bytes:
    """Return ``length`` zeros as zlib packs them, without packing them: one packed megabyte is said again and again."""
    megabytes, rest = divmod(length, 1 << 20)
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(bytes(rest)) + packer.flush()
    checksum = length % 65521 << 16 | 1  # Adler-32 of zeros
    return head + block * megabytes + end[:-4] + struct.pack(">I", checksum)


# ----------------------------------------------------------------------------------------------------------------- JPEG


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Take a JPEG of one scan apart: (marker, data) each; the last is the scan with all that follows it."""
    found, at = [], 2
    while True:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if marker == 0xDA:
            return [*found, (marker, jpeg[at + 4 :])]
        found.append((marker, jpeg[at + 4 : at + 2 + length]))
        at += 2 + length


def joined(parts: Sequence[tuple[int, bytes]]) -> bytes:
    """Put together what ``segments`` took apart; the scan's header is 10 bytes long (3 components)."""
    out = bytearray(b"\xff\xd8")
    for marker, data in parts:
        if marker == 0xDA:
            out += b"\xff\xda" + struct.pack(">H", 12) + data
        else:
            out += segment(marker, data)
    return bytes(out)


# ----------------------------------------------------------------------------------------------------------------- TIFF

Entry = tuple[int, int, int, int]
"""Tag, type, count, value or offset."""


def directory(entries: Iterable[Entry], following: int = 0) -> bytes:
    listed = list(entries)
    body = b"".join(struct.pack("<HHII", *entry) for entry in listed)
    return struct.pack("<H", len(listed)) + body + struct.pack("<I", following)


def grey_tiff(
    width: int, height: int, *, offset: int, count: int, compression: int = 1, rows: int | None = None
) -> list[Entry]:
    """Return the entries of a directory of one strip of 8-bit grey."""
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, offset),
        (277, 3, 1, 1),
        (278, 4, 1, height if rows is None else rows),
        (279, 4, 1, count),
    ]
