"""Pages that are one embedded scan give the scan's own pixels; any doubt, and the page is drawn."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageCms, ImageDraw

from notesyncd.domain.errors import UnreadableScan
from notesyncd.hooks.pixels import Pixels
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.intake.decoder.pdf import DPI, Pdf
from notesyncd.intake.decoder.raster import Raster, bands, page_id

SIZE = 600, 900
"""Of the scan: at 150 dpi as large as the page of 288 x 432 points."""

PAGE = 288, 432
FULL = "q 288 0 0 432 0 0 cm /Im Do Q"
Draw = Callable[..., Image.Image]


@pytest.fixture(scope="module")
def scan() -> Image.Image:
    """Return a page with print, pen strokes and corners that tell which way it lies."""
    image = Image.new("RGB", SIZE, (238, 233, 222))
    pen = ImageDraw.Draw(image)
    for line in range(3, 26):
        pen.line((60, line * 30, 540, line * 30), fill=(170, 185, 215), width=2)
        pen.line([(80 + x * 9, line * 30 - (x * line * 7) % 23) for x in range(8 + line)], fill=(25, 30, 95), width=4)
    for corner, colour in enumerate(("firebrick", "seagreen", "black", "royalblue")):
        left, top = (corner % 2) * 540, (corner // 2) * 840
        pen.rectangle((left, top, left + 59, top + 59), fill=colour)
    return image


def jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88, **options)
    return buffer.getvalue()


def pixels_of(encoded: bytes) -> Pixels:
    with Image.open(io.BytesIO(encoded)) as image:
        return np.asarray(image.convert("RGB"))


def picture(pdf: pikepdf.Pdf, image: Image.Image, **entries: object) -> pikepdf.Stream:
    """Return ``image`` as a JPEG in ``pdf``; a value of None takes an entry away."""
    spaces = {"L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}
    return raw_picture(
        pdf,
        jpeg(image),
        image.size,
        **{"ColorSpace": pikepdf.Name(spaces[image.mode]), "Filter": pikepdf.Name.DCTDecode, **entries},
    )


def raw_picture(pdf: pikepdf.Pdf, data: bytes, size: tuple[int, int], **entries: object) -> pikepdf.Stream:
    stream = pdf.make_stream(data)
    given = {
        "Type": pikepdf.Name.XObject,
        "Subtype": pikepdf.Name.Image,
        "Width": size[0],
        "Height": size[1],
        "BitsPerComponent": 8,
        "ColorSpace": pikepdf.Name.DeviceGray,
        **entries,
    }
    for name, value in given.items():
        if value is not None:
            stream[f"/{name}"] = value
    return stream


def add_page(
    pdf: pikepdf.Pdf, image: pikepdf.Object | None, content: str = FULL, size: tuple[int, int] = PAGE
) -> pikepdf.Page:
    page = pdf.add_blank_page(page_size=size)
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    if image is not None:
        page.Resources.XObject = pikepdf.Dictionary(Im=image)
    page.Contents = pdf.make_stream(content.encode())
    return page


def pillow_pdf(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PDF")
    return buffer.getvalue()


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, **options)
    return buffer.getvalue()


def one_page(
    image: Image.Image,
    content: str = FULL,
    change: Callable[[pikepdf.Pdf, pikepdf.Page], None] = lambda *_: None,
    **entries: object,
) -> bytes:
    pdf = pikepdf.new()
    change(pdf, add_page(pdf, picture(pdf, image, **entries), content))
    return saved(pdf)


def first_page(data: bytes) -> Raster:
    return Pdf(data).page(1)


def is_drawn(raster: Raster) -> bool:
    return raster.image.size == (800, 1200) and raster.dpi == pytest.approx(DPI)


def drawn(data: bytes, size: tuple[int, int]) -> Pixels:
    """Return the page as PDFium draws it at the size of the scan."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    page = document[0]
    return np.asarray(
        page.render(scale=size[0] / page.get_width(), rev_byteorder=True).to_pil().convert("RGB").resize(size)
    )


def distance(image: Image.Image, other: Pixels) -> float:
    return float(np.abs(np.asarray(image).astype(int) - other).mean())


# ------------------------------------------------------------------------------------------------- its very own pixels


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}], ids=str)
def test_a_jpeg_page_has_the_pixels_and_the_id_of_the_jpeg(
    scan: Image.Image, mode: str, options: dict[str, object]
) -> None:
    encoded = jpeg(scan.convert(mode), **options)
    pdf = pikepdf.new()
    space = {"L": pikepdf.Name.DeviceGray, "RGB": pikepdf.Name.DeviceRGB}[mode]
    add_page(pdf, raw_picture(pdf, encoded, SIZE, Filter=pikepdf.Name.DCTDecode, ColorSpace=space))
    raster = first_page(saved(pdf))
    assert (np.asarray(raster.image) == pixels_of(encoded)).all()
    with Image.open(io.BytesIO(encoded)) as alone:
        assert page_id(*SIZE, bands(raster.image)) == page_id(*SIZE, bands(alone.convert("RGB")))
    assert raster.dpi == pytest.approx(150, rel=1e-4)
    assert (raster.orientation, raster.text) == (1, ())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_pdfs_written_by_pillow(scan: Image.Image, mode: str) -> None:
    image = scan.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PDF", resolution=300)
    raster = first_page(buffer.getvalue())
    assert raster.image.size == SIZE
    assert raster.dpi == pytest.approx(300, rel=1e-3)
    difference = distance(raster.image, np.asarray(image.convert("RGB")))
    assert difference < 3 if mode in {"L", "RGB"} else difference == 0  # JPEG in the PDF


def test_pixels_that_are_packed_without_loss(scan: Image.Image) -> None:
    grey, colour = scan.convert("L"), scan
    bits = grey.point(lambda value: 255 * (value > 128)).convert("1")
    table = pikepdf.Array(
        [pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 1, pikepdf.String(b"\xf0\xf0\xe0\x10\x10\x60")]
    )
    cases = [
        (grey.tobytes(), {}, np.asarray(grey.convert("RGB"))),
        (grey.tobytes(), {"Decode": pikepdf.Array([1, 0])}, 255 - np.asarray(grey.convert("RGB"))),
        (colour.tobytes(), {"ColorSpace": pikepdf.Name.DeviceRGB}, np.asarray(colour)),
        (bits.tobytes(), {"BitsPerComponent": 1}, np.asarray(bits.convert("RGB"))),
        (
            bits.tobytes(),
            {"BitsPerComponent": 1, "Decode": pikepdf.Array([1, 0])},
            255 - np.asarray(bits.convert("RGB")),
        ),
        (
            bits.tobytes(),
            {"BitsPerComponent": 1, "ColorSpace": table},
            np.where(np.asarray(bits)[..., None], np.uint8([16, 16, 96]), np.uint8([240, 240, 224])),
        ),
        (
            (257 * np.asarray(grey).astype(">u2")).astype(">u2").tobytes(),
            {"BitsPerComponent": 16},
            np.asarray(grey.convert("RGB")),
        ),
    ]
    for data, entries, expected in cases:
        pdf = pikepdf.new()
        add_page(pdf, raw_picture(pdf, zlib.compress(data), SIZE, Filter=pikepdf.Name.FlateDecode, **entries))
        raster = first_page(saved(pdf))
        assert raster.image.size == SIZE, entries
        assert (np.asarray(raster.image) == expected).all(), entries


def test_inks_and_profiles_are_what_drawing_makes_of_them(scan: Image.Image) -> None:
    """Photoshop and img2pdf turn a CMYK JPEG's inks round and say so by /Decode."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in (b"%sXYZ", b"%sTRC"):  # red and green exchanged
        red, green = kind % b"r", kind % b"g"
        profile = profile.replace(red, b"????").replace(green, red).replace(b"????", green)
    pdf = pikepdf.new()
    space = pikepdf.Array([pikepdf.Name.ICCBased, pdf.make_stream(profile, N=3)])
    add_page(pdf, picture(pdf, scan, ColorSpace=space))
    for data in (
        saved(pdf),
        one_page(scan.convert("CMYK"), Decode=pikepdf.Array([1, 0] * 4)),
        one_page(scan.convert("CMYK")),
        one_page(scan, Decode=pikepdf.Array([0, 0.8] * 3)),
    ):
        raster = first_page(data)
        assert raster.image.size == SIZE
        assert distance(raster.image, drawn(data, SIZE)) < 4


# ------------------------------------------------------------------------------------------------------- how it lies

LIES = {
    "upright": "288 0 0 432 0 0",
    "mirrored": "-288 0 0 432 288 0",
    "top down": "288 0 0 -432 0 432",
    "upside down": "-288 0 0 -432 288 432",
    "rows upwards": "0 432 -288 0 288 0",
    "rows downwards": "0 -432 288 0 0 432",
    "rows downwards, mirrored": "0 -432 -288 0 288 432",
    "rows upwards, mirrored": "0 432 288 0 0 0",
}


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90])
@pytest.mark.parametrize("lie", LIES)
def test_it_stands_as_a_viewer_shows_it(scan: Image.Image, lie: str, turn: int) -> None:
    def turned(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Rotate = turn

    image = scan.resize((900, 600)) if lie.startswith("rows") else scan
    data = one_page(image, f"q {LIES[lie]} cm /Im Do Q", turned)
    raster = first_page(data)
    assert raster.image.size == (SIZE if turn % 180 == 0 else SIZE[::-1])
    assert raster.dpi == pytest.approx(150, rel=1e-4)
    assert (
        distance(raster.image, drawn(data, raster.image.size)) < 4
    )  # PDFium shifts by half a pixel; 30 if lying wrong
    stored = pixels_of(jpeg(image))
    assert (np.bincount(np.asarray(raster.image).ravel()) == np.bincount(stored.ravel())).all()


def test_a_page_that_begins_anywhere(scan: Image.Image) -> None:
    def moved(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.MediaBox = pikepdf.Array([-500, 100, 500, 1100])
        page.CropBox = pikepdf.Array([-400, 200, -112, 632])

    data = one_page(scan, "q 288 0 0 432 -400 200 cm /Im Do Q", moved)
    assert (np.asarray(first_page(data).image) == pixels_of(jpeg(scan))).all()


# ------------------------------------------------------------------------------------------- what may be on a scan's page

WORDS = "BT /F1 12 Tf 40 200 Td (words recognised) Tj 0 -40 Td (more of them) Tj ET"


def annotated(
    look: bytes = b"1 0 0 rg 0 0 100 30 re f", **entries: object
) -> Callable[[pikepdf.Pdf, pikepdf.Page], None]:
    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        appearance = pdf.make_stream(
            look,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=pikepdf.Array([0, 0, 100, 30]),
            Resources=pikepdf.Dictionary(ExtGState=pikepdf.Dictionary(Thin=pikepdf.Dictionary(ca=0.12))),
        )
        given = {
            "Type": pikepdf.Name.Annot,
            "Rect": pikepdf.Array([50, 100, 150, 130]),
            "F": 4,
            "AP": pikepdf.Dictionary(N=appearance),
            **entries,
        }
        annotation = pdf.make_indirect(pikepdf.Dictionary(with_slashes(given)))
        page.Annots = pikepdf.Array([annotation])
        if "FT" in given:
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([annotation]))

    return change


def with_slashes(entries: dict[str, object]) -> dict[str, object]:
    return {f"/{name}": value for name, value in entries.items()}


def in_forms(matrix: str, content: str, *, depth: int = 1, **entries: object) -> Callable[..., None]:
    """Put the picture into a form, that into another and so on; ``content`` is the innermost one's."""

    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        inner = page.Resources.XObject.Im
        for level in range(depth):
            form = pdf.make_stream(
                (content if level == 0 else "/Im Do").encode(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Form,
                BBox=pikepdf.Array([0, 0, 1, 1]),
                Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=inner)),
            )
            for name, value in entries.items():
                form[f"/{name}"] = value
            inner = form
        page.Resources.XObject = pikepdf.Dictionary(Im=inner)
        page.Contents = pdf.make_stream(f"q {matrix} cm /Im Do Q".encode())

    return change


HARMLESS = {
    "invisible text over it": (f"{FULL} 3 Tr {WORDS}", None),
    "invisible text under it": (f"q 3 Tr {WORDS} Q {FULL}", None),
    "visible text under it": (f"{WORDS} {FULL}", None),
    "white paper under it": (f"1 g 0 0 288 432 re f 0 g {FULL}", None),
    "a path that is not painted": (f"{FULL} 10 10 90 90 re n 20 20 m 60 60 l n", None),
    "a clip around the page": ("q 0 0 288 432 re W n q 291 0 0 434 -1 -1 cm /Im Do Q Q", None),
    "a clip that leans on nothing": ("q -50 -50 m 400 -50 l 400 500 l -50 500 l h W n " + FULL + " Q", None),
    "hanging over by 1 %": ("q 292 0 0 438 -1 -2 cm /Im Do Q", None),
    "margins of 1 %": ("q 284 0 0 426 2 3 cm /Im Do Q", None),
    "a link": (FULL, annotated(Subtype=pikepdf.Name.Link, AP=None)),
    "a hidden note": (FULL, annotated(Subtype=pikepdf.Name.FreeText, F=2)),
    "a signature without extent": (
        FULL,
        annotated(Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, Rect=pikepdf.Array([0, 0, 0, 0]), AP=None),
    ),
    "inside a form": (FULL, in_forms("288 0 0 432 0 0", "/Im Do")),
    "inside a form with its own measure": (
        FULL,
        in_forms(
            "288 0 0 432 0 0",
            "q 100 0 0 100 0 0 cm /Im Do Q",
            BBox=pikepdf.Array([0, 0, 100, 100]),
            Matrix=pikepdf.Array([0.01, 0, 0, 0.01, 0, 0]),
        ),
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_nobody_sees_does_no_harm(scan: Image.Image, name: str) -> None:
    content, change = HARMLESS[name]
    raster = first_page(one_page(scan, content, change or (lambda *_: None)))
    assert raster.image.size == SIZE
    assert (np.asarray(raster.image) == pixels_of(jpeg(scan))).all()


def with_state(**entries: object) -> Callable[[pikepdf.Pdf, pikepdf.Page], None]:
    def change(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Resources.ExtGState = pikepdf.Dictionary(G=pikepdf.Dictionary(with_slashes(entries)))

    return change


def shaded(_: pikepdf.Pdf, page: pikepdf.Page) -> None:
    colours = pikepdf.Dictionary(
        FunctionType=2,
        N=1,
        Domain=pikepdf.Array([0, 1]),
        C0=pikepdf.Array([1, 1, 1]),
        C1=pikepdf.Array([0, 0, 0]),
    )
    page.Resources.Shading = pikepdf.Dictionary(
        Sh=pikepdf.Dictionary(
            ShadingType=2,
            ColorSpace=pikepdf.Name.DeviceRGB,
            Coords=pikepdf.Array([0, 0, 90, 0]),
            Function=colours,
        )
    )


def masked(name: str, data: bytes, **entries: object) -> Callable[[pikepdf.Pdf, pikepdf.Page], None]:
    def change(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
        page.Resources.XObject.Im[name] = raw_picture(pdf, data, (10, 10), **entries)

    return change


def switched_off(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="scan"))
    state = pikepdf.Dictionary(OFF=pikepdf.Array([layer]), Order=pikepdf.Array([layer]))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=state)
    page.Resources.XObject.Im.OC = layer


FINE_PRINT = "BT 0.7 g /F1 3 Tf 140 20 Td (bit) Tj ET"
"""So small and pale that the small drawing does not tell it from the scan's grain."""

HALF_CLEAR = bytes([0xFF] * 50 + [0x80] * 50)
ONE_HOLE = bytes([0xFF] * 55 + [0x00] + [0xFF] * 44)
DOUBTFUL = {
    "visible text over it": (f"{FULL} {WORDS}", None),
    "white text over it": (f"{FULL} 1 g {WORDS}", None),
    "a pen stroke over it": (f"{FULL} 40 40 m 200 300 l S", None),
    "fine print over it": (f"{FULL} {FINE_PRINT}", None),
    "a hairline over it": (f"{FULL} 0.9 G 0 w 20 15 m 30 15 l S", None),
    "a pale dot over it": (f"{FULL} 0.9 g 20 15 1 1 re f", None),
    "a shading over it": (f"{FULL} /Sh sh", shaded),
    "twice": (f"{FULL} {FULL}", None),
    "two strips": ("q 288 0 0 216 0 0 cm /Im Do Q q 288 0 0 216 0 216 cm /Im Do Q", None),
    "a small one beside it": (f"{FULL} q 20 0 0 20 9 9 cm /Im Do Q", None),
    "margins of 5 %": ("q 259 0 0 389 14 20 cm /Im Do Q", None),
    "hanging over by 5 %": ("q 317 0 0 475 -14 -20 cm /Im Do Q", None),
    "hanging over at the top left": ("q 302 0 0 453 -14 0 cm /Im Do Q", None),
    "moved out of the page": ("q 288 0 0 432 20 0 cm /Im Do Q", None),
    "leaning": ("q 288 5 -7 432 0 0 cm /Im Do Q", None),
    "leaning a little": ("q 288 1.5 -1 432 0 0 cm /Im Do Q", None),
    "sheared": ("q 288 0 4 432 0 0 cm /Im Do Q", None),
    "half of it clipped away": (f"q 0 0 288 200 re W n {FULL} Q", None),
    "a corner of it clipped away": (f"q 0 0 m 288 0 l 288 400 l 260 432 l 0 432 l h W n {FULL} Q", None),
    "clipped to an ellipse": (f"q 0 200 m 0 460 288 460 288 200 c 288 -60 0 -60 0 200 c W n {FULL} Q", None),
    "clipped to a triangle": (f"q 0 0 m 288 0 l 288 432 l h W n {FULL} Q", None),
    "clipped to letters": (f"q 7 Tr {WORDS} {FULL} Q", None),
    "half seen through": (f"/G gs {FULL}", with_state(ca=0.5)),
    "multiplied": (f"0.5 g 0 0 288 432 re f /G gs {FULL}", with_state(BM=pikepdf.Name.Multiply)),
    "fine print that shines through": (f"{FINE_PRINT} /G gs {FULL}", with_state(BM=pikepdf.Name.Multiply)),
    "a soft mask": (FULL, masked("/SMask", HALF_CLEAR)),
    "a soft mask with one hole": (FULL, masked("/SMask", ONE_HOLE)),
    "a mask": (FULL, masked("/Mask", b"\xf0\0" * 10, ImageMask=True, BitsPerComponent=1, ColorSpace=None)),
    "a layer that is switched off": (FULL, switched_off),
    "a form that cuts it": (FULL, in_forms("288 0 0 432 0 0", "/Im Do", BBox=pikepdf.Array([0, 0, 0.5, 1]))),
    "a form that is seen through": (
        FULL,
        in_forms("288 0 0 432 0 0", "/Im Do", Group=pikepdf.Dictionary(S=pikepdf.Name.Transparency, I=True)),
    ),
    "forms without end": (FULL, in_forms("288 0 0 432 0 0", "/Im Do", depth=6)),
    "a link with a mark": (FULL, annotated(b"0 g 40 10 6 6 re f", Subtype=pikepdf.Name.Link)),
    "a link that veils the page": (
        FULL,
        annotated(b"/Thin gs 0 g 0 0 100 30 re f", Subtype=pikepdf.Name.Link, Rect=pikepdf.Array([0, 0, *PAGE])),
    ),
    "an ink note": (FULL, annotated(Subtype=pikepdf.Name.Ink)),
    "a stamp": (FULL, annotated(Subtype=pikepdf.Name.Stamp)),
    "a highlighted line": (FULL, annotated(Subtype=pikepdf.Name.Highlight)),
    "a form field": (FULL, annotated(Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, V="typed in")),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_where_more_or_less_than_the_scan_is_seen_the_page_is_drawn(scan: Image.Image, name: str) -> None:
    content, change = DOUBTFUL[name]
    data = one_page(scan, content, change or (lambda *_: None))
    raster = first_page(data)
    assert is_drawn(raster)
    assert (np.asarray(raster.image) == drawn(data, (800, 1200))).all()


@pytest.mark.parametrize(
    ("size", "page"),
    [((600, 450), (288, 432)), ((190, 285), (288, 432)), ((30, 45), (14, 21)), ((40, 9000), (16, 3600))],
    ids=["a fax", "a coloured ground", "an ornament", "a ribbon"],
)
def test_pictures_that_are_no_scans_are_drawn(scan: Image.Image, size: tuple[int, int], page: tuple[int, int]) -> None:
    pdf = pikepdf.new()
    add_page(pdf, picture(pdf, scan.resize(size)), f"q {page[0]} 0 0 {page[1]} 0 0 cm /Im Do Q", page)
    assert first_page(saved(pdf)).dpi == pytest.approx(DPI)


def test_a_colour_that_counts_as_clear_is_a_mask(scan: Image.Image) -> None:
    pdf = pikepdf.new()
    packed = zlib.compress(scan.convert("L").tobytes())
    clear = {"Filter": pikepdf.Name.FlateDecode, "Mask": pikepdf.Array([0, 60])}
    add_page(pdf, raw_picture(pdf, packed, SIZE, **clear))
    assert is_drawn(first_page(saved(pdf)))


def test_a_stencil_is_drawn(scan: Image.Image) -> None:
    """One bit a pixel: here is paint, here is none."""
    bits = scan.convert("1")
    pdf = pikepdf.new()
    add_page(pdf, raw_picture(pdf, bits.tobytes(), SIZE, BitsPerComponent=1, ImageMask=True, ColorSpace=None))
    assert is_drawn(first_page(saved(pdf)))


def test_more_pixels_than_are_taken_in_are_drawn_smaller() -> None:
    pdf = pikepdf.new()
    packed = zlib.compress(b"\xff" * (1625 * 13_000), 1)
    image = raw_picture(pdf, packed, (13_000, 13_000), BitsPerComponent=1, Filter=pikepdf.Name.FlateDecode)
    add_page(pdf, image, "q 400 0 0 400 0 0 cm /Im Do Q", (400, 400))
    assert first_page(saved(pdf)).dpi == pytest.approx(DPI)


def cut_scan(scan: Image.Image, kept: float) -> pikepdf.Pdf:
    """Return a PDF whose only picture is a JPEG of which so much is kept."""
    encoded = jpeg(scan)
    pdf = pikepdf.new()
    cut = raw_picture(
        pdf,
        encoded[: int(len(encoded) * kept)],
        SIZE,
        Filter=pikepdf.Name.DCTDecode,
        ColorSpace=pikepdf.Name.DeviceRGB,
    )
    add_page(pdf, cut)
    return pdf


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.95])
def test_a_damaged_picture_is_left_to_pdfium(scan: Image.Image, kept: float) -> None:
    raster = first_page(saved(cut_scan(scan, kept)))
    assert raster.image.size in {SIZE, (800, 1200)}


def test_a_page_whose_only_picture_is_lost_is_no_empty_page(scan: Image.Image) -> None:
    """PDFium draws white paper in its place, which would pass for a page that nobody wrote on."""
    with pytest.raises(UnreadableScan, match=r"the picture on page 1 can't be decoded, and nothing else is there"):
        first_page(saved(cut_scan(scan, 0.0)))


def test_a_page_that_is_black_all_over_was_never_written() -> None:
    with pytest.raises(UnreadableScan, match=r"page 1 of the PDF is black all over"):
        first_page(pillow_pdf(Image.new("L", SIZE, 0)))


# ---------------------------------------------------------------------------------------------------------------- its id


def test_pages_keep_their_ids_when_an_app_writes_the_pdf_anew(
    decoder: Decoder, scan: Image.Image, tmp_path: Path
) -> None:
    """As scanning apps do: the same JPEGs, but a new document around them, one more page, words behind the pages."""
    first, second = scan, scan.transpose(Image.Transpose.ROTATE_180)
    before, after = pikepdf.new(), pikepdf.new()
    for image in (first, second):
        add_page(before, picture(before, image.convert("L")))
        add_page(
            after, picture(after, image.convert("L")), f"q 3 Tr {WORDS} Q q 612 0 0 918 0 0 cm /Im Do Q", (612, 918)
        )
    add_page(after, picture(after, scan.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))
    (tmp_path / "before.pdf").write_bytes(saved(before))
    (tmp_path / "after.pdf").write_bytes(saved(after, object_stream_mode=pikepdf.ObjectStreamMode.generate))
    old = [page.page.id for page in decoder.inspect(tmp_path / "before.pdf").pages]
    new = [page.page.id for page in decoder.inspect(tmp_path / "after.pdf").pages]
    assert len(set(old)) == 2
    assert new[:2] == old
    assert len(set(new)) == 3


def test_its_pixels_are_given_out_as_they_were_counted(decoder: Decoder, scan: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(one_page(scan, f"{FULL} 3 Tr {WORDS}"))
    page = decoder.inspect(path).pages[0]
    assert (page.page.width, page.page.height, page.page.dpi) == (*SIZE, pytest.approx(150))
    assert (page.orientation, page.text_layer) == (1, ())
    assert (decoder.pixels(path, 1, page_id=page.page.id) == pixels_of(jpeg(scan))).all()
