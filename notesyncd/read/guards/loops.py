"""Guard against loops: an answer that repeats itself without end.

Two rules, since really repeated text exists (songs, tables, a page of "I must not talk in class"):

* While an answer streams in (``LoopWatch``), only what is longer than a page could hold stops it. That costs some
  hundred tokens more than stopping at the first suspicion, but never cuts off a true page.
* A finished answer (``find_loop``) is suspect from the fourth repetition on; the light reader acquits it where it saw
  the repeated piece a third as often. An answer that was stopped in a loop is never acquitted.

The first piece stays, since it may well be true: cut is where it begins to be repeated. A counting run is cut whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.repetition import Repetition, counting_tail, periodic_tail, stale_tail, without_markup
from notesyncd.read.guards.seen import squeezed, times_seen

_COUNTS = 15  # numbers in a row, in a finished answer
_PATIENT_COUNTS = 150  # while it streams in: a table of the numbers to a hundred is homework
_SUPPORT = 3  # so many times as often as the light reader saw it may a piece stand in the answer

_PHRASE = 12  # letters that are looked for together: a short word alone is easily misread

_TOKENS_A_LOOK = 64
_CHARACTERS_A_LOOK = 1024  # where a server sends more than a token at a time
_LOOKED_AT = 8192  # characters at the end

# What ends an answer after a loop in its last text: quotes, brackets, closing tags, a fence.
_CLOSING = re.compile(r"(?:</\w{1,20}>|[\s\"'\]})`,])+\Z")
_LONGEST_CLOSING = 200  # characters


def find_loop(text: str) -> int | None:
    """Return the character at which a finished text begins to repeat itself up to its end, or None."""
    repetition = _find(text)
    return None if repetition is None else repetition.begin


def examine(case: Case) -> Finding | None:
    """Find a loop at the end of an answer that the page does not explain; one that was stopped for a loop has one."""
    text = case.text
    stopped = case.answer.ended == "loop"
    repetition = _find(text)
    if repetition is None:
        sentence = "the answer was stopped because it repeated itself without end"
        return Finding(begin=0, end=len(text), sentence=sentence, condemns=True) if stopped else None
    if not stopped and _is_on_page(repetition, case.expected.words):
        return None
    sentence = "the answer repeats itself at its end; what it repeats was cut off"
    return Finding(begin=0, end=repetition.begin, sentence=sentence, condemns=True)


class LoopWatch:
    """Watches an answer stream in and says when to stop it."""

    def __init__(self) -> None:
        self._end = ""
        self._fresh: list[str] = []
        self._fresh_length = 0
        self._length = 0
        self._began: int | None = None

    @property
    def began(self) -> int | None:
        """The character of all that was fed at which the loop begins; None as long as there is none."""
        return self._began

    def feed(self, piece: str) -> bool:
        """Take the text of one more token; True: it is a loop, and more need not be generated."""
        if self._began is not None:
            return True
        self._fresh.append(piece)
        self._fresh_length += len(piece)
        if len(self._fresh) >= _TOKENS_A_LOOK or self._fresh_length >= _CHARACTERS_A_LOOK:
            self._look()
        return self._began is not None

    def _look(self) -> None:
        """Look at the end of what came; all the rest was looked at before."""
        self._length += self._fresh_length
        self._end = (self._end + "".join(self._fresh))[-_LOOKED_AT:]
        self._fresh.clear()
        self._fresh_length = 0
        repetition = (
            periodic_tail(self._end, patient=True)
            or counting_tail(self._end, least=_PATIENT_COUNTS)
            or stale_tail(self._end)
        )
        if repetition is not None:
            self._began = self._length - len(self._end) + repetition.begin


def _find(text: str) -> Repetition | None:
    closing = _CLOSING.search(text, max(0, len(text) - _LONGEST_CLOSING))
    inner = text[: closing.start()] if closing else text
    return periodic_tail(text) or periodic_tail(inner) or counting_tail(inner, least=_COUNTS) or stale_tail(inner)


def _is_on_page(repetition: Repetition, words: Sequence[str]) -> bool:
    """Tell whether the light reader saw what is repeated about as often; half of its sightings fail on cursive."""
    if repetition.numbers:
        seen = {digits for word in words for digits in re.findall(r"\d+", word)}
        return _SUPPORT * sum(number in seen for number in repetition.numbers) >= len(repetition.numbers)
    letters = squeezed(without_markup(repetition.piece))
    if not letters:
        return False
    together = min(repetition.times, ceil(_PHRASE / len(letters)))
    return _SUPPORT * together * times_seen(letters * together, words) >= repetition.times
