"""What some models wrap every answer in, though it says nothing: an empty thought, and a fence around the whole."""

from __future__ import annotations

import re

_EMPTY_THOUGHT = re.compile(r"\s*(?:<think>\s*)?</think>[ \t]*\n*")
_FENCE = re.compile(r"\s*(?:```+|~~~+)[ \t]*(?:[a-z]{1,20}[ \t]*)?\n", re.IGNORECASE)
_FENCE_INSIDE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_FENCE_AT_END = re.compile(r"(?:\A|\n)[ \t]*(?:```+|~~~+)\s*\Z")


def unwrapped(text: str) -> tuple[int, int]:
    """Return begin and end of what stands inside of the wrapping; the whole text where there is none.

    A fence that is only opened belongs to an answer that was cut off. Fenced parts of a text are left as they are.
    """
    thought = _EMPTY_THOUGHT.match(text)
    begin = thought.end() if thought else 0
    fence = _FENCE.match(text, begin)
    if fence is None:
        return begin, len(text)
    inside = text[fence.end() :]
    closing = _FENCE_AT_END.search(inside)
    end = closing.start() if closing else len(inside)
    if _FENCE_INSIDE.search(inside[:end]):
        return begin, len(text)
    return fence.end(), fence.end() + end
