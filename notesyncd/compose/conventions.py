"""What people put at the beginning of a line by convention: bullets, numbers, checkboxes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from notesyncd.api import is_cjk
from notesyncd.compose.dates import begins_with_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a line begins with.

    Attributes:
        length: characters of the line that the note shows by other means (bullet, number, checkbox); the letter of an
            item "a)" is none of them, since no sink can show it otherwise.
        checked: state of a checkbox; None where there is none.
        ordinal: number of an ordered item, else None.
    """

    length: int
    checked: bool | None = None
    ordinal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """An item's number, as it is written: ``style`` tells "1." from "1)" and "a)"."""

    style: str
    number: int
    length: int


# Full-width forms, as readers of Japanese and Chinese give them; each is one character, so offsets stay.
_FULL_WIDTH = str.maketrans("［］（）．０１２３４５６７８９", "[]().0123456789")

# A bullet may touch its word; a dash only where it can't be a minus sign, a star never.
_BULLET = re.compile(r"(?:[•·‣▪●■◆◦∙⋅・･]\s*|[-–*]\s+|[-–](?=[^\W\d_]))(?=\S)")
_CHECKBOX = re.compile(r"(?:(?P<open>\[[\s_]?\]|[☐□])|\[\s?[xXvV✓✔×]\s?\]|[☑☒✓✔]|√(?=\s*[^\W\d_]))\s*(?=\S)")
# Readers trained on Chinese take an empty box for the character "mouth".
_MOUTH = re.compile(r"口\s*(?=\S)")
_COUNT = re.compile(
    r"(?P<opening>\(?)(?:(?P<number>[0-9]{1,3})|(?P<letter>[a-z]))(?P<closing>[.)])(?:\s+|(?=[^\W\d_]))(?=\S)"
)

# How many items the reader may have overlooked between two that it found.
_LOST_ITEMS = 2


def markers(texts: Sequence[str]) -> list[Marker | None]:
    """Return the marker that each line of a page begins with; ``texts`` are in reading order.

    A number counts only where a list begins with it (1, a) or where a neighbour counts on from it: "1984) was" in the
    middle of a sentence is no list item, and neither is a date.
    """
    counts = [_count(text) for text in texts]
    believed: set[int] = set()
    last_of_style: dict[str, tuple[int, int]] = {}
    for at, count in enumerate(counts):
        if count is None:
            continue
        before, number = last_of_style.get(count.style, (at, 0))
        if count.number == 1:
            believed.add(at)
        elif number and 1 <= count.number - number <= 1 + _LOST_ITEMS:
            believed |= {before, at}
        last_of_style[count.style] = (at, count.number)
    return [_marker(text, counts[at] if at in believed else None) for at, text in enumerate(texts)]


def _count(text: str) -> _Count | None:
    match = _COUNT.match(text.translate(_FULL_WIDTH))
    if match is None or begins_with_date(text):
        return None
    opening, number, letter, closing = match.group("opening", "number", "letter", "closing")
    if (opening and closing != ")") or (letter and closing == "."):
        return None  # "(1." and the abbreviation "e. g."
    if number is not None:
        return _Count(style=f"{opening}1{closing}", number=int(number), length=match.end())
    return _Count(style=f"{opening}a{closing}", number=ord(letter) - ord("a") + 1, length=0)


def _marker(text: str, count: _Count | None) -> Marker | None:
    bullet = _BULLET.match(text)
    if count is not None:
        marker = Marker(length=count.length, ordinal=count.number if count.length else None)
    elif bullet is not None:
        marker = Marker(length=bullet.end())
    else:
        marker = None
    start = marker.length if marker else 0
    checkbox = _checkbox(text[start:])
    if checkbox is None:
        return marker
    length, checked = checkbox
    return replace(marker or Marker(length=0), length=start + length, checked=checked)


def _checkbox(text: str) -> tuple[int, bool] | None:
    """Return length and state of a checkbox at the beginning of ``text``."""
    match = _CHECKBOX.match(text.translate(_FULL_WIDTH))
    if match is not None:
        return match.end(), match["open"] is None
    mouth = _MOUTH.match(text)
    if mouth is not None and not any(is_cjk(character) for character in text[mouth.end() :]):
        return mouth.end(), False
    return None
