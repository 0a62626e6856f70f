"""A scanner's PDFs whose only picture is damaged."""

from __future__ import annotations

import zlib

from tests.hostile.cases import Outcome
from tests.hostile.pdf_cases import Make, Makes
from tests.hostile.pdf_parts import (
    FREE,
    single,
    stream,
)
from tests.hostile.pictures import drawn, encoded


def broken_pictures() -> Makes:
    """A scanner's PDF whose only picture is damaged, so that a viewer shows an empty page: not a page without ink."""
    drawing = drawn(300, 200)
    jpeg, flate = encoded("jpeg", drawing), zlib.compress(drawing.convert("L").tobytes())
    told = tuple(
        Outcome(state=state, reason=r"picture|image|damaged|broken|zeros") for state in ("incomplete", "unreadable")
    )

    def scan(data: bytes, entries: str) -> Make:
        picture = f"/Type /XObject /Subtype /Image /Width 300 /Height 200 /BitsPerComponent 8 {entries}"
        return lambda content: single(
            b"q 420 0 0 298 0 0 cm /X Do Q",
            resources=f"/XObject << /X {FREE} 0 R >>",
            more=[stream(picture, data), f"% for {content.decode()}\nnull".encode()],
        )

    dct, grey = "/ColorSpace /DeviceRGB /Filter /DCTDecode", "/ColorSpace /DeviceGray /Filter"
    return {
        "jpeg of zeros": (scan(bytes(len(jpeg)), dct), told),
        "jpeg that never begins": (scan(bytes(4096) + jpeg[4096:], dct), told),
        "jpeg cut short in its head": (scan(jpeg[:100], dct), told),
        "flate of zeros": (scan(bytes(len(flate)), f"{grey} /FlateDecode"), told),
        "jbig2 of zeros": (scan(bytes(3000), f"{grey} /JBIG2Decode"), told),
        "jpeg 2000 of noise": (scan(bytes(range(256)) * 9, f"{grey} /JPXDecode"), told),
        "picture of an unknown filter": (scan(jpeg, f"{grey} /Nonsense"), told),
        "picture that is not there": (
            lambda content: scan(jpeg, dct)(content).replace(b"/X 6 0 R", b"/X 9 0 R"),
            (Outcome(state="registered"), Outcome(state="unreadable", reason="picture")),
        ),
    }
