"""The typeface of a hand: one font file, a chain in which each character finds its glyph, or Pillow's built-in font."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from notesyncd.testing.pages.arrays import Mask

Fonts = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
"""A TTF, OTF or WOFF2 file, several of them in order of preference, or None for the font that comes with Pillow."""

BUILT_IN = ""
_PROBE_SIZE = 64
_NO_CHARACTER = "\U0010ffff"  # a noncharacter: every font shows its "missing" glyph for it


class Hand:
    """Draws text at a given size and tells how much room it takes. Characters no font has go to the first font."""

    def __init__(self, fonts: Fonts = None) -> None:
        """Take font files as ``Fonts`` describes them.

        Raises:
            OSError: if a file is missing or is no font.
            ValueError: if the list is empty.
        """
        chain = [fonts] if isinstance(fonts, str | os.PathLike) else (BUILT_IN,) if fonts is None else fonts
        self._paths = tuple(os.fspath(path) for path in chain)
        if not self._paths:
            raise ValueError("a hand needs at least one font, or None for the built-in one")
        for path in self._paths:
            _font(path, _PROBE_SIZE)

    def size_for(self, x_height: float) -> float:
        """Return the em size at which a small ``x`` is ``x_height`` pixels tall: so all hands write equally large."""
        _, top, _, bottom = _font(self._path_for("x"), _PROBE_SIZE).getbbox("x", anchor="ls")
        return x_height * _PROBE_SIZE / max(bottom - top, 1)

    def advance(self, text: str, size: float) -> float:
        """Return how far the pen moves, in pixels."""
        return sum(_font(path, size).getlength(run) for run, path in self._runs(text))

    def draw(self, text: str, size: float) -> tuple[Mask, int, int]:
        """Draw ``text``; return the mask (255 = ink) and the pen's start on the baseline, as column and row."""
        pad, baseline = round(size), round(2 * size)
        canvas = Image.new("L", (round(self.advance(text, size)) + 2 * pad, round(3 * size)), 0)
        pen = ImageDraw.Draw(canvas)
        x = float(pad)
        for run, path in self._runs(text):
            font = _font(path, size)
            pen.text((x, baseline), run, font=font, fill=255, anchor="ls")
            x += font.getlength(run)
        return np.array(canvas), pad, baseline

    def _runs(self, text: str) -> list[tuple[str, str]]:
        if len(self._paths) == 1:
            return [(text, self._paths[0])]
        return [("".join(characters), path) for path, characters in groupby(text, self._path_for)]

    def _path_for(self, character: str) -> str:
        return next((path for path in self._paths if _has_glyph(path, character)), self._paths[0])


@lru_cache(maxsize=512)
def _font(path: str, size: float) -> ImageFont.FreeTypeFont:
    if path != BUILT_IN:
        return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise OSError("this Pillow was built without FreeType")
    return font


@lru_cache(maxsize=65536)
def _has_glyph(path: str, character: str) -> bool:
    """Tell by the picture: FreeType draws one and the same glyph for all characters that a font lacks."""
    font = _font(path, _PROBE_SIZE)
    drawn, missing = (font.getmask(text) for text in (character, _NO_CHARACTER))
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)
