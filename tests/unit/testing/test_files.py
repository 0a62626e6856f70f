"""Drawn pages as files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageOps

from notesyncd.testing.pages import render_marked_page, render_page, save_page, save_pdf


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_lossless_file_has_the_same_raster(tmp_path: Path, suffix: str) -> None:
    page = render_marked_page("MARK 0001 KATUR")
    with Image.open(save_page(page, tmp_path / f"page{suffix}")) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), page.pixels)


def test_the_orientation_stands_in_the_file(tmp_path: Path) -> None:
    page = render_page("Beans\nkale\nleek", effects="clean", orientation=6)
    with Image.open(save_page(page, tmp_path / "page.jpg")) as image:
        assert image.size == page.image.size
        assert ImageOps.exif_transpose(image).size == page.image.size[::-1]


def test_an_upright_page_carries_no_orientation(tmp_path: Path) -> None:
    with Image.open(save_page(render_marked_page("x"), tmp_path / "page.jpg")) as image:
        assert not image.getexif()


def test_the_capture_time_is_kept_with_its_zone(tmp_path: Path) -> None:
    path = save_page(
        render_marked_page("x"), tmp_path / "page.jpg", captured_at=datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
    )
    with Image.open(path) as image:
        details = image.getexif().get_ifd(0x8769)
    assert details[0x9003] == "2026:03:14 09:30:00"
    assert details[0x9011] == "+00:00"


def test_a_pdf_has_every_page_in_its_size(tmp_path: Path) -> None:
    pages = [render_marked_page(f"MARK 000{n} KATUR") for n in (1, 2)]
    document = pypdfium2.PdfDocument(save_pdf(pages, tmp_path / "two.pdf"))
    try:
        sizes = [page.get_size() for page in document]
        first = document[0].render(scale=150 / 72).to_numpy()
    finally:
        document.close()
    assert sizes == [(384, 288)] * 2  # 800 x 600 pixels, 150 to the inch, in points
    assert np.abs(first[:, :, :3].astype(int) - pages[0].pixels).mean() < 5


def test_a_longer_pdf_keeps_the_pictures_of_its_first_pages(tmp_path: Path) -> None:
    pages = [render_marked_page(f"MARK 000{n} KATUR") for n in (1, 2)]
    short, long = (save_pdf(pages[:n], tmp_path / f"{n}.pdf").read_bytes() for n in (1, 2))
    picture = short[short.index(b"\xff\xd8") : short.index(b"\xff\xd9") + 2]
    assert picture in long
    assert save_pdf(pages, tmp_path / "again.pdf").read_bytes() == long
