"""PDFs that contradict themselves, and PDFs that lead in circles."""

from __future__ import annotations

from tests.hostile.cases import Outcome, incomplete, sound, unreadable
from tests.hostile.pdf_cases import DAMAGED, TOO_LARGE, Make, Makes
from tests.hostile.pdf_parts import (
    A5,
    FREE,
    HELVETICA,
    document,
    page,
    single,
    stream,
)


def lies() -> Makes:
    damaged = unreadable(DAMAGED)
    any_end = sound(), damaged, incomplete("no end|zeros|bytes"), unreadable(TOO_LARGE)

    def pages(text: str) -> Make:
        return lambda content: document(
            [b"<< /Type /Catalog /Pages 2 0 R >>", text.encode(), HELVETICA, page(), stream("", content)]
        )

    def box(numbers: str) -> Make:
        return lambda content: single(content, entries=f"/MediaBox [{numbers}]")

    def replaced(old: bytes, new: bytes) -> Make:
        return lambda content: single(content).replace(old, new)

    return {
        "no pages": (pages("<< /Type /Pages /Kids [] /Count 0 >>"), (unreadable(r"no page|damaged"),)),
        "says it has no pages": (
            pages("<< /Type /Pages /Kids [4 0 R] /Count 0 >>"),
            (unreadable(r"no page|damaged"), sound()),
        ),
        "says it has -5 pages": (
            pages("<< /Type /Pages /Kids [4 0 R] /Count -5 >>"),
            (unreadable(r"no page|damaged"), sound()),
        ),
        "says it has 1500 pages": (pages("<< /Type /Pages /Kids [4 0 R] /Count 1500 >>"), (damaged, sound())),
        "says it has 2 billion pages": (
            pages("<< /Type /Pages /Kids [4 0 R] /Count 2147483647 >>"),
            (damaged, unreadable("limit"), sound()),
        ),
        "pages that are not there": (
            pages("<< /Type /Pages /Kids [90 0 R 91 0 R] /Count 2 >>"),
            (damaged, unreadable("no page")),
        ),
        "no catalogue": (replaced(b"/Root 1 0 R", b"/Root 9 0 R"), (*any_end, unreadable("no page"))),
        "catalogue is a number": (
            lambda content: document([b"42", b"<< >>", HELVETICA, page(), stream("", content)]),
            any_end,
        ),
        "content that is not there": (replaced(b"/Contents 5 0 R", b"/Contents 9 0 R"), (sound(), damaged)),
        "no box": (lambda content: single(content, entries=""), any_end),
        "box of nothing": (box("0 0 0 0"), (*any_end, unreadable("no size"))),
        "box turned inside out": (box("420 298 0 0"), (*any_end, unreadable("no size"))),
        "box of 1e38": (box("0 0 1e38 1e38"), (*any_end, unreadable("no size"))),
        "box of letters": (box("/a /b /c /d"), (*any_end, unreadable("no size"))),
        "box of 200000 points": (box("0 0 200000 200000"), (Outcome(state="registered"), unreadable(TOO_LARGE))),
        "a strip of 1 x 200000 points": (box("0 0 1 200000"), (Outcome(state="registered"), unreadable(TOO_LARGE))),
        "a unit of 75000": (lambda content: single(content, entries=f"{A5} /UserUnit 75000"), any_end),
        "turned by 37 degrees": (lambda content: single(content, entries=f"{A5} /Rotate 37"), any_end),
        "stream of 2 GB": (replaced(b"/Length 4", b"/Length 21474836474"), any_end),
        "stream of -1 bytes": (replaced(b"/Length 4", b"/Length -14"), any_end),
        "table at zero": (lambda content: _restarted(content, 0), any_end),
        "table beyond the end": (lambda content: _restarted(content, 999_999_999), any_end),
        "table of 2 billion objects": (replaced(b"xref\n0 6", b"xref\n0 2147483647"), any_end),
        "size of 2 billion objects": (replaced(b"/Size 6", b"/Size 2147483647"), any_end),
        "no table": (
            lambda content: single(content).replace(b"xref\n0 6\n", b"").replace(b" 00000 n ", b" 0000x n "),
            any_end,
        ),
        "object numbers of 4 billion": (
            replaced(b"/Contents 5 0 R", b"/Contents 4294967295 65535 R"),
            (sound(), damaged),
        ),
        "unknown filter": (
            lambda content: single(b"", entries="").replace(b"/Length 0", b"/Filter /Nonsense /Length 0"),
            any_end,
        ),
        "header of version 99": (replaced(b"%PDF-1.7", b"%PDF-9.9"), any_end),
        "nothing between head and end": (
            lambda content: b"%PDF-1.7\n" + b"nothing here " * 50 + b"\n%%EOF\n",
            (damaged,),
        ),
        "head and end": (lambda content: b"%PDF-1.7\n%%EOF\n", (damaged,)),
        "made for the web, said to be longer": (
            replaced(b"<< /Type /Catalog", b"<< /Linearized 1 /L 90000 /Type /Catalog"),
            (incomplete(r"\d+ of its 90000 bytes"),),
        ),
    }


def _restarted(content: bytes, start: int) -> bytes:
    data = single(content)
    at = data.rindex(b"startxref")
    return data[:at] + b"startxref\n%d\n%%%%EOF\n" % start


def loops() -> Makes:
    any_end = sound(), unreadable(f"{DAMAGED}|{TOO_LARGE}|no page")

    def tree(*nodes: str) -> Make:
        return lambda content: document(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                nodes[0].encode(),
                HELVETICA,
                page(),
                stream("", content),
                *(node.encode() for node in nodes[1:]),
            ]
        )

    def drawing(more: list[bytes], resources: str, operators: bytes) -> Make:
        return lambda content: single(content + b" " + operators, resources=resources, more=more)

    form = "/Type /XObject /Subtype /Form /BBox [0 0 420 298]"
    own = f"/XObject << /X {FREE} 0 R >>"
    return {
        "page tree in itself": (tree("<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), any_end),
        "page tree in its grandchild": (
            tree(
                "<< /Type /Pages /Kids [6 0 R] /Count 1 >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>"
            ),
            any_end,
        ),
        "page tree in itself a thousand times": (
            tree(f"<< /Type /Pages /Kids [{'2 0 R ' * 1000}] /Count 1000 >>"),
            any_end,
        ),
        "page tree of 5000 floors": (
            tree(
                "<< /Type /Pages /Kids [6 0 R] /Count 1 >>",
                *(f"<< /Type /Pages /Kids [{number + 1} 0 R] /Count 1 >>" for number in range(6, 5006)),
                "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            ),
            any_end,
        ),
        "page that is its own parent": (
            lambda content: single(content, entries="").replace(b"/Parent 2 0 R", b"/Parent 4 0 R"),
            any_end,
        ),
        "table before itself": (_previous_is_itself, any_end),
        "length that is its own stream": (
            lambda content: single(content).replace(b"/Length %d" % len(content), b"/Length 5 0 R"),
            any_end,
        ),
        "form in itself": (drawing([stream(f"{form} /Resources << {own} >>", b"/X Do")], own, b"/X Do"), any_end),
        "two forms in one another": (
            drawing(
                [
                    stream(f"{form} /Resources << /XObject << /X {FREE + 1} 0 R >> >>", b"/X Do"),
                    stream(f"{form} /Resources << {own} >>", b"/X Do"),
                ],
                own,
                b"/X Do",
            ),
            any_end,
        ),
        "letter that writes itself": (
            drawing(
                [
                    (
                        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 65 "
                        b"/LastChar 65 /Widths [10] /Encoding << /Differences [65 /a] >> /CharProcs << /a 7 0 R >> "
                        b"/Resources << /Font << /F1 6 0 R >> >> >>"
                    ),
                    stream("", b"10 0 d0 BT /F1 9 Tf (A) Tj ET"),
                ],
                "/ExtGState << >>",
                b"BT /F1 9 Tf (A) Tj ET",
            ),
            any_end,
        ),
        "mask in itself": (
            drawing(
                [
                    f"<< /Type /ExtGState /SMask << /S /Luminosity /G {FREE + 1} 0 R >> >>".encode(),
                    stream(
                        f"{form} /Group << /S /Transparency >> /Resources << /ExtGState << /G {FREE} 0 R >> >>",
                        b"/G gs 0 0 9 9 re f",
                    ),
                ],
                f"/ExtGState << /G {FREE} 0 R >>",
                b"/G gs 0 0 400 200 re f",
            ),
            any_end,
        ),
        "colours in themselves": (
            lambda content: single(
                content + b" /C cs 1 scn 0 0 9 9 re f",
                resources=f"/ColorSpace << /C {FREE} 0 R >>",
                more=[f"[/Indexed {FREE} 0 R 1 <0000>]".encode()],
            ),
            any_end,
        ),
        "function in itself": (
            lambda content: single(
                content + b" /C cs 1 scn 0 0 9 9 re f",
                resources=f"/ColorSpace << /C [/Separation /S /DeviceGray {FREE} 0 R] >>",
                more=[f"<< /FunctionType 3 /Domain [0 1] /Functions [{FREE} 0 R] /Bounds [] /Encode [0 1] >>".encode()],
            ),
            any_end,
        ),
        "form field in itself": (
            lambda content: single(
                content,
                catalog=f"/AcroForm << /Fields [{FREE} 0 R] >>",
                more=[f"<< /FT /Tx /T (a) /Kids [{FREE} 0 R] /Parent {FREE} 0 R >>".encode()],
            ),
            any_end,
        ),
        "bookmark in itself": (
            lambda content: single(
                content,
                catalog=f"/Outlines {FREE} 0 R",
                more=[f"<< /First {FREE} 0 R /Last {FREE} 0 R /Next {FREE} 0 R /Title (a) >>".encode()],
            ),
            (sound(),),
        ),
    }


def _previous_is_itself(content: bytes) -> bytes:
    data = single(content, trailer="/Prev 0000000000")
    return data.replace(b"/Prev 0000000000", b"/Prev %010d" % data.rindex(b"xref\n0 "))
