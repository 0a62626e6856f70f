"""The words that a person's text makes out of a reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from notesyncd.api import BoundingBox, Evidence, Word

CORRECTED = "corrected"
ACCEPTED = "accepted"
ILLEGIBLE = "illegible"
UNPLACED = "unplaced"

_VERDICTS = frozenset({CORRECTED, ACCEPTED, ILLEGIBLE})


def with_verdict(word: Word, verdict: str) -> Word:
    """Return the word with a person's verdict in place of any earlier one; "corrected" stays beside "accepted"."""
    outdated = _VERDICTS - {CORRECTED} if verdict == ACCEPTED else _VERDICTS
    return replace(word, flags=(*(flag for flag in word.flags if flag not in outdated), verdict))


def new_word(word_id: str, text: str, box: BoundingBox | None) -> Word:
    """Return a word that a person wrote."""
    return Word(id=word_id, text=text, box=box, flags=(CORRECTED,) if box is not None else (UNPLACED, CORRECTED))


def corrected(word: Word, text: str) -> Word:
    """Return the word with a person's text; what the reader knew of the old one says nothing about it."""
    flagged = with_verdict(word, CORRECTED)
    return replace(flagged, text=text, confidence=None, evidence=Evidence(), alternatives=())


def reworded(old: Sequence[Word], texts: Sequence[str], new_id: Callable[[], str]) -> tuple[Word, ...]:
    """Return words with ``texts`` in place of ``old``.

    A word whose text stays is kept as it is. As many words for as many keep their ids and boxes; otherwise new words
    share the box of those they replace. A word put between others has no box.
    """
    words: list[Word] = []
    matcher = SequenceMatcher(a=[word.text for word in old], b=list(texts), autojunk=False)
    for operation, begin, end, new_begin, new_end in matcher.get_opcodes():
        replaced, wanted = old[begin:end], texts[new_begin:new_end]
        if operation == "equal":
            words += replaced
        elif len(replaced) == len(wanted):
            words += (corrected(word, text) for word, text in zip(replaced, wanted, strict=True))
        else:
            box = shared_box(replaced)
            words += (new_word(new_id(), text, box) for text in wanted)
    return tuple(words)


def shared_box(words: Iterable[Word]) -> BoundingBox | None:
    """Return the box around all boxes of these words, if any has one."""
    boxes = [word.box for word in words if word.box is not None]
    return BoundingBox.union(boxes) if boxes else None
