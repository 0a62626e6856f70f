"""Guard against answers without a word for pages that have some."""

from __future__ import annotations

import re

from notesyncd.read.guards.case import Case, Finding

# Tags, and pictures that stand for what was not read.
_NO_TEXT = re.compile(r"<[^<>]{0,500}>|!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)")
_LEAST_WORD = 2  # letters; the light reader sees single ones in specks of dirt


def examine(case: Case) -> Finding | None:
    """Find that nothing is left but white space, marks and tags; it condemns where the light reader saw a word."""
    if any(map(str.isalnum, _NO_TEXT.sub("", case.text))):
        return None
    saw_words = any(sum(map(str.isalpha, word)) >= _LEAST_WORD for word in case.expected.words)
    sentence = "no text is left of the answer" + (", though there are words on the page" if saw_words else "")
    return Finding(begin=0, end=len(case.text), sentence=sentence, condemns=saw_words)
