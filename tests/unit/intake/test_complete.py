"""Whether a file is whole, told from its bytes alone."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.complete import IncompleteFile, check_whole, structure_problem
from notesyncd.intake.media_type import sniff_media_type

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
# Zeros at the end of pixels that are not compressed are black, or fax white: nobody can tell them from a hole.
COMPRESSED = [name for name in NAMES if name != "raw-tiff"]

Whole = dict[str, tuple[str, bytes]]


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_file_is_whole(whole_files: Whole, name: str) -> None:
    media_type, data = whole_files[name]
    assert check_whole(data) == media_type


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99, 0.999])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_cut_off_is_incomplete(whole_files: Whole, name: str, share: float) -> None:
    _, data = whole_files[name]
    with pytest.raises(IncompleteFile):
        check_whole(data[: int(len(data) * share)])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.995])
@pytest.mark.parametrize("name", COMPRESSED)
def test_a_file_whose_tail_is_zeros_is_incomplete(whole_files: Whole, name: str, share: float) -> None:
    _, data = whole_files[name]
    kept = int(len(data) * share)
    with pytest.raises(IncompleteFile):
        check_whole(data[:kept] + bytes(len(data) - kept))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([name for name in NAMES if name != "pdf"]), share=st.floats(0, 1, exclude_max=True))
def test_no_cut_is_taken_for_an_end(whole_files: Whole, name: str, share: float) -> None:
    _, data = whole_files[name]
    with pytest.raises(IncompleteFile):
        check_whole(data[: int(len(data) * share)])


@settings(max_examples=150)
@given(
    head=st.sampled_from(
        [
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x20\0\0\0WEBP",
            b"II*\0",
            b"MM\0+",
            b"\0\0\0\x18ftypheic",
            b"%PDF-1.7",
        ]
    ),
    rest=st.binary(max_size=400),
)
def test_no_bytes_make_it_stumble(head: bytes, rest: bytes) -> None:
    media_type = sniff_media_type(head + rest)
    assert media_type is not None
    try:
        problem = structure_problem(head + rest, media_type)
    except UnreadableScan:
        return
    assert problem is None or problem.startswith("the ")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_bytes_of_a_file_are_no_other_kind_of_file(whole_files: Whole, name: str) -> None:
    for length in range(1, 40):
        with pytest.raises(IncompleteFile):
            check_whole(whole_files[name][1][:length])


def test_nothing_is_incomplete() -> None:
    with pytest.raises(IncompleteFile, match="empty"):
        check_whole(b"")
    with pytest.raises(IncompleteFile, match="zeros"):
        check_whole(bytes(5000))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a picture at all, really", "whatever its name says"),
        (b"short", "whatever its name says"),
        (b"GIF89a" + bytes(range(50)), "image/gif"),
        (b"BM" + b"\x40\0\0\0" + bytes(4) + b"\x36\0\0\0" + bytes(range(40)), "image/bmp"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif" + bytes(range(40)), "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmiaf" + bytes(range(40)), "image/avif"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(range(40)), "video/quicktime"),
        (b"PK\x03\x04" + bytes(range(40)), "application/zip"),
        (b"RIFF\x20\0\0\0WAVE" + bytes(range(40)), "audio/wav"),
    ],
)
def test_other_kinds_are_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableScan, match=said):
        check_whole(data)


def test_a_hole_in_a_png_breaks_a_checksum(whole_files: Whole) -> None:
    data = bytearray(whole_files["png"][1])
    data[3000:7096] = bytes(4096)
    with pytest.raises(IncompleteFile, match="checksum"):
        check_whole(bytes(data))


def test_what_phones_append_to_a_jpeg_does_not_matter(encode: Callable[..., bytes]) -> None:
    data = encode("jpeg")
    for appended in (bytes(300), b"SEFH" + bytes(range(200)) + b"SEFT", b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 9):
        assert structure_problem(data + appended, "image/jpeg") is None
    assert structure_problem(data + bytes(512), "image/jpeg")


def test_a_thumbnail_inside_a_jpeg_is_not_its_end(encode: Callable[..., bytes]) -> None:
    data = encode("jpeg")
    thumbnail = b"Exif\0\0" + encode("jpeg", Image.new("RGB", (16, 16)))
    held = data[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + data[2:]
    assert structure_problem(held, "image/jpeg") is None
    assert structure_problem(held[:-2], "image/jpeg")


def test_a_heic_cut_off_between_two_boxes_is_incomplete(encode: Callable[..., bytes]) -> None:
    data = encode("heic")
    at = 0
    while (at := at + int.from_bytes(data[at : at + 4])) < len(data):
        assert structure_problem(data[:at], "image/heic") == "the HEIC has no picture (yet)"


def test_free_room_at_the_end_of_a_heic_may_be_zeros(encode: Callable[..., bytes]) -> None:
    data = encode("heic")
    assert structure_problem(data + struct.pack(">I4s", 208, b"free") + bytes(200), "image/heic") is None


def test_fax_white_at_the_end_of_a_tiff_is_no_hole() -> None:
    buffer = io.BytesIO()
    Image.new("1", (800, 600), 0).save(buffer, "TIFF")
    assert structure_problem(buffer.getvalue(), "image/tiff") is None


def test_a_loop_of_tiff_directories_is_refused() -> None:
    data = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 3, 1, 16, 8) + bytes(20)
    with pytest.raises(UnreadableScan, match="loop"):
        structure_problem(data, "image/tiff")


def test_the_first_part_of_a_pdf_made_for_the_web_is_not_all_of_it(build_pdf: Callable[..., bytes]) -> None:
    whole = build_pdf(("/MediaBox [0 0 200 200]", ""))
    marked = whole.replace(b"<< /Type /Catalog", b"<< /Linearized 1 /L 90000 /Type /Catalog")
    assert structure_problem(marked, "application/pdf") == f"the PDF has {len(marked)} of its 90000 bytes"
    assert structure_problem(whole, "application/pdf") is None


# --------------------------------------------------------------------------------------- attacks on the reader's patience


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def shared_strips(directories: int, strips: int) -> bytes:
    """Return a TIFF whose directories all name the same long list of strips."""
    size = 2 + 3 * 12 + 4
    lists = 8 + directories * size
    data = struct.pack("<4sI", b"II*\0", 8)
    for number in range(1, directories + 1):
        width, *ends = (256, 3, 1, 9), (273, 4, strips, lists), (279, 4, strips, lists)
        entries = b"".join(struct.pack("<HHII", *entry) for entry in (width, *ends))
        data += struct.pack("<H", 3) + entries + struct.pack("<I", 8 + number * size if number < directories else 0)
    return data + struct.pack("<I", 1) * strips


def attack_on_jpeg(part: bytes, times: int) -> Callable[[Callable[..., bytes]], bytes]:
    return lambda encode: encode("jpeg")[:2] + part * times + encode("jpeg")[2:]


ATTACKS: dict[str, tuple[Callable[[Callable[..., bytes]], bytes], str]] = {
    "jpeg of filling bytes": (attack_on_jpeg(b"\xff", 40 << 20), "filling bytes"),
    "jpeg of tiny segments": (attack_on_jpeg(b"\xff\xfe\0\2", 3_000_000), "too many parts"),
    "jpeg of many passes": (attack_on_jpeg(b"\xff\xda\0\2", 501), "too many passes"),
    "png of tiny chunks": (
        lambda encode: encode("png")[:33] + chunk(b"tEXt") * 3_000_000 + encode("png")[33:],
        "too many parts",
    ),
    "heic of tiny boxes": (lambda encode: encode("heic") + b"\0\0\0\x08free" * 3_000_000, "too many parts"),
    "tiff of shared strips": (lambda _: shared_strips(200, 2_000_000), "too many pieces"),
    "tiff of many entries": (
        lambda _: (
            struct.pack("<4sQQQ", b"II+\0", 8, 16, 3_000_000)[:4]
            + struct.pack("<HHQQ", 8, 0, 16, 3_000_000)
            + bytes(60_000_008)
        ),
        "too many pieces",
    ),
    "tiff of many directories": (
        lambda _: (
            struct.pack("<4sI", b"II*\0", 8)
            + b"".join(struct.pack("<HHHIII", 1, 256, 3, 1, 9, 8 + 18 * number) for number in range(1, 10_002))
        ),
        "too many",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_within_seconds(encode: Callable[..., bytes], name: str) -> None:
    make, said = ATTACKS[name]
    data = make(encode)
    begun = time.process_time()
    with pytest.raises(UnreadableScan, match=said):
        check_whole(data)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\xff" * (40 << 20),
        b"\xff\xd8\xff" + b"\xff\0" * (20 << 20),
        struct.pack("<4sHHQQ", b"II+\0", 8, 0, 16, 4 << 30) + b"\1" * (20 << 20),
        b"%PDF-1.4 /Linearized " + b"/L " * (10 << 20),
        b"RIFF" + struct.pack("<I", (40 << 20) + 100) + b"WEBP" + b"\1" * (40 << 20),
    ],
    ids=["filling bytes", "stuffed bytes", "4 billion entries", "lengths", "webp"],
)
def test_an_endless_file_is_found_cut_off_within_seconds(data: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(IncompleteFile):
        check_whole(data)
    assert time.process_time() - begun < 5


def test_what_the_limits_let_pass(encode: Callable[..., bytes]) -> None:
    """A few filling bytes, many comments, a photo with dozens of passes: odd, but whole."""
    jpeg, png = encode("jpeg"), encode("png")
    assert structure_problem(jpeg[:2] + b"\xff" * 60_000 + jpeg[2:], "image/jpeg") is None
    assert structure_problem(jpeg[:2] + b"\xff\xfe\0\2" * 10_000 + jpeg[2:], "image/jpeg") is None
    assert structure_problem(png[:33] + chunk(b"tEXt") * 10_000 + png[33:], "image/png") is None
    assert structure_problem(shared_strips(20, 20_000), "image/tiff") is None
