"""What olmOCR says about a page before its text, between two lines of dashes."""

from __future__ import annotations

import re

from notesyncd.read.parsers.traced import Traced

_KEYS = "primary_language|is_rotation_valid|rotation_correction|is_table|is_diagram"
_FRONT_MATTER = re.compile(
    rf"\s*---[ \t]*\r?\n(?P<facts>(?:(?:{_KEYS}):[^\n]*(?:\n|\Z))+)(?:---[ \t]*(?:\r?\n|\Z))?",
)
_TURN = re.compile(r"^rotation_correction:[ \t]*(90|180|270)\b", re.MULTILINE)


def without_front_matter(answer: Traced) -> tuple[Traced, tuple[str, ...]]:
    """Return the text that comes after it, and what it says that the user should know."""
    match = _FRONT_MATTER.match(answer.text)
    if match is None:
        return answer, ()
    turn = _TURN.search(match["facts"])
    warnings = (f"the model takes the page to be turned: it should be turned by {turn[1]} degrees",) if turn else ()
    return answer.part(match.end()), warnings
