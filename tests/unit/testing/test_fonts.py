"""Every character is drawn by the first font that has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from notesyncd.testing.pages import Hand


def make_font(path: Path, glyphs: dict[str, int], missing_height: int = 500) -> Path:
    """Build a font in which each character is a block of the given width (its missing glyph is a block of 40)."""
    builder = FontBuilder(1000, isTTF=True)
    names = {character: f"u{ord(character):04X}" for character in glyphs}
    widths = {".notdef": 40} | {names[character]: width for character, width in glyphs.items()}
    builder.setupGlyphOrder(list(widths))
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    builder.setupGlyf(
        {name: block(width, missing_height if name == ".notdef" else 500) for name, width in widths.items()}
    )
    builder.setupHorizontalMetrics(dict.fromkeys(widths, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost()
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.save(path)
    return path


def block(width: int, height: int):
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, height), (width, height), (width, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    return pen.glyph()


def ink_width(hand: Hand, text: str) -> int:
    mask, _, _ = hand.draw(text, 100)
    columns = np.flatnonzero(mask.max(axis=0) > 128)
    return int(columns[-1] - columns[0] + 1)


def test_a_chain_takes_each_character_from_the_first_font_that_has_it(tmp_path: Path) -> None:
    first = make_font(tmp_path / "first.ttf", {"x": 200, "y": 300})
    second = make_font(tmp_path / "second.ttf", {"x": 700, "会": 800})
    hand = Hand([first, second])
    assert ink_width(hand, "x") == pytest.approx(20, abs=1)
    assert ink_width(hand, "会") == pytest.approx(80, abs=1)
    assert ink_width(hand, "x会") == pytest.approx(180, abs=1)
    assert hand.advance("x会y", 100) == pytest.approx(300)


def test_a_character_of_no_font_is_shown_as_missing_by_the_first(tmp_path: Path) -> None:
    hand = Hand([make_font(tmp_path / "first.ttf", {"x": 200}), make_font(tmp_path / "second.ttf", {"y": 700})])
    assert ink_width(hand, "会") == pytest.approx(4, abs=1)


def test_size_is_chosen_by_the_height_of_a_small_x(tmp_path: Path) -> None:
    with_x = make_font(tmp_path / "x.ttf", {"x": 200})
    without = make_font(tmp_path / "y.ttf", {"y": 200}, missing_height=100)
    assert Hand(with_x).size_for(25) == pytest.approx(50, rel=0.05)
    assert Hand([without, with_x]).size_for(25) == pytest.approx(50, rel=0.05)


def test_without_files_the_built_in_font_draws() -> None:
    assert ink_width(Hand(), "MARK") > 100


def test_an_empty_chain_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one font"):
        Hand([])
    with pytest.raises(OSError, match="resource"):
        Hand(tmp_path / "none.ttf")
