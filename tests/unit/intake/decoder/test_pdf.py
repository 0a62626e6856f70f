"""PDF pages: drawn right, and their own text only where it is all they say."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from notesyncd.domain.errors import UnreadableScan
from notesyncd.domain.geometry import BoundingBox
from notesyncd.intake.complete import EncryptedFile
from notesyncd.intake.decoder.decoder import DecodedPage, Decoder
from notesyncd.intake.decoder.pdf import Pdf

Build = Callable[..., bytes]
A4 = "/MediaBox [0 0 595 842]"
TEXT = "BT /F1 24 Tf 72 700 Td (Hello paper world) Tj 0 -40 Td (Second line) Tj ET"


def inspected(decoder: Decoder, folder: Path, data: bytes) -> tuple[Path, tuple[DecodedPage, ...]]:
    path = folder / "scan.pdf"
    path.write_bytes(data)
    return path, decoder.inspect(path).pages


def words(page: DecodedPage) -> list[list[str]]:
    return [[word.text for word in line.words] for region in page.text_layer for line in region.lines]


def test_every_page_is_drawn_at_200_dpi(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    _, pages = inspected(decoder, tmp_path, build_pdf((A4, TEXT), ("/MediaBox [0 0 400 200]", ""), (A4, "")))
    assert [(page.page.width, page.page.height) for page in pages] == [(1653, 2339), (1112, 556), (1653, 2339)]
    assert pages[0].page.dpi == pytest.approx(200)
    assert len({page.page.id for page in pages}) == 3


def test_a_page_keeps_its_id_when_pages_are_added(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    _, before = inspected(decoder, tmp_path, build_pdf((A4, TEXT), (A4, "")))
    _, after = inspected(decoder, tmp_path, build_pdf((A4, TEXT), (A4, ""), (A4, "10 10 m 90 90 l S")))
    assert [page.page.id for page in after[:2]] == [page.page.id for page in before]


def test_each_page_is_drawn_again_the_same(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    """Seven A4 pages are more than is kept, so some come from memory and some are drawn anew."""
    path, pages = inspected(decoder, tmp_path, build_pdf(*[(A4, f"{n} 0 m 300 300 l S") for n in range(7)]))
    for page in pages:
        assert decoder.pixels(path, page.number, page_id=page.page.id).shape == (2339, 1653, 3)


def test_a_huge_page_is_drawn_smaller(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    _, pages = inspected(decoder, tmp_path, build_pdf(("/MediaBox [0 0 14000 14000]", "")))
    assert pages[0].page.width * pages[0].page.height <= 16_100_000
    assert pages[0].page.dpi is not None
    assert pages[0].page.dpi < 25


def test_a_password_is_asked_for(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    lock = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'4f' * 32}> /U <{'55' * 32}> >>".encode()
    data = build_pdf((A4, TEXT), objects=(lock,), trailer=f"/Encrypt 6 0 R /ID [<{'aa' * 16}> <{'aa' * 16}>]")
    with pytest.raises(EncryptedFile, match="password"):
        inspected(decoder, tmp_path, data)


def locked(data: bytes, user: str, revision: int) -> bytes:
    """Return ``data`` encrypted: RC4 of 40 and 128 bits, AES of 128 and 256 bits are revisions 2, 3, 4 and 6."""
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        cipher = {"aes": revision > 3, "metadata": revision > 3}
        pdf.save(buffer, encryption=pikepdf.Encryption(user=user, owner="the owner's own", R=revision, **cipher))
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:.*is insecure")
@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_a_password_that_fits_opens_a_pdf(build_pdf: Build, revision: int) -> None:
    plain = build_pdf((A4, TEXT))
    data = locked(plain, "Müller-1", revision)
    for passwords in (["Müller-1"], ["", "wrong", "Müller-1", "more"], ["the owner's own"]):
        assert Pdf(data, passwords).page(1).image.tobytes() == Pdf(plain).page(1).image.tobytes()
    assert Pdf(plain, ["not", "needed"]).page_count == 1
    assert Pdf(locked(plain, "", revision)).page_count == 1


@pytest.mark.filterwarnings("ignore:.*is insecure")
@pytest.mark.parametrize("revision", [2, 6])
def test_without_the_right_password_it_says_what_to_do_and_shows_none(build_pdf: Build, revision: int) -> None:
    data = locked(build_pdf((A4, TEXT)), "right", revision)
    for passwords in ([], ["Geheim1", "Geheim2", "RIGHT"]):
        with pytest.raises(
            EncryptedFile, match=r"watch\.pdf_passwords and run `notesyncd retry`, or save it"
        ) as caught:
            Pdf(data, passwords)
        told = "".join(traceback.format_exception(caught.value))
        assert "Geheim" not in told
        assert "RIGHT" not in told


def test_a_lock_that_has_no_password_is_named(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    lock = b"<< /Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 /Recipients [] >>"
    data = build_pdf((A4, TEXT), objects=(lock,), trailer=f"/Encrypt 6 0 R /ID [<{'aa' * 16}> <{'aa' * 16}>]")
    with pytest.raises(EncryptedFile, match="no password opens"):
        inspected(decoder, tmp_path, data)


def test_a_pdf_without_pages_is_not_blamed_for_the_lock_of_the_one_before(
    decoder: Decoder, build_pdf: Build, tmp_path: Path
) -> None:
    with pytest.raises(EncryptedFile):
        inspected(decoder, tmp_path, locked(build_pdf((A4, TEXT)), "secret", 6))
    with pytest.raises(UnreadableScan, match="no pages") as caught:
        inspected(decoder, tmp_path, build_pdf())
    assert not isinstance(caught.value, EncryptedFile)


def test_a_pdf_without_pages_is_unreadable(decoder: Decoder, tmp_path: Path) -> None:
    with pytest.raises(UnreadableScan, match="damaged"):
        inspected(decoder, tmp_path, b"%PDF-1.7\n" + b"nothing here " * 50 + b"\n%%EOF\n")


def test_typed_form_fields_are_drawn(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Typed in) /DA (/F1 24 Tf 0 g) "
        b"/Rect [72 600 400 640] /F 4 /P 4 0 R >>"
    )
    data = build_pdf((f"{A4} /Annots [6 0 R]", TEXT), objects=(field,))
    form = b"<< /Type /Catalog /AcroForm << /Fields [6 0 R] /DR << /Font << /F1 3 0 R >> >> /NeedAppearances true >>"
    path, pages = inspected(decoder, tmp_path, data.replace(b"<< /Type /Catalog", form))
    pixels = decoder.pixels(path, 1)
    top, bottom = (int((842 - y) * 200 / 72) for y in (640, 600))
    assert (pixels[top:bottom] < 100).any()
    assert pages[0].text_layer == ()


# ----------------------------------------------------------------------------------------------------------- text layer


@pytest.mark.parametrize(
    "entries",
    [
        A4,
        f"{A4} /Rotate 90",
        f"{A4} /Rotate 180",
        f"{A4} /Rotate 270",
        "/MediaBox [-100 -50 700 900] /CropBox [20 300 580 800]",
    ],
)
def test_words_stand_where_their_ink_is(decoder: Decoder, build_pdf: Build, tmp_path: Path, entries: str) -> None:
    path, (page,) = inspected(decoder, tmp_path, build_pdf((entries, TEXT)))
    # PDFium puts the lines of a page that is turned in an order of its own
    assert sorted(words(page)) == [["Hello", "paper", "world"], ["Second", "line"]]
    ink = np.asarray(decoder.pixels(path, 1)).min(axis=2) < 128
    total = ink.sum()
    assert total > 500
    for region in page.text_layer:
        for line in region.lines:
            assert line.script == "printed"
            for word in line.words:
                assert word.box is not None
                inside = ink[int(word.box.top) : int(word.box.bottom) + 1, int(word.box.left) : int(word.box.right) + 1]
                assert inside.sum() > 50
                ink[int(word.box.top) : int(word.box.bottom) + 1, int(word.box.left) : int(word.box.right) + 1] = False
        assert region.box == BoundingBox.union(line.box for line in region.lines if line.box)
    assert ink.sum() < 0.01 * total


def test_words_outside_the_page_are_left_out(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    _, (page,) = inspected(
        decoder, tmp_path, build_pdf((A4, TEXT + " BT /F1 24 Tf 72 2000 Td (Elsewhere) Tj -900 -1500 Td (Left) Tj ET"))
    )
    assert words(page) == [["Hello", "paper", "world"], ["Second", "line"]]


def test_lines_boxes_and_links_do_no_harm(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    table = " ".join(f"72 {y} m 500 {y} l S" for y in range(100, 600, 20)) + " 70 90 440 520 re S"
    link = b"<< /Type /Annot /Subtype /Link /Rect [72 690 200 720] /Border [0 0 0] >>"
    data = build_pdf((f"{A4} /Annots [6 0 R]", f"{TEXT} {table}"), objects=(link,))
    _, (page,) = inspected(decoder, tmp_path, data)
    assert words(page)[0] == ["Hello", "paper", "world"]


SCRIBBLE = "50 400 m " + " ".join(f"{50 + 5 * n} {400 + (n * 37) % 50} l" for n in range(1, 60)) + " S"


def test_what_may_hold_more_than_its_text_has_no_text_layer(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    image = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xf0 EI Q "
    ink = b"<< /Type /Annot /Subtype /Ink /Rect [72 90 300 200] /InkList [[80 100 200 150]] /F 4 >>"
    cases = {
        "scan with invisible text": build_pdf((A4, image + TEXT.replace("BT", "BT 3 Tr"))),
        "invisible text alone": build_pdf((A4, TEXT.replace("BT", "BT 3 Tr"))),
        "scan under visible text": build_pdf((A4, image + TEXT)),
        "pen strokes": build_pdf((A4, f"{TEXT} {SCRIBBLE}")),
        "ink annotation": build_pdf((f"{A4} /Annots [6 0 R]", TEXT), objects=(ink,)),
        "empty": build_pdf((A4, "")),
    }
    for name, data in cases.items():
        _, (page,) = inspected(decoder, tmp_path, data)
        assert page.text_layer == (), name


HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def stream(entries: str, body: bytes) -> bytes:
    return f"<< {entries} /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


def test_a_scan_inside_a_form_is_still_a_scan(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    """The image fills the form's unit square; only where the form is placed makes it as large as the page."""
    form = stream("/Type /XObject /Subtype /Form /BBox [0 0 1 1]", b"BI /W 1 /H 1 /CS /G /BPC 8 ID \xf0 EI")
    for size, lines in (("595 0 0 842", []), ("99 0 0 99", [["Hello", "paper", "world"], ["Second", "line"]])):
        data = build_pdf((A4, f"q {size} 0 0 cm /X1 Do Q {TEXT}"), objects=(form,))
        data = data.replace(b"/F1 3 0 R >> >>", b"/F1 3 0 R >> /XObject << /X1 6 0 R >> >>")
        _, (page,) = inspected(decoder, tmp_path, data)
        assert words(page) == lines


def test_shapes_that_no_one_named_as_letters_are_no_text(decoder: Decoder, build_pdf: Build, tmp_path: Path) -> None:
    """A font of three nameless drawings: PDFium guesses A, B and C, and says that it guesses."""
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 65 /LastChar 67 "
        b"/Widths [10 10 10] /Encoding << /Type /Encoding /Differences [65 /g1 /g2 /g3] >> "
        b"/CharProcs << /g1 6 0 R /g2 6 0 R /g3 6 0 R >> >>"
    )
    data = build_pdf(
        (A4, "BT /F1 24 Tf 72 700 Td (ABC CAB) Tj ET"), objects=(stream("", b"10 0 0 0 10 10 d1 0 0 8 8 re f"),)
    )
    _, (page,) = inspected(decoder, tmp_path, data.replace(HELVETICA, font))
    assert page.text_layer == ()
