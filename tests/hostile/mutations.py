"""Sound files changed by chance; how they end can't be foretold, only that they end, and with a reason."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.hostile.cases import Case, holding
from tests.hostile.pdf_parts import single, written
from tests.hostile.pictures import FORMATS, drawn, encoded, saved

EACH = 10
"""Mutations of each format."""


def mutations(seed: int) -> Iterator[Case]:
    image = drawn(96, 64, seed=seed, grain=6, strokes=0)  # a page without ink is not read: that takes time
    bases = {name: (FORMATS[name][0], encoded(name, image)) for name in FORMATS}
    bases["written-pdf"] = ".pdf", single(written("ABC"))
    bases["palette-png"] = ".png", saved(image.quantize(16), "PNG")
    for name, (suffix, data) in bases.items():
        for number in range(EACH):
            chance = random.Random(f"{seed} {name} {number}")
            kind = list(KINDS)[number % len(KINDS)]
            changed = data
            for _ in range(chance.choice((1, 1, 2, 5))):
                changed = KINDS[kind](changed, chance)
            yield Case(family="mutation", name=f"{name} {number} {kind}{suffix}".encode(), put=holding(changed))


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _flip_early_bits(data: bytes, chance: random.Random) -> bytes:
    """Change a few bits of the first 200 bytes, where the structure stands."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 2, 4))):
        out[chance.randrange(min(200, len(out)))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _extremes(data: bytes, chance: random.Random) -> bytes:
    """Put the largest and smallest numbers in somewhere early."""
    at = chance.randrange(min(400, len(data)))
    value = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x80\0\0\0"))
    return data[:at] + value + data[at + 4 :]


def _cut_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 2, 40, 600)) :]


def _put_in(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(chance.choice((1, 2, 40, 600))) + data[at:]


def _double(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((4, 40, 900))
    return data[: at + length] + data[at : at + length] * chance.choice((1, 3)) + data[at + length :]


def _hole(data: bytes, chance: random.Random) -> bytes:
    """Leave a hole of zeros in the middle, as an unfinished download does."""
    at = len(data) // 4 + chance.randrange(len(data) // 2)
    length = max(1, min(chance.choice((16, 512, 4096)), len(data) - at - 64))
    return data[:at] + bytes(length) + data[at + length :]


KINDS = {
    "flipped bits": _flip_bits,
    "flipped early bits": _flip_early_bits,
    "extreme numbers": _extremes,
    "cut out": _cut_out,
    "put in": _put_in,
    "doubled": _double,
    "hole": _hole,
}
