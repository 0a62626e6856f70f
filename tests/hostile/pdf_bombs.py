"""Small PDFs that ask for much memory or much time."""

from __future__ import annotations

import zlib

from tests.hostile.cases import Outcome, sound, unreadable
from tests.hostile.pdf_cases import DAMAGED, TOO_LARGE, Make, Makes
from tests.hostile.pdf_parts import (
    A5,
    FIRST_CONTENT,
    FREE,
    HELVETICA,
    document,
    page,
    single,
    stream,
)
from tests.hostile.pictures import flate_zeros


def bombs() -> Makes:
    refused = unreadable(TOO_LARGE)
    left_out = Outcome(state="registered", reason=r"can't be decoded, so it is left out")
    any_end = sound(), left_out, refused, unreadable(DAMAGED)

    def image(width: int, height: int, data: bytes, entries: str, bits: int = 8) -> Make:
        body = stream(
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent {bits} /ColorSpace /DeviceGray {entries}",
            data,
        )
        return lambda content: single(
            b"q 400 0 0 250 0 0 cm /X Do Q " + content, resources=f"/XObject << /X {FREE} 0 R >>", more=[body]
        )

    def content_is(data: bytes, filters: str) -> Make:
        return lambda content: single(b"").replace(stream("", b""), stream(f"/Filter {filters}", data))

    def many(count: int, entries: str = A5) -> Make:
        """All pages are one and the same."""
        return lambda content: document(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                f"<< /Type /Pages /Kids [{'4 0 R ' * count}] /Count {count} >>".encode(),
                HELVETICA,
                page(entries),
                stream("", content),
            ]
        )

    flate = "/FlateDecode"
    zeros = flate_zeros(300 << 20)
    thrice = zlib.compress(zlib.compress(flate_zeros(1000 << 20), 9), 9)
    return {
        "100000 pages": (many(100_000), (unreadable(r"100000 pages.*limit"),)),
        "100000 pages of their own": (_separate_pages, (unreadable(r"100000 pages.*limit"),)),
        "image of 100000 x 100000": (
            image(100_000, 100_000, flate_zeros(100_000 * 300), f"/Filter {flate}", 1),
            any_end,
        ),
        "image of 30000 x 30000": (image(30_000, 30_000, flate_zeros(30_000 * 30_000), f"/Filter {flate}"), any_end),
        "image of 2 billion square": (image(2147483647, 2147483647, b"\0" * 90, ""), any_end),
        "fax of 1 billion rows": (
            image(
                60_000,
                1_000_000,
                b"\0\x10\x01" * 90,
                "/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 60000 /Rows 1000000 >>",
                1,
            ),
            any_end,
        ),
        "jbig2 of nonsense": (image(9000, 9000, bytes(range(256)) * 4, "/Filter /JBIG2Decode", 1), any_end),
        "jpeg 2000 of nonsense": (
            image(9000, 9000, b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(range(256)), "/Filter /JPXDecode"),
            any_end,
        ),
        "content of 300 MB": (content_is(zeros, flate), any_end),
        "content of 1 GB, packed three times": (content_is(thrice, f"[{flate} {flate} {flate}]"), any_end),
        "a thousand filters": (content_is(zeros[:3000], f"[{f'{flate} ' * 1000}]"), any_end),
        "run lengths of 60 MB": (content_is(b"\x81\x20" * 500_000 + b"\x80", "/RunLengthDecode"), any_end),
        "ascii of 4 zeros each": (content_is(b"z" * 5_000_000 + b"~>", "/ASCII85Decode"), any_end),
        "a million states": (lambda content: single(b"q " * 1_000_000 + content), any_end),
        "a million numbers": (lambda content: single(b"7 " * 1_000_000 + content), any_end),
        "arrays 200000 deep": (lambda content: single(content, entries=f"{A5} /Deep {'[' * 200_000}"), any_end),
        "closed arrays 200000 deep": (
            lambda content: single(content, entries=f"{A5} /Deep {'[' * 200_000}{']' * 200_000}"),
            any_end,
        ),
        "dictionaries 100000 deep": (
            lambda content: single(content, entries=f"{A5} /Deep {'<</A' * 100_000} 1 {'>>' * 100_000}"),
            any_end,
        ),
        "arrays 200000 deep on the page": (lambda content: single(b"[" * 200_000 + content), any_end),
        "text of 2 million letters": (
            lambda content: single(content + b" BT /F1 1 Tf 9 9 Td (" + b"abcd " * 400_000 + b") Tj ET"),
            any_end,
        ),
        "100000 notes on the page": (
            lambda content: single(
                content,
                entries=f"{A5} /Annots [{f'{FREE} 0 R ' * 100_000}]",
                more=[b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>"],
            ),
            any_end,
        ),
        "function of a giant table": (
            lambda content: single(
                content + b" /C cs 1 scn 0 0 9 9 re f",
                resources=f"/ColorSpace << /C [/Separation /S /DeviceGray {FREE} 0 R] >>",
                more=[
                    stream(
                        f"/FunctionType 0 /Domain [{'0 1 ' * 16}] /Range [0 1] /Size [{'99999 ' * 16}] /BitsPerSample 32",
                        bytes(64),
                    )
                ],
            ),
            any_end,
        ),
        "dashes of nothing": (
            lambda content: single(content + b" [0.00001 0.00001] 0 d 0 100 m 100000 100 l S"),
            any_end,
        ),
        "a line 10 million points wide": (lambda content: single(content + b" 10000000 w 0 0 m 1 1 l S"), any_end),
    }


def _separate_pages(content: bytes) -> bytes:
    count = 100_000
    kids = " ".join(f"{FIRST_CONTENT + 1 + number} 0 R" for number in range(count))
    return document(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
            HELVETICA,
            page(),
            stream("", content),
            *[page()] * count,
        ]
    )
