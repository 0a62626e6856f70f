"""The sound files that are mixed in: 50, of every format, with 58 pages; each page bears a mark of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from PIL import Image

from notesyncd.testing.pages import render_marked_page, save_page, save_pdf
from tests.hostile.cases import Case, holding, sound
from tests.hostile.pictures import FORMATS, encoded, saved

NUMBER = 50


def pages(marks: Iterator[str]) -> Iterator[Case]:
    """Yield 50 sound files."""
    single = (
        "jpeg",
        "progressive",
        "png",
        "webp",
        "lossless-webp",
        "raw-tiff",
        "lzw-tiff",
        "jpeg-tiff",
        "big-tiff",
        "heic",
        "pdf",
    )
    for number in range(33):
        name = single[number % len(single)]
        mark = next(marks)
        yield _case(f"page {number:02} {name}{FORMATS[name][0]}", holding(encoded(name, _drawn(mark))), mark)
    for number, (suffix, taken) in enumerate(
        (s, t)
        for s in ("jpg", "png", "webp", "tif")
        for t in (None, datetime(2026, 5, 4, 12, 30), datetime(1999, 12, 31))
    ):
        mark = next(marks)
        page = render_marked_page(mark, seed=number)
        yield _case(f"saved {number:02}.{suffix}", partial(_save_page, page, captured_at=taken), mark)
    for number in range(3):
        several = [next(marks) for _ in range(3)]
        yield _case(
            f"notebook {number}.pdf", partial(_save_pdf, [render_marked_page(mark) for mark in several]), *several
        )
    for number in range(2):
        several = [next(marks) for _ in range(2)]
        first, *others = (_drawn(mark) for mark in several)
        data = saved(first, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")
        yield _case(f"two pages {number}.tiff", holding(data), *several)


def _case(name: str, put: object, *marks: str) -> Case:
    return Case(family="sound", name=name.encode(), put=put, outcomes=(sound(),), marks=marks)  # type: ignore[arg-type]


def _drawn(mark: str) -> Image.Image:
    return render_marked_page(mark).image


def _save_page(page: object, path: Path, **options: object) -> None:
    save_page(page, path, **options)  # type: ignore[arg-type]


def _save_pdf(drawn: object, path: Path) -> None:
    save_pdf(drawn, path)  # type: ignore[arg-type]
