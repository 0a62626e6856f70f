"""Guard against answers that were cut off because their tokens were used up."""

from __future__ import annotations

from notesyncd.read.guards.case import Case, Finding


def examine(case: Case) -> Finding | None:
    """Find an answer that was cut off, and cut it back to its last whole line; a single line to its last whole word.

    One that was cut further back already, where a loop began, is none: the loop used up the tokens.
    """
    text = case.text
    if case.answer.ended != "length" or case.end < len(case.answer.text):
        return None
    sentence = "the answer was cut off in the middle, for it got too long; the rest of the page is missing"
    return Finding(begin=0, end=_last_whole(text), sentence=sentence, condemns=True)


def _last_whole(text: str) -> int:
    written = text.rstrip()
    if len(written) < len(text) and "\n" in text[len(written) :]:
        return len(written)
    for end in (written.rfind("\n"), max(map(written.rfind, " \t　"))):
        if written[: max(0, end)].strip():
            return end
    return len(written)
