"""Files that were not written to their end: cut off, filled with zeros, with holes, or hardly begun."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.hostile.cases import Case, Outcome, holding, incomplete, sound, unreadable
from tests.hostile.pictures import FORMATS, drawn, encoded

CUT = (
    r"no end|\d+ of (its|at least) \d+ bytes|beyond the file's end|breaks off|ends before|zeros that were never filled|"
    r"no picture \(yet\)|only \d+ bytes"
)
ZEROS = r"zeros that were never filled|breaks off among zeros|beyond the file's end|no end|no picture \(yet\)|checksum"
DAMAGED = r"damaged|broken|can't be (opened|decoded)|checksum|zeros"

STUBS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64)
"""Bytes of a file that has only just begun."""

# A hole in the compressed data of these shows when it is decoded or checked; in the others nothing tells it from data.
HOLE_SHOWS = ("png", "lzw-tiff", "big-tiff")


def unfinished(seed: int) -> Iterator[Case]:
    whole = {name: encoded(name, drawn(seed=seed)) for name in FORMATS}
    yield from _cut(whole)
    yield from _zeros(whole)
    yield from _holes(whole)
    yield from _stubs(whole)
    yield from _random(seed)


def _case(family: str, name: str, suffix: str, data: bytes, *outcomes: Outcome) -> Case:
    return Case(family=family, name=f"{family} {name}{suffix}".encode(), put=holding(data), outcomes=outcomes)


def _cut(whole: dict[str, bytes]) -> Iterator[Case]:
    for name, data in whole.items():
        for share in (0.1, 0.5, 0.9, 0.999):
            kept = data[: int(len(data) * share)]
            yield _case("cut", f"{name} {share:.1%}", FORMATS[name][0], kept, incomplete(CUT))


def _zeros(whole: dict[str, bytes]) -> Iterator[Case]:
    for name, data in whole.items():
        suffix = FORMATS[name][0]
        for share in (0.5, 0.99):
            kept = int(len(data) * share)
            # Zeros at the end of pixels that are not compressed are black: nobody can tell them from a hole.
            end = sound() if name == "raw-tiff" else incomplete(ZEROS)
            yield _case("zero tail", f"{name} {share:.0%}", suffix, data[:kept] + bytes(len(data) - kept), end)
        yield _case("zeros", name, suffix, bytes(len(data)), incomplete("zeros"))


def _holes(whole: dict[str, bytes]) -> Iterator[Case]:
    for name, data in whole.items():
        if name in HOLE_SHOWS:
            at = len(data) // 2 & ~0xFFF
            with_hole = data[:at] + bytes(4096) + data[at + 4096 :]
            yield _case("hole", name, FORMATS[name][0], with_hole, incomplete(DAMAGED), unreadable(DAMAGED))


def _stubs(whole: dict[str, bytes]) -> Iterator[Case]:
    for name in ("jpeg", "png", "webp", "lzw-tiff", "big-tiff", "heic", "pdf"):
        for length in STUBS:
            suffix = FORMATS[name][0]
            yield _case("stub", f"{name} of {length:02}", suffix, whole[name][:length], incomplete(f"{CUT}|zeros"))
    for suffix in ("jpg", "png", "webp", "tif", "heic", "pdf"):
        yield _case("empty", "empty", f".{suffix}", b"", incomplete("empty"))


def _random(seed: int) -> Iterator[Case]:
    chance = random.Random(seed)
    for number, suffix in enumerate((".jpg", ".png", ".webp", ".tif", ".heic", ".pdf")):
        noise = b"\x01" + chance.randbytes(3000)
        yield _case("random", f"noise {number}", suffix, noise, unreadable("not JPEG, PNG"))
    for name, magic in {
        "jpeg": b"\xff\xd8\xff\xe0",
        "png": b"\x89PNG\r\n\x1a\n",
        "webp": b"RIFF\x10\0\0\0WEBP",
        "raw-tiff": b"II*\0",
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "pdf": b"%PDF-1.7\n",
    }.items():
        noise = magic + chance.randbytes(3000)
        ends = incomplete(f"{CUT}|{DAMAGED}"), unreadable(DAMAGED)
        yield _case("random", f"after the magic of {name}", FORMATS[name][0], noise, *ends)
