"""Small pictures that ask for much memory or much time."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hostile.cases import Case, Outcome, holding, incomplete, sound, unreadable, warned
from tests.hostile.pictures import (
    PNG_HEAD,
    chunk,
    directory,
    drawn,
    encoded,
    flate_zeros,
    grey_rows,
    grey_tiff,
    header,
    joined,
    png,
    segment,
    segments,
)

TOO_LARGE = r"too (large|narrow|wide|long|many)|limit|memory|strip|more than"
BROKEN = r"damaged|broken|can't be (opened|decoded)"
PADDED = r"no end|zeros|never filled|beyond the file's end|of (its|at least)"


def bombs(seed: int) -> Iterator[Case]:
    yield from _png(seed)
    yield from _text(seed)
    yield from _tiff()
    yield from _many_parts(seed)
    yield from _sparse(seed)
    yield from _others(seed)


def _case(name: str, data: bytes | Callable[[Path], object], *outcomes: Outcome, heavy: bool = False) -> Case:
    put = holding(data) if isinstance(data, bytes) else data
    return Case(family="bomb", name=name.encode(), put=put, outcomes=outcomes, heavy=heavy)


def _png(seed: int) -> Iterator[Case]:
    small = chunk(b"IDAT", grey_rows(80, 60, 100 + seed % 50))
    refused = unreadable(TOO_LARGE)
    bilevel = chunk(b"IDAT", flate_zeros(13000 * 1626))
    yield _case("169 megapixels of 20 KB.png", png(header(13000, 13000, depth=1), bilevel), refused)
    # one million pixels below the limit, 16 bits of four colours each: 950 MB before anything is made of it
    deep = chunk(b"IDAT", flate_zeros(10900 * (10900 * 8 + 1)))
    yield _case(
        "118 megapixels of 64 bits.png",
        png(header(10900, 10900, depth=16, colour=6), deep),
        refused,
        sound(),
        heavy=True,
    )
    grey = chunk(b"IDAT", flate_zeros(10900 * 10901))
    yield _case("118 megapixels of grey.png", png(header(10900, 10900), grey), refused, sound(), heavy=True)
    woven = chunk(b"IDAT", flate_zeros(6000 * 6008))
    yield _case(
        "36 megapixels, interlaced.png",
        png(header(6000, 6000, interlace=1), woven),
        refused,
        sound(),
        unreadable(BROKEN),
    )
    line = chunk(b"IDAT", flate_zeros(12_500_001))
    yield _case(
        "a line of 100 million pixels.png", png(header(100_000_000, 1, depth=1), line), refused, sound(), heavy=True
    )
    column = chunk(b"IDAT", flate_zeros(2 * 30_000_000))
    yield _case("a column of 30 million pixels.png", png(header(1, 30_000_000), column), refused, sound(), heavy=True)
    endless = chunk(b"IDAT", grey_rows(80, 60) + flate_zeros(300 << 20))
    yield _case(
        "pixels with 300 MB behind them.png", png(header(80, 60), endless), sound(), refused, unreadable(BROKEN)
    )
    frames = chunk(b"acTL", struct.pack(">II", 60_000, 0)) + b"".join(
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, 80, 60, 0, 0, 1, 1, 0, 0)) for number in range(60_000)
    )
    yield _case(
        "animation of 60000 frames.png",
        png(header(80, 60), frames, small),
        warned("frames"),
        sound(),
        unreadable(BROKEN),
    )


def _text(seed: int) -> Iterator[Case]:
    """Side chunks that unpack to 200 MB: what they say is of no interest, the picture is sound."""
    zeros = flate_zeros(200 << 20)
    head, pixels = header(80, 60), chunk(b"IDAT", grey_rows(80, 60, 100 + seed % 50))
    fine = sound(), warned("text|profile"), unreadable(f"{TOO_LARGE}|{BROKEN}|text|profile")
    yield _case("text of 200 MB.png", png(head, chunk(b"zTXt", b"Comment\0\0" + zeros), pixels), *fine)
    yield _case(
        "international text of 200 MB.png", png(head, chunk(b"iTXt", b"Comment\0\1\0de\0\0" + zeros), pixels), *fine
    )
    yield _case(
        "text of 200 MB behind the pixels.png", png(head, pixels, chunk(b"zTXt", b"Comment\0\0" + zeros)), *fine
    )
    yield _case("colour profile of 200 MB.png", png(head, chunk(b"iCCP", b"p\0\0" + zeros), pixels), *fine)
    texts = b"".join(chunk(b"zTXt", b"Comment%d\0\0" % number + flate_zeros(900 << 10)) for number in range(200))
    yield _case("200 texts of 1 MB.png", png(head, texts, pixels), *fine)
    plain = chunk(b"tEXt", b"Comment\0" + b"x" * (3 << 20))
    yield _case("plain text of 3 MB.png", png(head, plain, pixels), *fine)


def _tiff() -> Iterator[Case]:
    refused = unreadable(f"{TOO_LARGE}|loop|{BROKEN}")
    cut = incomplete(PADDED)

    def tiff(first: int, data: bytes) -> bytes:
        return b"II*\0" + struct.pack("<I", first) + data

    pages = b"".join(
        directory(grey_tiff(4, 4, offset=8, count=16), following=24 + 114 * (number + 1) if number < 19_999 else 0)
        for number in range(20_000)
    )
    yield _case("20000 pages.tif", tiff(24, bytes([200]) * 16 + pages), refused)
    # 30000 entries, each of which points at the same list of 200,000 numbers
    entries = [(273, 4, 200_000, 8)] * 30_000
    yield _case("30000 lists of 200000 numbers.tif", tiff(800_008, bytes(800_000) + directory(entries)), refused, cut)
    # 9000 directories, each of which begins 4 bytes after the one before and reads 1500 entries
    body = struct.pack("<HH", 1500, 256) * 14_000
    yield _case("directories on top of each other.tif", tiff(8, body), refused, cut)
    raw = flate_zeros(11_900 * 9_900)
    packed = grey_tiff(11_900, 9_900, offset=8, count=len(raw), compression=8)
    yield _case(
        "118 megapixels of 115 KB.tif", tiff(8 + len(raw), raw + directory(packed)), refused, sound(), heavy=True
    )
    raw = flate_zeros(13_000 * 13_000)
    packed = grey_tiff(13_000, 13_000, offset=8, count=len(raw), compression=8)
    yield _case("169 megapixels of 165 KB.tif", tiff(8 + len(raw), raw + directory(packed)), unreadable(TOO_LARGE))
    strips = [entry for entry in grey_tiff(80, 100_000, offset=0, count=0, rows=1) if entry[0] not in {273, 279}]
    lists = struct.pack("<I", 8) * 100_000
    strips += [(273, 4, 100_000, 88), (279, 4, 100_000, 88 + len(lists))]
    body = bytes([200]) * 80 + lists + struct.pack("<I", 80) * 100_000 + directory(sorted(strips))
    yield _case("100000 strips.tif", tiff(88 + 2 * len(lists), body), refused, sound())


def _many_parts(seed: int) -> Iterator[Case]:
    """Millions of small parts, each of which is looked at."""
    jpeg, picture = encoded("jpeg", drawn(seed=seed)), drawn(seed=seed)
    parts = segments(jpeg)
    crowd = chunk(b"teXt", b"") * 700_000
    pixels = chunk(b"IDAT", grey_rows(80, 60, 100 + seed % 50))
    fine = sound(), warned("EXIF"), unreadable(f"{TOO_LARGE}|{BROKEN}")
    yield _case("700000 chunks.png", png(header(80, 60), crowd, pixels), *fine)
    yield _case("700000 comments.jpg", b"\xff\xd8" + segment(0xFE, b"x") * 700_000 + jpeg[2:], *fine)
    exif = segment(0xE1, b"Exif\0\0" + b"II*\0\x08\0\0\0" + bytes(65000))
    yield _case("300 EXIF parts.jpg", b"\xff\xd8" + exif * 300 + jpeg[2:], *fine)
    profile = segment(0xE2, b"ICC_PROFILE\0\x01\xff" + bytes(60_000))
    yield _case("400 colour profiles.jpg", b"\xff\xd8" + profile * 400 + jpeg[2:], *fine)
    # unwritten flash memory reads as FF, and FF before a marker is lawful padding
    ends = incomplete(f"{PADDED}|no end"), unreadable(BROKEN)
    yield _case("1 MB of FF for a tail.jpg", jpeg[: len(jpeg) // 2] + b"\xff" * (1 << 20), *ends)
    padded = joined(parts[:-1]) + b"\xff" * 500_000 + joined([parts[-1]])[2:]
    yield _case("500 KB of padding before a marker.jpg", padded, *fine)
    yield _case("1 MB of FF within the pixels.jpg", jpeg[:-400] + b"\xff" * (1 << 20) + b"\0" + jpeg[-400:], *fine)
    heic = encoded("heic", picture)
    yield _case("1 million boxes.heic", heic + b"\0\0\0\x08free" * 1_000_000, *fine)
    webp = encoded("webp", picture)
    body = b"WEBP" + b"VP8X\x0a\0\0\0" + bytes(4) + b"\xef\0\0\x9f\0\0" + webp[12:] + b"JUNK\0\0\0\0" * 1_000_000
    yield _case("1 million parts.webp", b"RIFF" + struct.pack("<I", len(body)) + body, *fine)


def _sparse(seed: int) -> Iterator[Case]:
    """Files of a size that their disk does not have."""

    def of_size(size: int, head: bytes, tail: bytes = b"") -> Callable[[Path], object]:
        def put(path: Path) -> None:
            with path.open("wb") as file:
                file.write(head)
                file.truncate(size - len(tail))
                file.seek(0, 2)
                file.write(tail)

        return put

    jpeg = encoded("jpeg", drawn(seed=seed))
    limit = unreadable("600 MB.*limit|too large")
    yield _case("600 MB.jpg", of_size(600 << 20, jpeg), limit)
    yield _case("600 MB of nothing.pdf", of_size(600 << 20, b""), limit, incomplete("zeros"))
    yield _case("20 TB.png", of_size(15 << 40, PNG_HEAD), unreadable("limit|too large"))
    yield _case("500 MB of nothing.tif", of_size(500 << 20, b""), incomplete("zeros"), heavy=True)
    yield _case(
        "a picture before 500 MB of nothing.jpg",
        of_size(500 << 20, jpeg),
        incomplete("zeros"),
        unreadable(TOO_LARGE),
        heavy=True,
    )
    yield _case(
        "500 MB of nothing in a PDF.pdf",
        of_size(500 << 20, b"%PDF-1.7\n", b"\nstartxref\n9\n%%EOF\n"),
        unreadable("damaged"),
        incomplete("zeros"),
        heavy=True,
    )


def _others(seed: int) -> Iterator[Case]:
    jpeg = encoded("jpeg", drawn(seed=seed))
    canvas = b"VP8X\x0a\0\0\0\x02\0\0\0\xfe\xff\0\xfe\xff\0" + b"ANIM\x06\0\0\0" + bytes(6)
    frame = encoded("lossless-webp", drawn(16, 16, seed=seed))[12:]
    framed = b"ANMF" + struct.pack("<I", 16 + len(frame)) + bytes(6) + b"\x0f\0\0\x0f\0\0" + b"\x01\0\0\0" + frame
    body = b"WEBP" + canvas + framed
    riff = b"RIFF" + struct.pack("<I", len(body)) + body
    yield _case("canvas of 4 gigapixels.webp", riff, unreadable(f"{TOO_LARGE}|{BROKEN}"))
    body = b"WEBP" + canvas.replace(b"\xfe\xff\0\xfe\xff\0", b"\x0f\0\0\x0f\0\0") + framed * 20_000
    riff = b"RIFF" + struct.pack("<I", len(body)) + body
    yield _case("20000 frames.webp", riff, warned("frames"), unreadable(f"{TOO_LARGE}|{BROKEN}"))
    yield _case("300 pictures one after the other.jpg", jpeg * 300, sound())
