"""From a text to the picture of a handwritten page, with the truth about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from notesyncd.api import Pixels
from notesyncd.testing.pages.bands import Band, Writer
from notesyncd.testing.pages.camera import take_picture
from notesyncd.testing.pages.effects import PRESETS, EffectName, Effects
from notesyncd.testing.pages.flow import parse
from notesyncd.testing.pages.fonts import Fonts, Hand
from notesyncd.testing.pages.ink import stamp
from notesyncd.testing.pages.layout import Layout, balance, place
from notesyncd.testing.pages.paper import USUAL_INKS, InkName, PaperName, Sheet, blank_sheet, grain, soak
from notesyncd.testing.pages.pen import Pen
from notesyncd.testing.pages.truth import PageTruth
from notesyncd.testing.pages.truths import tell
from notesyncd.testing.pages.turning import Turn, turn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPage:
    """The raster of a drawn page (RGB, EXIF orientation not applied), and what is written on it."""

    image: Image.Image
    truth: PageTruth

    @property
    def pixels(self) -> Pixels:
        """The raster as an array of shape (height, width, 3)."""
        return np.array(self.image)


def render_page(
    text: str,
    fonts: Fonts = None,
    *,
    seed: int = 0,
    effects: EffectName | Effects = "photo",
    paper: PaperName = "ruled",
    ink: InkName | None = None,
    sheet: Sheet | None = None,
    columns: int = 1,
    word_gap: float = 1.0,
    turned: Turn = 0,
    orientation: int = 1,
) -> DrawnPage:
    """Write a text on a sheet of paper and take its picture.

    The same arguments give the same pixels on the same versions of NumPy, OpenCV, Pillow and the font files. Paper and
    camera depend on the seed alone and not on the text.

    Args:
        text: in the notation of ``flow.parse``: ``# heading``, ``[ ] task``, ``| table | row |``, plain lines.
        fonts: the hand; None: the font that comes with Pillow.
        seed: of all chances.
        effects: a preset by name, or strengths.
        paper: printed rulings.
        ink: None: the seed chooses.
        sheet: size, margins and pitch of the flat sheet.
        columns: of text, filled one after the other to about equal height.
        word_gap: space between words in widths of the letter n; 0.5 makes words hard to tell apart.
        turned: clockwise degrees by which the page lies on its side.
        orientation: EXIF orientation 1..8 for which the raster is stored.

    Raises:
        ValueError: if a word, a table or the whole text does not fit on the sheet.
    """
    strengths = effects if isinstance(effects, Effects) else PRESETS[effects]
    sheet = sheet or Sheet()
    hand_rng, paper_rng, camera_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    pen = Pen(Hand(fonts), x_height=sheet.letter * sheet.pitch, liveliness=strengths.liveliness, rng=hand_rng)
    layout = _write(text, pen, sheet, columns=columns, word_gap=word_gap)
    height = sheet.height or layout.bottom + sheet.margin
    if layout.bottom > height:
        raise ValueError(f"the text needs {layout.bottom} pixels, the sheet has {height}")
    page = blank_sheet(paper_rng, paper, sheet, height)
    usual = USUAL_INKS[int(paper_rng.integers(len(USUAL_INKS)))]
    if strengths.texture:
        rough = page + grain(paper_rng, height, sheet.width, strengths.texture)[..., None]
        page = np.clip(np.round(rough), 0, 255).astype(np.uint8)
    cover = np.zeros((height, sheet.width), np.uint8)
    for piece in (*layout.strokes, *(word.ink for word in layout.words)):
        stamp(cover, piece)
    soak(page, cover, ink or usual, unsteady=strengths.liveliness, rng=hand_rng)
    picture, warp = take_picture(page, strengths, camera_rng)
    image = Image.fromarray(picture)
    truth = tell(layout, warp, image.width, image.height)
    image, truth = turn(image, truth, turned=turned, orientation=orientation)
    return DrawnPage(image=image, truth=truth)


def empty_page(
    seed: int = 0,
    *,
    paper: PaperName = "ruled",
    effects: EffectName | Effects = "photo",
    sheet: Sheet | None = None,
) -> DrawnPage:
    """Take the picture of a sheet on which nothing is written (A4 unless ``sheet`` says otherwise)."""
    return render_page("", seed=seed, paper=paper, effects=effects, sheet=sheet or Sheet(height=1754))


def _write(text: str, pen: Pen, sheet: Sheet, *, columns: int, word_gap: float) -> Layout:
    column_width = (sheet.width - 2 * sheet.margin - (columns - 1) * sheet.gutter) / columns
    writer = Writer(pen, width=column_width, pitch=sheet.pitch, word_gap=word_gap)
    bands: Sequence[Band] = [band for item in parse(text) for band in writer.write(item)]
    lefts = [round(sheet.margin + number * (column_width + sheet.gutter)) for number in range(columns)]
    return place(balance(bands, columns), lefts=lefts, top=sheet.margin)
