"""PDFs written by hand, object by object, and locked ones."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
A5 = "/MediaBox [0 0 420 298]"

CATALOG, PAGES, FONT, FIRST_PAGE, FIRST_CONTENT, FREE = 1, 2, 3, 4, 5, 6
"""Object numbers of a document of one page; further objects are numbered from ``FREE`` on."""


def written(mark: str) -> bytes:
    """Return the content stream that prints a mark."""
    return f"BT /F1 36 Tf 40 150 Td ({mark}) Tj ET".encode()


def stream(entries: str | bytes, data: bytes, *, length: str | None = None) -> bytes:
    head = entries.encode() if isinstance(entries, str) else entries
    size = str(len(data)) if length is None else length
    return b"<< " + head + b" /Length " + size.encode() + b" >>\nstream\n" + data + b"\nendstream"


def packed(data: bytes, entries: str = "") -> bytes:
    return stream(f"{entries} /Filter /FlateDecode", zlib.compress(data))


def page(entries: str = A5, *, content: int | str = FIRST_CONTENT, resources: str = "") -> bytes:
    fonts = f"/Resources << /Font << /F1 {FONT} 0 R >> {resources} >>"
    return f"<< /Type /Page /Parent {PAGES} 0 R {fonts} /Contents {content} 0 R {entries} >>".encode()


def single(
    content: bytes,
    *,
    entries: str = A5,
    resources: str = "",
    catalog: str = "",
    more: Sequence[bytes] = (),
    trailer: str = "",
) -> bytes:
    """Return a document of one page; ``content`` is its stream, ``more`` are the objects from ``FREE`` on."""
    return document(
        [
            f"<< /Type /Catalog /Pages {PAGES} 0 R {catalog} >>".encode(),
            f"<< /Type /Pages /Kids [{FIRST_PAGE} 0 R] /Count 1 >>".encode(),
            HELVETICA,
            page(entries, resources=resources),
            stream("", content),
            *more,
        ],
        trailer=trailer,
    )


def document(objects: Sequence[bytes], *, trailer: str = "", size: int | None = None) -> bytes:
    """Return a PDF of these objects, numbered from 1."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += f"trailer << /Size {size or len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


# --------------------------------------------------------------------------------------------------------------- locked

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_ID = bytes(range(16))


def locked(content: bytes, password: str, *, long_key: bool = False) -> bytes:
    """Return a document of one page under the standard security handler (ISO 32000-1, 7.6.3): RC4 of 40 or 128 bits.

    With the empty password it opens for everyone, as a document that may only not be printed.
    """
    size, revision = (16, 3) if long_key else (5, 2)
    rights = -44
    owner = _owner_entry(password, size=size, revision=revision)
    key = hashlib.md5(_padded(password) + owner + rights.to_bytes(4, "little", signed=True) + _ID).digest()
    for _ in range(50 if long_key else 0):
        key = hashlib.md5(key[:size]).digest()
    key = key[:size]
    user = _rc4_often(key, hashlib.md5(_PADDING + _ID).digest()) + bytes(16) if long_key else _rc4(key, _PADDING)
    of_object = hashlib.md5(key + FIRST_CONTENT.to_bytes(3, "little") + b"\0\0").digest()[: min(size + 5, 16)]
    lock = (
        f"<< /Filter /Standard /V {revision - 1} /R {revision} /Length {size * 8} /P {rights} "
        f"/O <{owner.hex()}> /U <{user.hex()}> >>"
    )
    trailer = f"/Encrypt {FREE} 0 R /ID [<{_ID.hex()}> <{_ID.hex()}>]"
    return single(_rc4(of_object, content), more=[lock.encode()], trailer=trailer)


def locked_by_aes(content: bytes) -> bytes:
    """Return a document whose AES-256 lock (ISO 32000-2, 7.6.4) no password opens."""
    parts = " ".join(
        f"/{name} <{'5a' * size}>" for name, size in (("O", 48), ("U", 48), ("OE", 32), ("UE", 32), ("Perms", 16))
    )
    lock = (
        f"<< /Filter /Standard /V 5 /R 6 /Length 256 /P -44 {parts} "
        "/CF << /StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >> /StmF /StdCF /StrF /StdCF >>"
    )
    trailer = f"/Encrypt {FREE} 0 R /ID [<{_ID.hex()}> <{_ID.hex()}>]"
    return single(content, more=[lock.encode()], trailer=trailer)


def _padded(password: str) -> bytes:
    return (password.encode("latin-1") + _PADDING)[:32]


def _owner_entry(password: str, *, size: int, revision: int) -> bytes:
    key = hashlib.md5(_padded("the owner's")).digest()
    for _ in range(50 if revision == 3 else 0):
        key = hashlib.md5(key).digest()
    key = key[:size]
    return _rc4_often(key, _padded(password)) if revision == 3 else _rc4(key, _padded(password))


def _rc4_often(key: bytes, data: bytes) -> bytes:
    for turn in range(20):
        data = _rc4(bytes(byte ^ turn for byte in key), data)
    return data


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
