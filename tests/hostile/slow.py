"""Small files over which a decoder would sit for minutes or for ever."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hostile.cases import Case, incomplete, unreadable
from tests.hostile.pdf_parts import FREE, single, stream
from tests.hostile.pictures import drawn, saved

TOO_LONG = r"too long|too (large|much|many)"


def slow() -> Iterator[Case]:
    for name, make in {
        "pattern in itself.pdf": _pattern_in_itself,
        "pattern of a million tiles.pdf": _tiles,
        "forms within forms.pdf": _laughs,
        "hundreds of scans of a large picture.jpg": _scans,
        "shapes beyond number.pdf": _shapes,
    }.items():
        yield Case(
            family="slow", name=name.encode(), put=_putting(make), outcomes=(unreadable(TOO_LONG), incomplete(TOO_LONG))
        )


def _putting(make: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(make())


def _pattern_in_itself() -> bytes:
    tiling = (
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 5 5] /XStep 5 /YStep 5 "
        f"/Resources << /Pattern << /P {FREE} 0 R >> >>"
    )
    return single(
        b"/Pattern cs /P scn 0 0 400 200 re f",
        resources=f"/Pattern << /P {FREE} 0 R >>",
        more=[stream(tiling, b"/Pattern cs /P scn 0 0 5 5 re f")],
    )


def _tiles() -> bytes:
    tiling = (
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001 "
        "/Resources << >>"
    )
    return single(
        b"/Pattern cs /P scn 0 0 420 298 re f",
        resources=f"/Pattern << /P {FREE} 0 R >>",
        more=[stream(tiling, b"0 0 1 1 re f")],
    )


def _laughs() -> bytes:
    """Each of 12 forms draws the next one ten times."""
    floors = 12
    form = "/Type /XObject /Subtype /Form /BBox [0 0 420 298]"
    more = [
        stream(f"{form} /Resources << /XObject << /X {FREE + number + 1} 0 R >> >>", b"/X Do " * 10)
        for number in range(floors)
    ]
    more.append(stream(form, b"0 0 9 9 re f"))
    return single(b"/X Do", resources=f"/XObject << /X {FREE} 0 R >>", more=more)


def _scans() -> bytes:
    """A progressive JPEG of 100 megapixels whose only refinement comes again and again."""
    data = saved(drawn(64, 64).convert("L"), "JPEG", progressive=True)
    at = data.index(b"\xff\xc2")
    data = data[: at + 5] + struct.pack(">HH", 10_000, 10_000) + data[at + 9 :]
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 400 + b"\xff\xd9"


def _shapes() -> bytes:
    curve = " 0 0 m 0 2000 2000 %d 2000 2000 c 0 2000 l f*"
    shapes = "".join(f"{number % 7 / 7} g" + curve % (9 * number) for number in range(100)) * 2000
    return single(shapes.encode(), entries="/MediaBox [0 0 2000 2000]")
