"""Pictures whose parts contradict each other: lying chunks, missing tables, wrong sizes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from tests.hostile.cases import Case, Outcome, holding, incomplete, sound, unreadable, warned
from tests.hostile.pictures import (
    PNG_HEAD,
    chunk,
    directory,
    drawn,
    encoded,
    grey_rows,
    grey_tiff,
    header,
    joined,
    png,
    saved,
    segment,
    segments,
)

BROKEN = r"damaged|broken|not whole|can't be (opened|decoded)|checksum"
UNFINISHED = r"checksum|no end|breaks off|ends before|beyond the file's end|bytes|zeros|no picture"
TOO_LARGE = r"too large|limit"
NO_SIZE = r"no size|no picture|broken|damaged|can't be opened"


def broken(seed: int) -> Iterator[Case]:
    yield from _png(seed)
    yield from _jpeg(seed)
    yield from _tiff()
    yield from _webp_and_heic(seed)


def _case(family: str, name: str, data: bytes, *outcomes: Outcome) -> Case:
    suffix = {"png lies": ".png", "jpeg lies": ".jpg", "tiff lies": ".tif"}.get(family, ".webp")
    if "heic" in name:
        suffix = ".heic"
    return Case(family=family, name=f"{name}{suffix}".encode(), put=holding(data), outcomes=outcomes)


def _png(seed: int) -> Iterator[Case]:
    size, rows = (80, 60), grey_rows(80, 60, 200 + seed % 50)
    head, pixels = header(*size), chunk(b"IDAT", rows)
    bad = pixels[:-4] + b"\0\0\0\0"
    scrambled = chunk(b"IDAT", rows[:20] + bytes(30) + rows[50:])
    cases: dict[str, tuple[bytes, tuple[Outcome, ...]]] = {
        "wrong checksum of the pixels": (png(head, bad), (incomplete("checksum"),)),
        "wrong checksum of the header": (png(head[:-4] + b"\0\0\0\0", pixels), (incomplete("checksum"),)),
        "no pixels": (png(head), (unreadable(BROKEN), incomplete(UNFINISHED))),
        "no header": (png(pixels), (unreadable(BROKEN),)),
        "no end": (PNG_HEAD + head + pixels, (incomplete("no end"),)),
        "two headers": (png(head, header(8000, 8000), pixels), (unreadable(BROKEN), sound())),
        "a chunk of 4 GB": (PNG_HEAD + head + b"\xff\xff\xff\xffIDAT" + rows, (incomplete(UNFINISHED),)),
        "a chunk of 2 GB": (PNG_HEAD + head + b"\x7f\xff\xff\xfftEXt" + rows, (incomplete(UNFINISHED),)),
        "fewer rows than it says": (
            png(header(80, 6000), pixels),
            (sound(), unreadable(BROKEN), incomplete(UNFINISHED)),  # the rows that are missing are black, or none
        ),
        "scrambled pixels under a right checksum": (png(head, scrambled), (unreadable(BROKEN), incomplete(BROKEN))),
        "no such filter": (
            png(head, chunk(b"IDAT", zlib.compress((b"\x09" + bytes(80)) * 60))),
            (unreadable(BROKEN), incomplete(BROKEN)),
        ),
        "no palette": (png(header(80, 60, colour=3), pixels), (unreadable(BROKEN), sound())),
        "palette of 4000 colours": (
            png(header(80, 60, colour=3), chunk(b"PLTE", bytes(12000)), pixels),
            (unreadable(BROKEN), sound()),
        ),
        "transparency of 5000 entries": (
            png(header(80, 60, colour=3), chunk(b"PLTE", bytes(768)), chunk(b"tRNS", bytes(5000)), pixels),
            (unreadable(BROKEN), sound()),
        ),
        "depth of 77 bits": (png(header(80, 60, depth=77), pixels), (unreadable(BROKEN),)),
        "size zero": (png(header(0, 0), pixels), (unreadable(NO_SIZE),)),
        "width zero": (png(header(0, 60), pixels), (unreadable(NO_SIZE),)),
        "4 billion pixels wide": (png(header(0xFFFFFFFF, 1), pixels), (unreadable(TOO_LARGE),)),
        "2 billion pixels square": (png(header(0x7FFFFFFF, 0x7FFFFFFF), pixels), (unreadable(TOO_LARGE),)),
        "animation of 2 billion frames": (
            png(head, chunk(b"acTL", struct.pack(">II", 0x7FFFFFFF, 0)), pixels),
            (sound(), warned("frames"), unreadable(BROKEN)),
        ),
        "animation without frames": (
            png(head, chunk(b"acTL", struct.pack(">II", 0, 0)), pixels),
            (sound(), warned("frame"), unreadable(BROKEN)),
        ),
        "frame outside of the picture": (
            png(
                head,
                chunk(b"acTL", struct.pack(">II", 2, 0)),
                chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 900, 900, 9000, 9000, 1, 1, 0, 0)),
                pixels,
            ),
            (sound(), warned("frame"), unreadable(BROKEN)),
        ),
        "broken side chunks": (
            png(
                head,
                *(
                    chunk(kind, b"\xff\0\xff")
                    for kind in (b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tIME", b"iCCP", b"eXIf")
                ),
                pixels,
            ),
            (sound(), warned("EXIF"), unreadable(BROKEN)),
        ),
    }
    for name, (data, outcomes) in cases.items():
        yield _case("png lies", name, data, *outcomes)


def _jpeg(seed: int) -> Iterator[Case]:
    parts = segments(encoded("jpeg", drawn(seed=seed)))
    frame = next(data for marker, data in parts if marker == 0xC0)
    scan = parts[-1][1]

    def with_frame(new: bytes, marker: int = 0xC0) -> bytes:
        return joined([(marker, new) if mark == 0xC0 else (mark, data) for mark, data in parts])

    def without(*markers: int) -> bytes:
        return joined([(marker, data) for marker, data in parts if marker not in markers])

    def resized(width: int, height: int) -> bytes:
        return with_frame(frame[:1] + struct.pack(">HH", height, width) + frame[5:])

    refused = unreadable(BROKEN)
    bad_tables = [(m, b"\0" + b"\xff" * 16 + bytes(200) if m == 0xC4 else d) for m, d in parts]
    wrong_tables = [(m, d[:1] + bytes(16) if m == 0xC4 else d) for m, d in parts]
    cases: dict[str, tuple[bytes, tuple[Outcome, ...]]] = {
        "overfull Huffman tables": (joined(bad_tables), (refused,)),
        "empty Huffman tables": (joined(wrong_tables), (refused, sound())),  # it decodes, to grey
        "no Huffman tables": (without(0xC4), (refused, sound())),
        "no quantization tables": (without(0xDB), (refused,)),
        "no frame": (without(0xC0), (refused,)),
        "no components": (with_frame(frame[:5] + b"\0"), (refused,)),
        "9 components": (with_frame(frame[:5] + b"\x09" + frame[6:] * 3), (refused,)),
        "sampling of 15 x 15": (with_frame(frame[:7] + b"\xff" + frame[8:]), (refused,)),
        "sampling of 0 x 0": (with_frame(frame[:7] + b"\0" + frame[8:]), (refused,)),
        "12 bits deep": (with_frame(b"\x0c" + frame[1:], 0xC1), (refused,)),
        "lossless": (with_frame(frame, 0xC3), (refused,)),
        "arithmetic coding": (with_frame(frame, 0xC9), (refused, sound())),
        "two frames": (joined([*parts[:-1], (0xC0, frame), parts[-1]]), (refused,)),
        "65500 x 65500": (resized(65500, 65500), (unreadable(TOO_LARGE),)),
        "no height": (resized(240, 0), (unreadable(NO_SIZE),)),
        "no width": (resized(0, 160), (unreadable(NO_SIZE),)),
        "far fewer pixels than it says": (
            resized(9000, 9000),
            (refused, incomplete(f"{BROKEN}|{UNFINISHED}"), sound()),
        ),
        "scan of a component that is not there": (
            joined([*parts[:-1], (0xDA, b"\x03\x77\0\x78\x11\x79\x11\0\x3f\0" + scan[10:])]),
            (refused,),
        ),
        "nothing but markers": (b"\xff\xd8" + segment(0xE0, bytes(20)) * 20 + b"\xff\xd9", (incomplete(UNFINISHED),)),
        "an end and nothing else": (b"\xff\xd8\xff\xd9", (incomplete(UNFINISHED),)),
        "restarts that never come": (
            joined([*parts[:-1], (0xDD, b"\0\x01"), parts[-1]]),
            (refused, sound(), incomplete(BROKEN)),
        ),
        "segment that is longer than the file": (
            b"\xff\xd8\xff\xe1\xff\xff" + bytes(90) + b"\xff\xd9",
            (incomplete(UNFINISHED),),
        ),
    }
    for name, (data, outcomes) in cases.items():
        yield _case("jpeg lies", name, data, *outcomes)


def _tiff() -> Iterator[Case]:
    entries = grey_tiff(80, 60, offset=8, count=4800)
    at = 8 + 4800

    def tiff(data: bytes, *, first: int = at) -> bytes:
        return b"II*\0" + struct.pack("<I", first) + bytes([220]) * 4800 + data

    def changed(tag: int, kind: int, count: int, value: int) -> bytes:
        return tiff(directory((tag, kind, count, value) if entry[0] == tag else entry for entry in entries))

    cut = incomplete(UNFINISHED)
    refused = unreadable(BROKEN)
    cases: dict[str, tuple[bytes, tuple[Outcome, ...]]] = {
        "4 billion strips": (changed(273, 4, 0xFFFFFFFF, 8), (cut, refused)),
        "strips beyond the end": (changed(273, 4, 1, 0x7FFFFFFF), (cut,)),
        "strip of 4 GB": (changed(279, 4, 1, 0xFFFFFFFF), (cut,)),
        "no strips": (tiff(directory(entry for entry in entries if entry[0] not in {273, 279})), (refused, cut)),
        "no rows": (changed(257, 4, 1, 0), (unreadable(NO_SIZE),)),
        "4 billion square": (changed(256, 4, 1, 0xFFFFFFFF), (unreadable(f"{TOO_LARGE}|{BROKEN}"),)),
        "a pixel of 65535 samples": (changed(277, 3, 1, 65535), (refused, cut)),
        "depth of 9999 bits": (changed(258, 3, 1, 9999), (refused,)),
        "no such compression": (changed(259, 3, 1, 31337), (refused,)),
        "no such colours": (changed(262, 3, 1, 31337), (refused,)),
        "directories in a loop": (tiff(directory(entries, following=at)), (unreadable("loop|too many"),)),
        "directory in itself": (tiff(b"", first=8), (cut, refused)),
        "directory beyond the end": (tiff(directory(entries), first=0x7FFFFFFF), (cut,)),
        "no directory": (tiff(directory(entries), first=0), (cut,)),
        "width is a text": (changed(256, 2, 1, 80), (refused, cut)),
        "sizes are fractions": (changed(257, 5, 1, 8), (refused, cut, unreadable(NO_SIZE))),
        "rows of a strip: none": (changed(278, 4, 1, 0), (refused, sound(), cut)),
        "strip within the header": (changed(273, 4, 1, 0), (refused, sound())),
    }
    for name, (data, outcomes) in cases.items():
        yield _case("tiff lies", name, data, *outcomes)


def _webp_and_heic(seed: int) -> Iterator[Case]:
    webp = encoded("webp", drawn(seed=seed))
    lossless = encoded("lossless-webp", drawn(seed=seed))
    heic = encoded("heic", drawn(seed=seed))
    brand = heic.find(b"ispe") - 4

    def spread(width: int, height: int) -> bytes:
        return heic[: brand + 12] + struct.pack(">II", width, height) + heic[brand + 20 :]

    refused = unreadable(BROKEN)
    cases: dict[str, tuple[bytes, tuple[Outcome, ...]]] = {
        "webp of nothing": (b"RIFF\x04\0\0\0WEBP", (refused, incomplete(UNFINISHED))),
        "webp without a picture": (
            b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(9) + b"\x01",
            (refused, incomplete(".")),
        ),
        "webp of an unknown kind": (webp.replace(b"VP8 ", b"VP9 "), (refused,)),
        "webp that claims 16383 x 16383": (_vp8l_of(lossless, 16383, 16383), (unreadable(f"{TOO_LARGE}|{BROKEN}"),)),
        "webp with a size of its own in each part": (_vp8x_before(webp, 900, 900), (refused, sound())),
        "heic of 60000 x 60000": (spread(60000, 60000), (unreadable(f"{TOO_LARGE}|{BROKEN}"),)),
        "heic of 4 billion square": (spread(0xFFFFFFFF, 0xFFFFFFFF), (unreadable(f"{TOO_LARGE}|{BROKEN}"),)),
        "heic of no size": (spread(0, 0), (unreadable(f"{NO_SIZE}|{TOO_LARGE}"), sound())),
        "heic without meta": (heic.replace(b"meta", b"mexx", 1), (refused, incomplete("no picture"))),
        "heic without pixels": (heic.replace(b"mdat", b"free", 1), (refused, incomplete("no picture"), sound())),
        "heic of two bytes": (b"xx", (unreadable("not JPEG"),)),
        "heic whose box says 8 exabytes": (
            heic[:24] + b"\0\0\0\x01mdat\x7f" + bytes(7) + heic[24:],
            (incomplete("bytes"),),
        ),
        "heic that says it is a film": (heic.replace(b"hvc1", b"avc1"), (refused,)),
    }
    for name, (data, outcomes) in cases.items():
        yield _case("heic and webp lies", name, data, *outcomes)
    # a picture that only claims to be HEIC
    yield _case(
        "heic and webp lies",
        "png behind a heic's first box",
        heic[:24] + saved(drawn(), "PNG"),
        incomplete("breaks off|bytes"),
        refused,
    )


def _vp8l_of(data: bytes, width: int, height: int) -> bytes:
    at = data.find(b"VP8L") + 9
    bits = int.from_bytes(data[at : at + 4], "little")
    bits = bits & ~((1 << 28) - 1) | (width - 1) | (height - 1) << 14
    return data[:at] + bits.to_bytes(4, "little") + data[at + 4 :]


def _vp8x_before(data: bytes, width: int, height: int) -> bytes:
    extended = b"VP8X\x0a\0\0\0" + bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + extended + data[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body
