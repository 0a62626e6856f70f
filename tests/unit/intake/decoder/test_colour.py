"""Colours, depths and transparency of real files: what a good viewer shows is what is read."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.decoder.decoder import Decoder

SIDE = 48

Colour = tuple[int, int, int]


def saved(image: Image.Image, pillow_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


def flat(mode: str, *values: int) -> Image.Image:
    return Image.new(mode, (SIDE, SIDE), values if len(values) > 1 else values[0])


def shown(decoder: Decoder, folder: Path, data: bytes) -> Colour:
    """Return the colour of a file that has one colour."""
    path = folder / "scan"
    path.write_bytes(data)
    decoder.inspect(path)
    pixels = decoder.pixels(path, 1).reshape(-1, 3)
    assert np.ptp(pixels, axis=0).max() <= 2
    red, green, blue = np.median(pixels, axis=0)
    return int(red), int(green), int(blue)


# ------------------------------------------------------------------------------------- PNG and TIFF of any kind, by hand


def png(depth: int, kind: int, row: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    header = struct.pack(">IIBBBBB", SIDE, SIDE, depth, kind, 0, 0, 0)
    between = b"".join(chunk(*pair) for pair in chunks)
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + row) * SIDE))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + pixels + chunk(b"IEND", b"")


def tiff(
    bits: int,
    photometric: int,
    pixel: bytes,
    *,
    bands: int = 1,
    order: str = "<",
    packed: bool = False,
    pixels_at_once: int = 1,
    **more: int,
) -> bytes:
    """Return a TIFF of one strip, all pixels the same; ``more`` are further tags of one number, as t338=2."""
    data = pixel * (SIDE * SIDE // pixels_at_once)
    data = zlib.compress(data) if packed else data
    tags: dict[int, list[int]] = {
        256: [SIDE],
        257: [SIDE],
        258: [bits] * bands,
        259: [8 if packed else 1],
        262: [photometric],
        277: [bands],
        278: [SIDE],
        **{int(name[1:]): [value] for name, value in more.items()},
    }
    start = 8 + 2 + 12 * (len(tags) + 2) + 4
    long_values = b""
    entries = []
    for tag, values in tags.items():
        raw = struct.pack(f"{order}{len(values)}H", *values)
        if len(raw) > 4:
            raw, long_values = struct.pack(order + "I", start + len(long_values)), long_values + raw
        entries.append(struct.pack(order + "HHI", tag, 3, len(values)) + raw.ljust(4, b"\0"))
    entries.append(struct.pack(order + "HHII", 273, 4, 1, start + len(long_values)))
    entries.append(struct.pack(order + "HHII", 279, 4, 1, len(data)))
    entries.sort(key=lambda entry: struct.unpack(order + "H", entry[:2]))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return head + b"".join(entries) + bytes(4) + long_values + data


def deep(order: str, *values: int) -> bytes:
    return struct.pack(f"{order}{len(values)}H", *values)


GREY, RGB, CMYK, YCBCR, LAB = 1, 2, 5, 6, 8
DEEP_TIFFS = {
    f"{name}, {order}, {'deflated' if packed else 'raw'}": (
        tiff(16, kind, deep(order, *values), bands=len(values), order=order, packed=packed, **more),
        expected,
    )
    for order, packed in itertools.product("<>", (False, True))
    for name, kind, values, more, expected in (
        ("grey", GREY, (40000,), {}, (156,) * 3),
        ("RGB", RGB, (40000, 20000, 65535), {}, (156, 78, 255)),
        ("RGB and alpha", RGB, (65535, 0, 0, 0x8000), {"t338": 2}, (255, 127, 127)),
        ("RGB and something", RGB, (65535, 0, 0, 0x8000), {"t338": 0}, (255, 0, 0)),
        ("CMYK", CMYK, (65535, 0, 0, 0), {}, (0, 255, 255)),
    )
}


@pytest.mark.parametrize("name", DEEP_TIFFS)
def test_sixteen_bits_in_a_tiff(decoder: Decoder, tmp_path: Path, name: str) -> None:
    data, expected = DEEP_TIFFS[name]
    assert shown(decoder, tmp_path, data) == pytest.approx(expected, abs=1)


def test_sixteen_bits_in_a_png(decoder: Decoder, tmp_path: Path) -> None:
    clear = (b"tRNS", deep(">", 40000))
    for data, expected in (
        (png(16, 0, deep(">", 40000) * SIDE), (156,) * 3),
        (png(16, 0, deep(">", 255) * SIDE), (0,) * 3),
        (png(16, 0, deep(">", 40000) * SIDE, clear), (255,) * 3),
        (png(16, 0, deep(">", 39999) * SIDE, clear), (156,) * 3),
        (png(16, 2, deep(">", 40000, 20000, 65535) * SIDE), (156, 78, 255)),
        (png(16, 4, deep(">", 40000, 65535) * SIDE), (156,) * 3),
        (png(16, 4, deep(">", 0, 0x8000) * SIDE), (127,) * 3),
        (png(16, 6, deep(">", 65535, 0, 0, 0x8000) * SIDE), (255, 127, 127)),
    ):
        assert shown(decoder, tmp_path, data) == pytest.approx(expected, abs=1)


def test_twelve_bits_and_greys_that_begin_at_white(decoder: Decoder, tmp_path: Path) -> None:
    for data, expected in (
        (tiff(12, GREY, b"\x80\x08\x00", pixels_at_once=2), 128),
        (tiff(16, 0, deep("<", 40000)), 255 - 156),
        (tiff(16, 0, deep("<", 40000), packed=True), 255 - 156),
        (tiff(8, 0, b"\x32"), 255 - 50),
        (tiff(4, 0, b"\x33", pixels_at_once=2), 255 - 51),
        (tiff(1, 0, b"\0", pixels_at_once=8), 255),
        (tiff(1, 0, b"\xff", pixels_at_once=8), 0),
        (tiff(1, GREY, b"\0", pixels_at_once=8), 0),
    ):
        assert shown(decoder, tmp_path, data) == (expected,) * 3


def test_other_colours_in_a_tiff(decoder: Decoder, tmp_path: Path) -> None:
    for data, expected in (
        (tiff(8, CMYK, bytes((255, 0, 0, 0)), bands=4), (0, 255, 255)),
        (tiff(8, LAB, struct.pack("Bbb", 128, 40, -40), bands=3), (159, 93, 189)),  # L* 50
        (saved(flat("YCbCr", 128, 90, 200), "TIFF"), (228, 89, 60)),
        (tiff(8, GREY, bytes((0, 128)), bands=2, t338=2), (127,) * 3),
        (tiff(8, GREY, bytes((0, 128)), bands=2, t338=1), (127,) * 3),
        (tiff(8, GREY, bytes((0, 128)), bands=2, t338=0), (0,) * 3),
        (tiff(8, RGB, bytes((128, 0, 0, 128)), bands=4, t338=1), (255, 127, 127)),
        (tiff(8, RGB, bytes((255, 0, 0, 128)), bands=4, t338=2), (255, 127, 127)),
        (tiff(8, RGB, bytes((255, 0, 0, 128)), bands=4, t338=0), (255, 0, 0)),
    ):
        assert shown(decoder, tmp_path, data) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tiff(32, GREY, struct.pack("<f", 0.5), t339=3), "floating-point"),
        (tiff(32, GREY, struct.pack("<I", 4_000_000_000)), "32-bit or signed grey"),
        (tiff(32, GREY, struct.pack("<I", 40_000)), "32-bit or signed grey"),
        (tiff(16, GREY, struct.pack("<h", -20_000), t339=2), "32-bit or signed grey"),
        (tiff(8, RGB, bytes(7), bands=7), "7 bands of 8 bits"),
        (tiff(16, GREY, bytes(4), bands=2, t338=2), "2 bands of 16 bits"),
        (tiff(16, 0, bytes(2), order=">"), "1 band of 16 bits"),
        (tiff(64, GREY, struct.pack("<d", 0.5), t339=3), "1 band of 64 bits"),
        (tiff(32, RGB, struct.pack("<fff", 0.5, 0.5, 0.5), bands=3, t339=3), "3 bands of 32 bits"),
        (tiff(8, 9, bytes(3), bands=3), "3 bands of 8 bits"),
    ],
)
def test_pixels_that_mean_nothing_to_us_are_refused_by_name(
    decoder: Decoder, tmp_path: Path, data: bytes, said: str
) -> None:
    with pytest.raises(UnreadableScan, match=said) as caught:
        shown(decoder, tmp_path, data)
    assert "object at" not in str(caught.value)


# ------------------------------------------------------------------------------------------------------------- profiles

SRGB_XYZ = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
P3_XYZ = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Red, green and blue of both at D50, from their ICC profiles."""


def profile(space: bytes, gamma: float, primaries: tuple[tuple[float, float, float], ...] = ()) -> bytes:
    """Return an ICC profile (ICC.1:2001-04) of one gamma and, unless it is for greys, three primaries."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Test\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags = {b"desc": name, b"wtpt": xyz(0.9642, 1, 0.8249), b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    if primaries:
        for letter, values in zip(b"rgb", primaries, strict=True):
            tags[bytes([letter]) + b"XYZ"], tags[bytes([letter]) + b"TRC"] = xyz(*values), curve
    else:
        tags[b"kTRC"] = curve
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += padded
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


P3 = profile(b"RGB ", 2.2, P3_XYZ)
GREY_18 = profile(b"GRAY", 1.8)


def in_srgb(colour: Colour, primaries: tuple[tuple[float, float, float], ...], gamma: float) -> Colour:
    """Reckon by the book, without any colour engine."""
    light = np.linalg.solve(np.array(SRGB_XYZ).T, np.array(primaries).T @ (np.array(colour) / 255) ** gamma).clip(0, 1)
    red, green, blue = map(encoded, light)
    return red, green, blue


def encoded(light: float) -> int:
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("colour", [(200, 80, 60), (30, 120, 200), (255, 255, 255), (128, 128, 128)])
@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "WEBP", "TIFF", "HEIF"])
def test_wide_colours_are_brought_to_srgb(decoder: Decoder, tmp_path: Path, pillow_format: str, colour: Colour) -> None:
    quality = {} if pillow_format in {"PNG", "TIFF"} else {"quality": 100}
    data = saved(flat("RGB", *colour), pillow_format, icc_profile=P3, **quality)
    expected = in_srgb(colour, P3_XYZ, 2.2)
    assert shown(decoder, tmp_path, data) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("value", [10, 60, 128, 200, 255])
def test_greys_with_a_profile_of_their_own(decoder: Decoder, tmp_path: Path, value: int) -> None:
    expected = encoded((value / 255) ** 1.8)
    for data in (
        saved(flat("L", value), "PNG", icc_profile=GREY_18),
        saved(flat("L", value), "JPEG", icc_profile=GREY_18, quality=100),
        saved(flat("LA", value, 255), "PNG", icc_profile=GREY_18),
        saved(Image.fromarray(np.full((SIDE, SIDE), value * 256, np.uint16)), "PNG", icc_profile=GREY_18),
    ):
        red, green, blue = shown(decoder, tmp_path, data)
        assert red == green == blue == pytest.approx(expected, abs=1)


def test_transparency_comes_after_the_colours(decoder: Decoder, tmp_path: Path) -> None:
    """Paper is white, not the white of a stranger's profile; half a colour is half of what it looks like."""
    red, green, blue = in_srgb((200, 80, 60), P3_XYZ, 2.2)
    half = tuple((255 + value) // 2 for value in (red, green, blue))
    assert shown(decoder, tmp_path, saved(flat("RGBA", 200, 80, 60, 128), "PNG", icc_profile=P3)) == pytest.approx(
        half, abs=2
    )
    grey = saved(flat("LA", 60, 128), "PNG", icc_profile=GREY_18)
    assert shown(decoder, tmp_path, grey)[0] == pytest.approx((255 + encoded((60 / 255) ** 1.8)) // 2, abs=1)
    clear = saved(flat("RGBA", 0, 0, 0, 0), "WEBP", icc_profile=P3, lossless=True, exact=True)
    assert shown(decoder, tmp_path, clear) == (255, 255, 255)


def test_a_palette_with_transparency_and_a_profile(decoder: Decoder, tmp_path: Path) -> None:
    image = flat("P", 1)
    image.putpalette([0, 0, 0, 200, 80, 60])
    expected = in_srgb((200, 80, 60), P3_XYZ, 2.2)
    assert shown(decoder, tmp_path, saved(image, "PNG")) == (200, 80, 60)
    assert shown(decoder, tmp_path, saved(image, "PNG", icc_profile=P3)) == pytest.approx(expected, abs=2)
    half = tuple((255 + value) // 2 for value in expected)
    data = saved(image, "PNG", icc_profile=P3, transparency=bytes((0, 128)))
    assert shown(decoder, tmp_path, data) == pytest.approx(half, abs=2)


def test_srgb_by_any_name_changes_nothing(decoder: Decoder, tmp_path: Path) -> None:
    ramp = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn) for turn in (0, 90, 180)])
    path = tmp_path / "scan"
    for named in (
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        (Path(pikepdf.__file__).parent / "pdfa" / "data" / "sRGB.icc").read_bytes(),
    ):
        path.write_bytes(saved(ramp, "PNG", icc_profile=named))
        decoder.inspect(path)
        assert (decoder.pixels(path, 1) == np.asarray(ramp)).all()


def test_a_profile_called_srgb_that_is_none_is_applied(decoder: Decoder, tmp_path: Path) -> None:
    data = saved(flat("RGB", 200, 80, 60), "PNG", icc_profile=P3.replace(b"Test\0", b"sRGB\0"))
    assert shown(decoder, tmp_path, data) == pytest.approx(in_srgb((200, 80, 60), P3_XYZ, 2.2), abs=2)


@pytest.mark.parametrize(
    "unfit", [b"no profile", P3[:200], GREY_18, P3[:128] + bytes(len(P3) - 128), P3.replace(b"RGB ", b"Lab ")]
)
def test_an_unfit_profile_counts_as_none(decoder: Decoder, tmp_path: Path, unfit: bytes) -> None:
    for image in (flat("RGB", 9, 8, 7), flat("RGBA", 9, 8, 7, 255)):
        assert shown(decoder, tmp_path, saved(image, "PNG", icc_profile=unfit)) == (9, 8, 7)
    if unfit != GREY_18:
        assert shown(decoder, tmp_path, saved(flat("L", 9), "PNG", icc_profile=unfit)) == (9, 9, 9)
    assert shown(decoder, tmp_path, saved(flat("L", 9), "PNG", icc_profile=P3)) == (9, 9, 9)


def test_inks_with_and_without_a_profile(decoder: Decoder, tmp_path: Path) -> None:
    """Pillow writes a CMYK JPEG as Adobe does: with its marker, and inks turned round."""
    cyan = flat("CMYK", 255, 0, 0, 0)
    inks = ink_profile()
    for pillow_format in ("JPEG", "TIFF"):
        quality = {"quality": 100} if pillow_format == "JPEG" else {}
        plain = saved(cyan, pillow_format, **quality)
        assert pillow_format == "TIFF" or b"Adobe" in plain
        assert shown(decoder, tmp_path, plain) == pytest.approx((0, 255, 255), abs=2)
        profiled = saved(cyan, pillow_format, icc_profile=inks, **quality)
        assert shown(decoder, tmp_path, profiled) == pytest.approx((119, 119, 119), abs=4)  # L* 50


def ink_profile() -> bytes:
    """Return an ICC profile for CMYK by which all but paper and black is a grey of L* 50 (lut8Type, 2 points a side)."""
    lightness = {(0, 0, 0, 0): 255, (1, 1, 1, 1): 0}
    grid = b"".join(bytes((lightness.get(inks, 128), 128, 128)) for inks in itertools.product((0, 1), repeat=4))
    ramp = bytes(range(256))
    one = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + one + ramp * 4 + grid + ramp * 3
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Inks\0" + bytes(4 + 4 + 2 + 1 + 67)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": name, b"wtpt": white, b"cprt": b"text\0\0\0\0none\0\0\0\0", b"A2B0": table}
    entries, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        entries += tag + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + entries + body


# ---------------------------------------------------------------------------------------------------------- several at once


@pytest.mark.parametrize("pillow_format", ["PNG", "WEBP"])
def test_a_moving_picture_gives_its_first_frame(decoder: Decoder, tmp_path: Path, pillow_format: str) -> None:
    frames = [flat("RGB", *colour) for colour in ((200, 80, 60), (0, 255, 0), (0, 0, 255))]
    data = saved(frames[0], pillow_format, save_all=True, append_images=frames[1:], lossless=True, icc_profile=P3)
    assert shown(decoder, tmp_path, data) == pytest.approx(in_srgb((200, 80, 60), P3_XYZ, 2.2), abs=2)
    assert decoder.inspect(tmp_path / "scan").warnings == ("the first of 3 frames is taken, the others are left out",)


def test_a_gif_is_refused_by_name(decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(UnreadableScan, match="image/gif"):
        shown(decoder, tmp_path, saved(flat("RGB", 1, 2, 3), "GIF"))


def test_a_large_picture_is_the_same_all_over(decoder: Decoder, tmp_path: Path) -> None:
    """It is converted a strip at a time, and nothing of that shows."""
    side = 1300
    alpha = Image.linear_gradient("L").resize((side, side))
    image = Image.merge("RGBA", [Image.new("L", (side, side), value) for value in (10, 90, 170)] + [alpha])
    path = tmp_path / "scan"
    path.write_bytes(saved(image, "PNG", compress_level=1))
    decoder.inspect(path)
    paper = Image.new("RGB", (side, side), "white")
    paper.paste(image, mask=alpha)
    assert (decoder.pixels(path, 1) == np.asarray(paper)).all()
