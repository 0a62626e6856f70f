"""Files of every format that is taken in, and a decoder to look at them."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Iterator

import pillow_heif
import pytest
from PIL import Image, ImageDraw

from notesyncd.intake.decoder.decoder import Decoder

pillow_heif.register_heif_opener()

FORMATS = {
    "jpeg": ("image/jpeg", "JPEG", {"quality": 90}),
    "progressive": ("image/jpeg", "JPEG", {"quality": 90, "progressive": True}),
    "png": ("image/png", "PNG", {}),
    "webp": ("image/webp", "WEBP", {"quality": 80}),
    "lossless-webp": ("image/webp", "WEBP", {"lossless": True}),
    "lzw-tiff": ("image/tiff", "TIFF", {"compression": "tiff_lzw"}),
    "jpeg-tiff": ("image/tiff", "TIFF", {"compression": "jpeg"}),
    "raw-tiff": ("image/tiff", "TIFF", {}),
    "big-tiff": ("image/tiff", "TIFF", {"big_tiff": True, "compression": "tiff_lzw"}),
    "heic": ("image/heic", "HEIF", {"quality": 80}),
    "pdf": ("application/pdf", "PDF", {}),
}


def drawn(width: int = 320, height: int = 200, seed: int = 1) -> Image.Image:
    """Return a picture with strokes and some grain, so that no format shrinks it to nothing."""
    chance = random.Random(seed)
    image = Image.frombytes(
        "RGB", (width, height), bytes(chance.randrange(225, 256) for _ in range(3 * width * height))
    )
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        points = [(chance.randrange(width), chance.randrange(height)) for _ in range(4)]
        pen.line(points, fill=(20, 20, chance.randrange(120)), width=3)
    return image


def encoded(name: str, image: Image.Image | None = None, **options: object) -> bytes:
    """Return ``image`` (default: a drawn one) as a file of the format ``name``."""
    _, pillow_format, settings = FORMATS[name]
    buffer = io.BytesIO()
    (image or drawn()).save(buffer, pillow_format, **settings, **options)
    return buffer.getvalue()


def built_pdf(
    *pages: tuple[str, str], content: bytes = b"", objects: tuple[bytes, ...] = (), trailer: str = ""
) -> bytes:
    """Return a hand-written PDF; each page is (entries of its dictionary, content stream).

    ``objects`` are numbered from 3 + 2 * pages on; object 3 is Helvetica as /F1.
    """
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, (entries, stream) in enumerate(pages):
        packed = zlib.compress(stream.encode("latin-1") + content)
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * index} 0 R "
            f"{entries} >>".encode()
        )
        bodies.append(f"<< /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream")
    bodies.extend(objects)
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out += f"trailer << /Size {len(bodies) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


@pytest.fixture(scope="session")
def draw() -> Callable[..., Image.Image]:
    return drawn


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    return encoded


@pytest.fixture(scope="session")
def build_pdf() -> Callable[..., bytes]:
    return built_pdf


@pytest.fixture(scope="session")
def whole_files() -> dict[str, tuple[str, bytes]]:
    """Media type and bytes of one whole file of each format, by name."""
    return {name: (media_type, encoded(name)) for name, (media_type, _, _) in FORMATS.items()}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared
