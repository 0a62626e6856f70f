"""Takes out of a reader's text what no hand can write and what could deceive whoever reads it later."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200c\u200d")  # parts of words in Persian and Indian scripts, and of emoji
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_BREAKS = frozenset({"Zl", "Zp"})


def plain(text: str) -> str:
    """Return ``text`` without control and formatting characters (those that reverse the writing direction too).

    White space of any kind becomes a space, and none is left at the ends; all else stays as it was read.
    """
    return "".join(map(_seen, text)).strip()


def _seen(character: str) -> str:
    if character.isspace():
        return " "
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    return "" if category in _UNSEEN else character
