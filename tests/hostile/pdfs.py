"""Hostile PDFs: locked, full of actions that nobody asked for, odd; and those of the other tables."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.cases import Case, holding, incomplete, password, sound, unreadable
from tests.hostile.pdf_bombs import bombs
from tests.hostile.pdf_cases import DAMAGED, PROTECTED, Make, Makes
from tests.hostile.pdf_lies import lies, loops
from tests.hostile.pdf_parts import (
    A5,
    FONT,
    FREE,
    HELVETICA,
    locked,
    locked_by_aes,
    packed,
    single,
    stream,
    written,
)
from tests.hostile.pdf_pictures import broken_pictures


def pdfs(marks: Iterator[str]) -> Iterator[Case]:
    """Yield all cases; each that is surely sound is given a mark of its own."""
    for family, table in (
        ("pdf locked", _locked()),
        ("pdf with actions", _actions()),
        ("pdf lies", lies()),
        ("pdf loops", loops()),
        ("pdf bomb", bombs()),
        ("pdf of a broken picture", broken_pictures()),
        ("pdf oddities", _oddities()),
    ):
        for name, (make, outcomes) in table.items():
            mark = next(marks)
            yield Case(
                family=family,
                name=f"{name}.pdf".encode(),
                put=holding(make(written(mark))),
                outcomes=outcomes,
                marks=(mark,) if outcomes == (sound(),) else (),
            )


def _locked() -> Makes:
    no_key = unreadable(PROTECTED), password()
    return {
        "40 bits": (lambda content: locked(content, "secret"), (password(),)),
        "128 bits": (lambda content: locked(content, "secret", long_key=True), (password(),)),
        "256 bits": (locked_by_aes, (password(),)),
        "locked against printing": (lambda content: locked(content, ""), (sound(),)),
        "locked against printing, 128 bits": (lambda content: locked(content, "", long_key=True), (sound(),)),
        "lock of an unknown make": (
            lambda content: single(content, trailer="/Encrypt << /Filter /Acme.Lock /V 1 >>"),
            no_key,
        ),
        "lock by certificates": (
            lambda content: single(
                content,
                trailer="/Encrypt << /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s4 /V 1 /Recipients [<00>] >>",
            ),
            no_key,
        ),
        "lock that is no dictionary": (
            lambda content: single(content, trailer="/Encrypt 42"),
            (*no_key, unreadable(DAMAGED), sound()),
        ),
    }


def _actions() -> Makes:
    """Nothing in a document is ever carried out; what stands on the page is what counts."""

    def opening(action: str) -> Make:
        return lambda content: single(content, catalog=f"/OpenAction << {action} >>")

    attached = [
        b"<< /Type /Filespec /F (evil.exe) /EF << /F 7 0 R >> >>",
        stream("/Type /EmbeddedFile", b"MZ" + bytes(500)),
    ]
    fine = (sound(),)
    return {
        "javascript": (opening("/S /JavaScript /JS (app.alert\\(1\\); while\\(true\\);)"), fine),
        "launch": (opening("/S /Launch /F (/bin/sh) /Win << /F (cmd.exe) /P (/c calc) >>"), fine),
        "calls an address": (opening("/S /URI /URI (http://127.0.0.1:9/called)"), fine),
        "sends a form": (opening("/S /SubmitForm /F (http://127.0.0.1:9/sent)"), fine),
        "goes to another file": (opening("/S /GoToR /F (/etc/passwd) /D [0 /Fit]"), fine),
        "actions of the page": (
            lambda content: single(content, entries=f"{A5} /AA << /O << /S /JavaScript /JS (while\\(1\\);) >> >>"),
            fine,
        ),
        "attached program": (
            lambda content: single(
                content, catalog=f"/Names << /EmbeddedFiles << /Names [(a) {FREE} 0 R] >> >>", more=attached
            ),
            fine,
        ),
        "picture from another file": (
            lambda content: single(
                content + b" q 9 0 0 9 0 0 cm /X Do Q",
                resources=f"/XObject << /X {FREE} 0 R >>",
                more=[
                    (
                        b"<< /Type /XObject /Subtype /Image /Width 9 /Height 9 /BitsPerComponent 8 /ColorSpace /DeviceGray "
                        b"/F (/etc/passwd) /Length 0 >>\nstream\n\nendstream"
                    )
                ],
            ),
            fine,
        ),
        "a form with scripts": (
            lambda content: single(
                content,
                catalog=f"/AcroForm << /Fields [{FREE} 0 R] /NeedAppearances true /XFA (<xdp/>) >>",
                entries=f"{A5} /Annots [{FREE} 0 R]",
                more=[
                    (
                        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /Rect [0 0 1 1] "
                        b"/AA << /C << /S /JavaScript /JS (while\\(true\\);) >> >> >>"
                    )
                ],
            ),
            fine,
        ),
    }


def _oddities() -> Makes:
    fine = (sound(),)
    return {
        "junk before the head": (lambda content: b"junk\n" * 100 + single(content), (sound(), unreadable(DAMAGED))),
        "a page longer than the junk behind": (lambda content: single(content) + b"\n" * 1500, fine),
        "zip behind the end": (
            lambda content: single(content) + b"PK\x03\x04" + bytes(range(256)) * 20,
            (incomplete("no end"), sound()),
        ),
        "two documents": (lambda content: single(b"") + single(content), (sound(), unreadable(DAMAGED))),
        "turned by 90 degrees": (lambda content: single(content, entries=f"{A5} /Rotate 90"), fine),
        "ends without a line feed": (lambda content: single(content).rstrip(), fine),
        "lines end as on old Macs": (
            lambda content: single(content).replace(b"\nendobj\n", b"\rendobj\r"),
            (sound(), unreadable(DAMAGED)),
        ),
        "saved three times": (lambda content: _saved_again(_saved_again(single(content))), fine),
        "content in two parts": (
            lambda content: single(
                content.partition(b"(")[0], more=[stream("", b"(" + content.partition(b"(")[2])]
            ).replace(b"/Contents 5 0 R", b"/Contents [5 0 R 6 0 R]"),
            fine,
        ),
        "packed content": (
            lambda content: single(b"", more=[packed(content)]).replace(b"/Contents 5 0 R", b"/Contents 6 0 R"),
            fine,
        ),
    }


def _saved_again(data: bytes) -> bytes:
    """Append an update that says nothing new, as viewers do."""
    previous = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    font = len(data)
    data += b"%d 0 obj\n" % FONT + HELVETICA + b"\nendobj\n"
    start = len(data)
    data += b"xref\n%d 1\n%010d 00000 n \n" % (FONT, font)
    return data + f"trailer << /Size {FREE} /Root 1 0 R /Prev {previous} >>\nstartxref\n{start}\n%%EOF\n".encode()
