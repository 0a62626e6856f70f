"""What a file is, told from its first bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.intake.media_type import HEAD_BYTES, MEDIA_TYPES, is_beginning, sniff_media_type

Whole = dict[str, tuple[str, bytes]]


def test_every_type_that_is_taken_in_is_told(whole_files: Whole) -> None:
    for name, (media_type, data) in whole_files.items():
        assert sniff_media_type(data[:HEAD_BYTES]) == media_type, name
        assert media_type in MEDIA_TYPES


@pytest.mark.parametrize(
    ("brands", "media_type"),
    [
        (b"heic\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1heic", "image/heic"),
        (b"heix\0\0\0\0mif1heix", "image/heic"),
        (b"msf1\0\0\0\0msf1hevc", "image/heic"),
        (b"mif1\0\0\0\0mif1miaf", "image/heif"),
        (b"avif\0\0\0\0mif1avif", "image/avif"),
        (b"mif1\0\0\0\0avifmiaf", "image/avif"),
        (b"mp42\0\0\0\0isommp42", "video/mp4"),
        (b"qt  \0\0\0\0qt  ", "video/quicktime"),
    ],
)
def test_brands_tell_pictures_from_films(brands: bytes, media_type: str) -> None:
    assert sniff_media_type(struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands) == media_type


def test_a_pdf_may_begin_late() -> None:
    assert sniff_media_type(b"junk" * 50 + b"%PDF-1.4") == "application/pdf"
    assert sniff_media_type(b"junk" * 300 + b"%PDF-1.4") is None


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"GIF89a", "image/gif"),
        (b"BM\x40\0\0\0\0\0\0\0\x36", "image/bmp"),
        (b"BMW is not a picture", None),
        (b"RIFF\x20\0\0\0WAVE", "audio/wav"),
        (b"RIFF\x20\0\0\0CDXA", None),
        (b"\xef\xbb\xbf <?xml version='1.0'?><SVG>", "image/svg+xml"),
        (b"<?xml version='1.0'?><note/>", None),
        (b"<!DOCTYPE HTML>", "text/html"),
        (b"Dear diary", None),
        (b"", None),
    ],
)
def test_other_types_are_told_too(head: bytes, media_type: str | None) -> None:
    assert sniff_media_type(head) == media_type


def test_the_first_bytes_of_a_file_may_become_one_of_ours(whole_files: Whole) -> None:
    for name, (_, data) in whole_files.items():
        for length in range(1, 12):
            head = data[:length]
            assert is_beginning(head) or sniff_media_type(head) in MEDIA_TYPES or not any(head), (name, length)
    for other in (b"Dear diary", b"PK\x03", b"\0\0\0\x20moov", b"RIFX\0\0"):
        assert not is_beginning(other)


@given(st.binary(max_size=64))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    assert sniff_media_type(head) is None or "/" in str(sniff_media_type(head))
    assert is_beginning(head) in {True, False}
