"""Finds formulas between the delimiters that models write around LaTeX, without taking prices for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notesyncd.read.parsers.traced import Traced

_LONGEST = 5_000
"""Characters of a formula: an opening delimiter without a closing one must not cost a search through all the answer."""

_INLINE = re.compile(r"\$(?![\s$])(?P<latex>[^$\n]{1,1000})(?<![\s\\])\$(?![\d$])")
_SPACED = re.compile(r"\$(?P<latex>[ \t][^$\n]{1,1000}[ \t])\$(?![\d$])")

_LATEX = re.compile(r"[\\^_{}=]")
_SUM = re.compile(r"[\\^_{}=+*/<>|-]")
# A lone variable or number.
_LONE = re.compile(r"\s*(?:[^\W\d_]{1,2}|[\d.,]+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """LaTeX at ``begin:end`` of a text; with its delimiters it reaches up to ``stop``."""

    begin: int
    end: int
    stop: int
    is_display: bool


def formula_at(text: str, position: int) -> Formula | None:
    r"""Return the formula whose delimiter begins at ``position``: ``$``, ``$$``, ``\(`` or ``\[``.

    Between single dollars there must be something that looks like a formula: "$5 for two, $9 for four" has none. So it
    must between ``\[`` and ``\]``, which may be no more than escaped brackets.
    """
    if text.startswith("$$", position):
        return _between(text, position, "$$", is_display=True)
    if text.startswith("$", position):
        match = _INLINE.match(text, position)
        if match is None or not (_SUM.search(match["latex"]) or _LONE.fullmatch(match["latex"])):
            match = _SPACED.match(text, position)
            if match is None or not _LATEX.search(match["latex"]):
                return None
        return Formula(begin=match.start("latex"), end=match.end("latex"), stop=match.end(), is_display=False)
    for opening, closing, is_display in (("\\(", "\\)", False), ("\\[", "\\]", True)):
        if text.startswith(opening, position):
            found = _between(text, position, closing, is_display=is_display)
            if found is not None and _is_formula(text[found.begin : found.end]):
                return found
    return None


def _between(text: str, position: int, closing: str, *, is_display: bool) -> Formula | None:
    begin = position + 2
    end = text.find(closing, begin, begin + _LONGEST)
    if end < 0 or not text[begin:end].strip():
        return None
    return Formula(begin=begin, end=end, stop=end + 2, is_display=is_display)


def _is_formula(latex: str) -> bool:
    return bool(_LATEX.search(latex) or _LONE.fullmatch(latex) or re.search(r"[+*<>]", latex))


def undelimited(latex: Traced) -> Traced:
    """Return a formula without the delimiters that may stand around it."""
    latex = latex.stripped()
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        inner = len(latex.text) - len(opening) - len(closing)
        if inner > 0 and latex.text.startswith(opening) and latex.text.endswith(closing):
            return latex.part(len(opening), len(opening) + inner).stripped()
    return latex
