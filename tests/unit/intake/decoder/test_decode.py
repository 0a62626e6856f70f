"""Decoding pictures: every format to the pixels that its file stores."""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from notesyncd.domain.errors import TransientError, UnreadableScan
from notesyncd.hooks.pixels import Pixels
from notesyncd.intake.complete import IncompleteFile
from notesyncd.intake.decoder.decoder import Decoder

Whole = dict[str, tuple[str, bytes]]
NAMES = [
    "jpeg",
    "progressive",
    "png",
    "webp",
    "lossless-webp",
    "lzw-tiff",
    "jpeg-tiff",
    "raw-tiff",
    "big-tiff",
    "heic",
    "pdf",
]


def put(folder: Path, data: bytes, name: str = "scan") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def saved(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


def identifier(pixels: Pixels) -> str:
    height, width, _ = pixels.shape
    return hashlib.sha256(f"{width}x{height} RGB\n".encode() + pixels.tobytes()).hexdigest()


def only_pixel(decoder: Decoder, path: Path) -> list[int]:
    decoder.inspect(path)
    pixels = decoder.pixels(path, 1)
    assert (pixels == pixels[0, 0]).all()
    return [int(value) for value in pixels[0, 0]]


# -------------------------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize("name", NAMES)
def test_every_format_round_trips(decoder: Decoder, whole_files: Whole, tmp_path: Path, name: str) -> None:
    media_type, data = whole_files[name]
    path = put(tmp_path, data)
    decoded = decoder.inspect(path)
    assert decoded.digest == hashlib.sha256(data).hexdigest()
    assert (decoded.media_type, decoded.size_bytes) == (media_type, len(data))
    assert decoded.identity[1:] == (path.stat().st_ino, len(data), path.stat().st_mtime_ns)
    assert [page.number for page in decoded.pages] == [1]
    page = decoded.pages[0].page
    pixels = decoder.pixels(path, 1, page_id=page.id)
    assert pixels.shape == (page.height, page.width, 3)
    assert identifier(pixels) == page.id
    if name != "pdf":
        with Image.open(io.BytesIO(data)) as image:
            assert (pixels == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("name", ["png", "lossless-webp", "lzw-tiff", "raw-tiff", "big-tiff"])
def test_lossless_formats_give_the_very_pixels(
    decoder: Decoder, draw: Callable[..., Image.Image], whole_files: Whole, tmp_path: Path, name: str
) -> None:
    path = put(tmp_path, whole_files[name][1])
    decoder.inspect(path)
    assert (decoder.pixels(path, 1) == np.asarray(draw())).all()


def test_the_content_counts_not_the_suffix(decoder: Decoder, whole_files: Whole, tmp_path: Path) -> None:
    assert decoder.inspect(put(tmp_path, whole_files["jpeg"][1], "scan.png")).media_type == "image/jpeg"
    with pytest.raises(UnreadableScan, match="whatever its name says"):
        decoder.inspect(put(tmp_path, b"Dear diary, today I wrote by hand.", "scan.jpg"))


def test_other_formats_are_refused_by_name(decoder: Decoder, tmp_path: Path) -> None:
    for pillow_format in ("GIF", "BMP", "AVIF"):
        with pytest.raises(UnreadableScan, match=f"image/{pillow_format.lower()}"):
            decoder.inspect(put(tmp_path, saved(Image.new("RGB", (60, 60), "red"), pillow_format)))


def test_names_of_any_bytes(decoder: Decoder, whole_files: Whole, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9\n.png")
    try:
        path.write_bytes(whole_files["png"][1])
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    assert decoder.inspect(path).media_type == "image/png"


def test_all_pages_of_a_tiff_but_no_thumbnails(
    decoder: Decoder, draw: Callable[..., Image.Image], tmp_path: Path
) -> None:
    pages = [draw(200, 100, 1), draw(100, 150, 2).convert("L"), draw(120, 120, 3).convert("1")]
    frames = [page.convert(page.mode) for page in [pages[0], draw(20, 10, 1), *pages[1:]]]
    frames[1].encoderinfo = {"tiffinfo": {ExifTags.Base.NewSubfileType: 1}}
    path = put(tmp_path, saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw"))
    decoded = decoder.inspect(path)
    assert [(page.number, page.page.width, page.page.height) for page in decoded.pages] == [
        (1, 200, 100),
        (2, 100, 150),
        (3, 120, 120),
    ]
    for page, original in zip(decoded.pages, pages, strict=True):
        pixels = decoder.pixels(path, page.number, page_id=page.page.id)
        assert (pixels == np.asarray(original.convert("RGB"))).all()


def test_an_animation_gives_its_first_frame_and_a_warning(decoder: Decoder, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    for pillow_format in ("WEBP", "PNG"):
        data = saved(frames[0], pillow_format, save_all=True, append_images=frames[1:], lossless=True)
        path = put(tmp_path, data)
        decoded = decoder.inspect(path)
        assert len(decoded.pages) == 1
        assert decoded.warnings == ("the first of 3 frames is taken, the others are left out",)
        assert only_pixel(decoder, path) == [255, 0, 0]


def test_an_mpo_gives_its_first_picture(decoder: Decoder, whole_files: Whole, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(whole_files["jpeg"][1])) as first:
        data = saved(first, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))])
    decoded = decoder.inspect(put(tmp_path, data))
    assert [(page.page.width, page.page.height) for page in decoded.pages] == [(320, 200)]
    assert decoded.warnings == ()


# ------------------------------------------------------------------------------------------------------ colour and depth


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (40, 40), 77), [77, 77, 77]),
        (Image.new("1", (40, 40), 1), [255, 255, 255]),
        (Image.new("RGBA", (40, 40), (200, 0, 0, 0)), [255, 255, 255]),
        (Image.new("RGBA", (40, 40), (255, 0, 0, 51)), [255, 204, 204]),
        (Image.new("LA", (40, 40), (0, 0)), [255, 255, 255]),
        (Image.new("RGB", (40, 40), "teal").quantize(4), [0, 128, 128]),
        (Image.fromarray(np.full((40, 40), 40000, np.uint16)), [156, 156, 156]),
        (Image.fromarray(np.full((40, 40), 255, np.uint16)), [0, 0, 0]),
    ],
    ids=["grey", "bilevel", "transparent", "half transparent", "grey alpha", "palette", "16 bit", "dark 16 bit"],
)
def test_every_depth_becomes_rgb(decoder: Decoder, tmp_path: Path, image: Image.Image, expected: list[int]) -> None:
    assert only_pixel(decoder, put(tmp_path, saved(image, "PNG"))) == expected


def test_a_transparent_colour_is_paper(decoder: Decoder, tmp_path: Path) -> None:
    data = saved(Image.new("RGB", (40, 40), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert only_pixel(decoder, put(tmp_path, data)) == [255, 255, 255]
    palette = Image.new("RGB", (40, 40), "teal").quantize(4)
    assert only_pixel(decoder, put(tmp_path, saved(palette, "PNG", transparency=0))) == [255, 255, 255]


def test_sixteen_bits_of_either_byte_order(decoder: Decoder, tmp_path: Path) -> None:
    for mode, kind in (("I;16", "<u2"), ("I;16B", ">u2")):
        image = Image.frombytes(mode, (40, 40), np.full((40, 40), 40000, kind).tobytes())
        assert only_pixel(decoder, put(tmp_path, saved(image, "TIFF"))) == [156, 156, 156]


def test_cmyk_becomes_rgb(decoder: Decoder, tmp_path: Path) -> None:
    for pillow_format in ("JPEG", "TIFF"):
        red, green, blue = only_pixel(
            decoder, put(tmp_path, saved(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), pillow_format))
        )
        assert red > 200
        assert green < 60
        assert blue < 60


def test_an_embedded_profile_is_applied(decoder: Decoder, tmp_path: Path) -> None:
    """sRGB with red and green exchanged: what the file calls red is a green."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in (b"%sXYZ", b"%sTRC"):
        red, green = kind % b"r", kind % b"g"
        profile = profile.replace(red, b"????").replace(green, red).replace(b"????", green)
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    red, green, blue = only_pixel(
        decoder, put(tmp_path, saved(Image.new("RGB", (40, 40), (255, 0, 0)), "PNG", icc_profile=profile))
    )
    assert green > 250
    assert red < 5
    assert blue < 5


def test_a_broken_profile_is_none(decoder: Decoder, tmp_path: Path) -> None:
    for profile in (b"nonsense", b"\0" * 200):
        data = saved(Image.new("RGB", (40, 40), (9, 8, 7)), "PNG", icc_profile=profile)
        assert only_pixel(decoder, put(tmp_path, data)) == [9, 8, 7]


def test_floating_point_and_deep_integers_are_refused(decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(UnreadableScan, match="floating-point"):
        decoder.inspect(put(tmp_path, saved(Image.new("F", (40, 40), 0.5), "TIFF")))
    with pytest.raises(UnreadableScan, match="32-bit"):
        decoder.inspect(put(tmp_path, saved(Image.new("I", (40, 40), 1_000_000), "TIFF")))


# ----------------------------------------------------------------------------------------------------------------- EXIF


def exif(orientation: int = 1, **tags: object) -> Image.Exif:
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    for name, value in tags.items():
        tag = ExifTags.Base[name]
        (data if name in {"Make", "Model"} else data.get_ifd(ExifTags.IFD.Exif))[tag] = value
    return data


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_the_raster_is_stored_unturned(
    decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path, name: str
) -> None:
    page = decoder.inspect(put(tmp_path, encode(name, exif=exif(6)))).pages[0]
    assert (page.page.width, page.page.height, page.orientation) == (320, 200, 6)


@pytest.mark.parametrize("name", ["lzw-tiff", "heic"])
def test_what_the_decoder_turns_itself_needs_no_turning(
    decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path, name: str
) -> None:
    data = encode(name, exif=exif(6))
    page = decoder.inspect(put(tmp_path, data)).pages[0]
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (page.page.width, page.page.height, page.orientation) == (*image.size, 1)


def test_capture_time_and_camera(decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path) -> None:
    tags = exif(
        Make="Acme\0",
        Model=" Snap 7 ",
        BodySerialNumber="0042",
        DateTimeOriginal="2026:05:01 12:30:15",
        SubsecTimeOriginal="25",
        OffsetTimeOriginal="-03:30",
    )
    for name in ("jpeg", "png", "webp", "raw-tiff", "heic"):
        decoded = decoder.inspect(put(tmp_path, encode(name, exif=tags.tobytes())))
        zone = timezone(timedelta(hours=-3, minutes=-30))
        assert decoded.captured_at == datetime(2026, 5, 1, 12, 30, 15, 250_000, tzinfo=zone), name
        assert decoded.camera == "Acme Snap 7 0042", name


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"DateTimeOriginal": "2026:05:01 12:30:15"}, datetime(2026, 5, 1, 12, 30, 15)),
        ({"DateTimeOriginal": "2026:05:01 12:30:15", "OffsetTimeOriginal": "99:99"}, datetime(2026, 5, 1, 12, 30, 15)),
        ({"DateTimeOriginal": "0000:00:00 00:00:00"}, None),
        ({"DateTimeOriginal": "2026:02:31 00:00:00"}, None),
        ({"DateTimeOriginal": "0001:01:01 00:00:00"}, None),
        ({"DateTimeOriginal": "yesterday"}, None),
        ({}, None),
    ],
)
def test_odd_capture_times(
    decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path, tags: dict[str, str], expected: datetime | None
) -> None:
    decoded = decoder.inspect(put(tmp_path, encode("jpeg", exif=exif(**tags))))
    assert decoded.captured_at == expected
    assert decoded.captured_at is None or decoded.captured_at.tzinfo is None
    assert decoded.camera is None


def test_broken_exif_does_not_stop_a_picture(decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path) -> None:
    for junk in (
        b"Exif\0\0junk",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(99)),
    ):
        decoded = decoder.inspect(put(tmp_path, encode("jpeg", exif=junk)))
        assert decoded.captured_at is None
        assert decoded.pages[0].orientation == 1


def test_resolution_is_kept_where_it_is_meant(decoder: Decoder, encode: Callable[..., bytes], tmp_path: Path) -> None:
    assert decoder.inspect(put(tmp_path, encode("jpeg", dpi=(300, 300)))).pages[0].page.dpi == 300
    assert decoder.inspect(put(tmp_path, encode("jpeg", dpi=(72, 72)))).pages[0].page.dpi is None
    assert decoder.inspect(put(tmp_path, encode("png"))).pages[0].page.dpi is None


# --------------------------------------------------------------------------------------------------- damage and attacks


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_file_is_incomplete_not_unreadable(
    decoder: Decoder, whole_files: Whole, tmp_path: Path, name: str
) -> None:
    data = whole_files[name][1]
    for kept in (len(data) // 2, int(len(data) * 0.999)):
        with pytest.raises(IncompleteFile):
            decoder.inspect(put(tmp_path, data[:kept]))


def test_a_hole_that_the_structure_hides_is_found_by_decoding(
    decoder: Decoder, whole_files: Whole, tmp_path: Path
) -> None:
    data = bytearray(whole_files["lzw-tiff"][1])
    data[3000:7096] = bytes(4096)
    with pytest.raises(UnreadableScan, match=r"can't be decoded \(page 1\)"):
        decoder.inspect(put(tmp_path, bytes(data)))


def test_too_many_pixels_are_refused_before_decoding(decoder: Decoder, tmp_path: Path) -> None:
    """A few kilobytes that claim 169 million pixels."""
    width = height = 13_000
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert len(bomb) < 30_000
    with pytest.raises(UnreadableScan, match="too large"):
        decoder.inspect(put(tmp_path, bomb))


@pytest.mark.parametrize(("mode", "pillow_format"), [("RGB", "JPEG"), ("CMYK", "JPEG"), ("LA", "PNG")])
def test_the_largest_pictures_are_within_the_memory_that_is_given(
    decoder: Decoder, tmp_path: Path, mode: str, pillow_format: str
) -> None:
    """A few kilobytes that become 119 million pixels; transparency costs the most, 1.6 GB."""
    path = put(tmp_path, saved(Image.new(mode, (10_900, 10_900), "#c86432"), pillow_format))
    assert decoder.inspect(path).pages[0].page.width == 10_900


def test_a_text_bomb_is_refused(decoder: Decoder, tmp_path: Path, whole_files: Whole) -> None:
    data = whole_files["png"][1]
    body = b"Comment\0\0" + zlib.compress(bytes(50 << 20), 9)
    chunk = len(body).to_bytes(4) + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4)
    with pytest.raises(UnreadableScan, match="can't be opened"):
        decoder.inspect(put(tmp_path, data[:33] + chunk + data[33:]))


def test_a_file_that_is_not_there_is_transient(decoder: Decoder, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path / "no folder" / "missing.png"):
        with pytest.raises(TransientError, match="not there"):
            decoder.inspect(path)
        with pytest.raises(TransientError, match="not there"):
            decoder.pixels(path, 1)


def test_links_folders_and_pipes_are_refused(decoder: Decoder, whole_files: Whole, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(put(tmp_path, whole_files["png"][1]))
    os.mkfifo(tmp_path / "pipe.png")
    for name, said in (("link.png", "symbolic link"), ("pipe.png", "not a regular file"), (".", "not a regular file")):
        with pytest.raises(UnreadableScan, match=said):
            decoder.inspect(tmp_path / name)


def test_pixels_of_a_replaced_file_are_not_passed_off_as_the_old_ones(
    decoder: Decoder, encode: Callable[..., bytes], draw: Callable[..., Image.Image], tmp_path: Path
) -> None:
    path = put(tmp_path, encode("png"))
    page = decoder.inspect(path).pages[0].page
    with pytest.raises(IncompleteFile, match="has changed"):
        decoder.pixels(path, 1, page_id="0" * 64)
    path.unlink()
    put(tmp_path, encode("png", draw(seed=2)))
    with pytest.raises(IncompleteFile, match="has changed"):
        decoder.pixels(path, 1, page_id=page.id)
    with pytest.raises(IncompleteFile, match="no page 2"):
        decoder.pixels(path, 2)


def test_pixels_are_the_same_without_the_rasters_that_are_kept(
    decoder: Decoder, encode: Callable[..., bytes], draw: Callable[..., Image.Image], tmp_path: Path
) -> None:
    path, other = put(tmp_path, encode("jpeg")), put(tmp_path, encode("jpeg", draw(seed=2)), "other")
    page = decoder.inspect(path).pages[0].page
    kept = decoder.pixels(path, 1, page_id=page.id)
    decoder.inspect(other)
    assert (decoder.pixels(path, 1, page_id=page.id) == kept).all()
