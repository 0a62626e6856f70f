"""Guard against refusals: "I'm sorry, but I can't …" is no text of the page.

Letters are sorry too. So there are two kinds of phrases: those that speak of images, requests or the model itself count
wherever an answer begins with them; vaguer ones only where they are all of a short answer. What the light reader saw is
never one. A short answer is cut as a whole, a longer one by its first line; both are condemned.
"""

from __future__ import annotations

from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.opening import opening
from notesyncd.read.guards.phrases import phrase
from notesyncd.read.guards.seen import is_seen

_SHORT = 300  # characters; refusals are of one or two sentences


def examine(case: Case) -> Finding | None:
    """Find an answer that begins with a refusal, or is nothing else."""
    text = case.text
    first = opening(text)
    is_short = len(text.strip()) <= _SHORT
    found = phrase("refusal").match(first.line) or (phrase("vague_refusal").match(first.line) if is_short else None)
    if found is None or is_seen(first.words(found.end()), case.expected.words):
        return None
    line_end = text.find("\n", first.begin)
    begin = len(text) if is_short or line_end < 0 else line_end
    sentence = "the model refused to read the page"
    return Finding(begin=begin, end=len(text), sentence=sentence, condemns=True)
