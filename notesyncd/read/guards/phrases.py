"""What models say where they should only write down a page: the phrases of ``phrases.toml`` as patterns."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal[
    "monologue",
    "refusal",
    "vague_refusal",
    "agreement",
    "introduction",
    "heading",
    "no_text",
    "closing",
    "translation",
]

_BLOCK = re.compile(r"<(\w+)>")
_ANYTHING = ".{0,80}?"  # what is bounded can't be made slow by a hostile line


@cache
def phrase(kind: Kind) -> re.Pattern[str]:
    """Return the pattern that matches a line which begins with a phrase of a kind, in any of the languages."""
    phrases = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    blocks: dict[str, str] = phrases["blocks"]

    def whole(expression: str) -> str:
        while _BLOCK.search(expression):
            expression = _BLOCK.sub(lambda block: blocks[block[1]], expression)
        return expression.replace("…", _ANYTHING)

    expressions = [whole(expression) for those in phrases[kind].values() for expression in those]
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
