"""Odd but sound files: rare depths and colours, animations, broken side blocks. Each bears a mark that must be read."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
import pillow_heif
from PIL import ExifTags, Image

from notesyncd.testing.pages import render_marked_page
from tests.hostile.cases import Case, Outcome, holding, sound, warned
from tests.hostile.pictures import chunk, encoded, saved, segment

FRAMES = r"first of \d+ (frames|pictures)"


def odd(marks: Iterator[str]) -> Iterator[Case]:
    for name, make, *outcomes in _cases():
        mark = next(marks)
        yield Case(
            family="odd",
            name=name.encode(),
            put=holding(make(render_marked_page(mark).image)),
            outcomes=tuple(outcomes) or (sound(),),
            marks=(mark,),
        )


def _cases() -> Iterator[tuple]:
    yield "a jpeg named.png", lambda page: encoded("jpeg", page)
    yield "a png named.pdf", lambda page: encoded("png", page.convert("L"))
    yield "a pdf named.jpg", lambda page: encoded("pdf", page)
    yield "a heic named.tif", lambda page: encoded("heic", page)
    yield "a webp without a suffix", lambda page: encoded("webp", page)
    yield "16 bits of grey.png", lambda page: saved(Image.fromarray(_deep(page)), "PNG")
    yield "16 bits of grey.tif", lambda page: saved(Image.fromarray(_deep(page)), "TIFF")
    yield "2 colours.png", lambda page: saved(page.convert("1"), "PNG")
    yield "2 colours, fax.tif", lambda page: saved(page.convert("1"), "TIFF", compression="group4")
    yield "16 colours.png", lambda page: saved(page.quantize(16), "PNG", bits=4)
    yield "cmyk.jpg", lambda page: saved(page.convert("CMYK"), "JPEG", quality=85)
    yield "cmyk.tif", lambda page: saved(page.convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield "grey.jpg", lambda page: saved(page.convert("L"), "JPEG")
    yield "lab.tif", _lab
    yield "see-through paper.png", lambda page: saved(_ink_alone(page), "PNG")
    yield "see-through paper.webp", lambda page: saved(_ink_alone(page), "WEBP", lossless=True, exact=True)
    yield "animation.webp", lambda page: _animated(page, "WEBP", lossless=True), warned(FRAMES)
    yield "animation.png", lambda page: _animated(page, "PNG"), warned(FRAMES)
    yield "two pictures.heic", _two_pictures, warned(FRAMES)
    yield "two pictures.mpo", lambda page: saved(page, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    yield "tiled.tif", _deflated
    yield "turned on its side.jpg", lambda page: _turned(page, 6)
    yield "turned and mirrored.jpg", lambda page: _turned(page, 7)
    yield "turned by a number that is none.jpg", lambda page: _turned(page, 99)
    noisy: tuple[Outcome, ...] = sound(), warned("EXIF")
    yield "exif of noise.jpg", lambda page: _with_exif(page, b"II*\0" + bytes(range(256)) * 8), *noisy
    yield "exif in a loop.jpg", lambda page: _with_exif(page, _exif_loop()), *noisy
    yield "exif that ends early.jpg", lambda page: _with_exif(page, b"MM\0*\0\0\0\x08\0\x99"), *noisy
    yield "exif beyond the end.jpg", lambda page: _with_exif(page, b"II*\0\xff\xff\xff\x7f"), *noisy
    yield "exif of nonsense dates.jpg", lambda page: encoded("jpeg", page, exif=_nonsense())
    yield (
        "exif of noise.png",
        lambda page: _inserted(encoded("png", page.convert("L")), chunk(b"eXIf", bytes(range(200)))),
        *noisy,
    )
    yield "exif of noise.webp", lambda page: encoded("webp", page, exif=b"Exif\0\0" + bytes(range(200))), *noisy
    yield "xmp that multiplies.jpg", lambda page: encoded("jpeg", page, xmp=_laughs())
    yield "profile of noise.jpg", lambda page: encoded("jpeg", page, icc_profile=bytes(range(256)) * 9)
    yield "profile of noise.png", lambda page: encoded("png", page.convert("L"), icc_profile=b"\0" * 500)
    yield "profile of another kind.jpg", lambda page: saved(page.convert("L"), "JPEG", icc_profile=_srgb())
    yield "zeros behind the end.jpg", lambda page: encoded("jpeg", page) + bytes(300)
    yield (
        "a film behind the end.jpg",
        lambda page: encoded("jpeg", page) + b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 99,
    )
    yield "a zip behind the end.png", lambda page: encoded("png", page.convert("L")) + b"PK\x03\x04" + bytes(900)
    yield "a virus test in a comment.jpg", _commented
    yield "a thumbnail of its own.jpg", _thumbnailed


def _deep(page: Image.Image) -> np.ndarray:
    return np.asarray(page.convert("L")).astype(np.uint16) * 257


def _ink_alone(page: Image.Image) -> Image.Image:
    """Return black ink on black paper that is see-through: flattened without care it is all black."""
    alpha = page.convert("L").point(lambda value: 255 - value)
    return Image.merge("RGBA", (*Image.new("RGB", page.size).split(), alpha))


def _lab(page: Image.Image) -> bytes:
    from PIL import ImageCms

    lab = ImageCms.profileToProfile(
        page, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    return saved(lab, "TIFF")


def _animated(page: Image.Image, pillow_format: str, **options: object) -> bytes:
    others = [Image.new("RGB", page.size, colour) for colour in ("red", "blue")]
    return saved(page, pillow_format, save_all=True, append_images=others, **options)


def _two_pictures(page: Image.Image) -> bytes:
    heif = pillow_heif.from_pillow(page)
    heif.add_from_pillow(Image.new("RGB", (64, 48), "red"))
    buffer = io.BytesIO()
    heif.save(buffer, quality=80)
    return buffer.getvalue()


def _deflated(page: Image.Image) -> bytes:
    return saved(page.convert("L"), "TIFF", compression="tiff_adobe_deflate", tiffinfo={278: 7})


def _turned(page: Image.Image, orientation: int) -> bytes:
    """Return the page so stored that it stands upright once ``orientation`` is obeyed."""
    back = {6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE}.get(orientation)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded("jpeg", page.transpose(back) if back is not None else page, exif=exif)


def _with_exif(page: Image.Image, body: bytes) -> bytes:
    return _inserted_segment(encoded("jpeg", page), segment(0xE1, b"Exif\0\0" + body))


def _inserted_segment(jpeg: bytes, part: bytes) -> bytes:
    return jpeg[:2] + part + jpeg[2:]


def _inserted(png: bytes, part: bytes) -> bytes:
    return png[:33] + part + png[33:]


def _exif_loop() -> bytes:
    """Both sub-directories and the next one are the first one again."""
    entries = ((0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8))
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + body + struct.pack("<I", 8)


def _nonsense() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A\u202ec\x07me\n---\ntags: [evil]" * 40
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "9999:99:99 99:99:99"
    details[ExifTags.Base.OffsetTimeOriginal] = "+99:99"
    details[ExifTags.Base.BodySerialNumber] = "[[link]] <script>"
    return exif


def _laughs() -> bytes:
    entities = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    return f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY l0 'ha'>{entities}]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&l11;</x:xmpmeta>".encode()


def _srgb() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _commented(page: Image.Image) -> bytes:
    """The harmless file by which virus scanners are tried out, in two halves: the repository must stay clean."""
    sample = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    return _inserted_segment(encoded("jpeg", page), segment(0xFE, sample.encode()))


def _thumbnailed(page: Image.Image) -> bytes:
    thumbnail = encoded("jpeg", Image.new("RGB", (160, 120), "red"))
    return _with_exif(page, b"II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail)
