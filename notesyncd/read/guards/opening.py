"""Where an answer begins: its first line without what only adorns it, as patterns for remarks of a model see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 400
"""Characters of a line that patterns look at: a remark is shorter, and what is bounded can't be made slow."""

_ENOUGH = 40  # characters

_ADORNED = re.compile(r"[\s*_#>`\"“”„«»'‘~\-–—•(\[（【「]*")
_REST_OF_ADORNED = re.compile(r"[*_`\"“”»')\]）】」]*[ \t]*")
_RULE = re.compile(r"\s*^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$", re.MULTILINE)
_STRAIGHT = str.maketrans("’‘´", "'''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The first words of a text.

    Attributes:
        begin: where they stand in it.
        line: from there to the end of the line, apostrophes straight; at most 400 characters.
    """

    begin: int
    line: str

    def words(self, end: int) -> str:
        """Return what stands there up to ``end``, and enough behind it to be told from other words of the page."""
        return self.line[: max(end, _ENOUGH)]


def opening(text: str, begin: int = 0) -> Opening:
    """Return the first line that has more than adornment: quotes, stars, a bullet, a bracket."""
    adorned = _ADORNED.match(text, begin)
    start = adorned.end() if adorned else begin
    line = text[start : start + LONGEST].split("\n", 1)[0]
    return Opening(begin=start, line=line.translate(_STRAIGHT).rstrip())


def behind(text: str, end: int) -> int:
    """Return where a text goes on after a remark that ends at ``end``: its own adornment and a ruled line skipped."""
    rest = _REST_OF_ADORNED.match(text, end)
    end = rest.end() if rest else end
    rule = _RULE.match(text, end)
    return rule.end() if rule else end
