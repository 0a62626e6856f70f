"""Lines of untrusted text made fit for any document: no control characters, no stray white space."""

from __future__ import annotations

import re

_UNSHOWABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPACES = re.compile("[ \t]+")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def showable(text: str) -> str:
    """Return ``text`` with a replacement character for each control character and each half of a surrogate pair.

    Line breaks and tabs stay. What comes back can be encoded as UTF-8 and is allowed in XML.
    """
    return _UNSHOWABLE.sub(_REPLACEMENT, text)


def clean_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without empty ones; spaces and tabs are folded into one space and trimmed."""
    lines = (_SPACES.sub(" ", showable(line)).strip(" ") for line in text.splitlines())
    return [line for line in lines if line.strip()]
