"""Draws the sample pages anew: ``python -m notesyncd.testing.make_sample_pages --fonts FOLDER``.

The fonts are named in ``sample_pages/README.md``; they are used for drawing and are not part of notesyncd.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from notesyncd.testing.pages import PHOTO, SCAN, DrawnPage, Effects, InkName, PaperName, Sheet, render_page
from notesyncd.testing.pages.files import save_page, save_pdf
from notesyncd.testing.samples import FOLDER, write_truth

_QUALITY = 80
_PDF_QUALITY = 68  # scanners press PDFs harder than cameras their photos
_PHOTO = replace(PHOTO, noise=2.0, jpeg=None)
_SCAN = replace(SCAN, texture=0.7, noise=0.7, jpeg=None)
_NOTEBOOK = Sheet(width=1060, height=1400, margin=85, pitch=64, letter=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """How one sample is drawn; its text lies beside the pictures, pages parted by form feeds."""

    file: str
    fonts: str
    seed: int
    effects: Effects
    paper: PaperName
    ink: InkName
    sheet: Sheet = _NOTEBOOK
    orientation: int = 1
    word_gap: float = 1.0


_SAMPLES = (
    _Sample(
        file="meeting.jpg",
        fonts="caveat-latin-400-normal.woff2",
        seed=12,
        effects=_PHOTO,
        paper="ruled",
        ink="blue",
        word_gap=0.8,
    ),
    _Sample(
        file="todo.jpg",
        fonts="patrick-hand-latin-400-normal.woff2",
        seed=44,
        effects=_SCAN,
        paper="grid",
        ink="black",
        sheet=Sheet(width=960, height=1240, margin=80, pitch=76),
    ),
    _Sample(
        file="running-log.jpg",
        fonts="architects-daughter-latin-400-normal.woff2",
        seed=36,
        effects=_SCAN,
        paper="dots",
        ink="black",
        sheet=Sheet(width=1240, height=1080, pitch=70),
    ),
    _Sample(
        file="kaigi.jpg",
        fonts="klee-one-*-600-normal.woff2",
        seed=41,
        effects=_PHOTO,
        paper="plain",
        ink="black",
        sheet=Sheet(width=1060, height=1060, letter=0.32),
    ),
    _Sample(
        file="journal.pdf",
        fonts="cedarville-cursive-latin-400-normal.woff2",
        seed=54,
        effects=_SCAN,
        paper="ruled",
        ink="blue",
        sheet=Sheet(width=1240, height=1754, margin=110, pitch=62, letter=0.31, colour=(250, 247, 238)),
    ),
    _Sample(
        file="recipe.jpg",
        fonts="handlee-latin-400-normal.woff2",
        seed=62,
        effects=_PHOTO,
        paper="ruled",
        ink="black",
        orientation=6,
    ),
)


def make_sample_pages(fonts: Path, folder: Path) -> None:
    """Draw every sample into ``folder``, with its truth beside it, from the texts in this package.

    Raises:
        FileNotFoundError: if a font is missing below ``fonts``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for sample in _SAMPLES:
        pages = _draw(sample, fonts)
        path = folder / sample.file
        if path.suffix == ".pdf":
            save_pdf(pages, path, quality=_PDF_QUALITY)
        else:
            save_page(pages[0], path, quality=_QUALITY)
        write_truth(path, [page.truth for page in pages])
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")  # noqa: T201 - this is a command


def _draw(sample: _Sample, fonts: Path) -> list[DrawnPage]:
    hand = sorted(fonts.rglob(sample.fonts))
    if not hand:
        raise FileNotFoundError(f"no font {sample.fonts} below {fonts}; see sample_pages/README.md")
    texts = (FOLDER / sample.file).with_suffix(".txt").read_text(encoding="utf-8").split("\f\n")
    return [
        render_page(
            text,
            hand,
            seed=sample.seed + number,
            effects=sample.effects,
            paper=sample.paper,
            ink=sample.ink,
            sheet=sample.sheet,
            orientation=sample.orientation,
            word_gap=sample.word_gap,
        )
        for number, text in enumerate(texts)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True, help="folder below which the font files lie")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: the package's own)")
    chosen = parser.parse_args(arguments)
    make_sample_pages(chosen.fonts, chosen.out)


if __name__ == "__main__":
    main()
