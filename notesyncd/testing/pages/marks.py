"""Quick pages that bear one printed mark, so that a test can tell in which note a page ended."""

from __future__ import annotations

from notesyncd.testing.pages.effects import Effects
from notesyncd.testing.pages.page import DrawnPage, render_page
from notesyncd.testing.pages.paper import Sheet

_CONSONANTS = "DHKLMNPRTX"
_VOWELS = "AEU"
_SHEET = Sheet(width=800, height=600, margin=70, pitch=150, letter=0.23)
_EFFECTS = Effects(texture=1.0)


def mark_text(number: int) -> str:
    """Return the mark of a number below 10,000, e.g. ``MARK 0000 XUDEP``, in letters no reader mistakes."""
    code, rest = "", number * 7919 + 104729  # primes: neighbours get unlike letters
    for place in range(5):
        alphabet = _VOWELS if place % 2 else _CONSONANTS
        rest, letter = divmod(rest, len(alphabet))
        code += alphabet[letter]
    return f"MARK {number:04d} {code}"


def render_marked_page(mark: str, seed: int = 0) -> DrawnPage:
    """Print a short mark, large and black, on a small white sheet of 800 x 600 pixels (no font file needed)."""
    return render_page(mark, seed=seed, effects=_EFFECTS, paper="plain", ink="print", sheet=_SHEET, word_gap=0.6)
