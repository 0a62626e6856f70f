"""How often the light reader saw a phrase on the page, though it reads handwriting poorly.

What looks like a remark of the model, or like a loop, may well stand on the page. The light reader decides: it reads
joined-up writing with a character error rate of .15 to .3, hard cursive with .5, and parts words wrongly. So phrases
are compared letter by letter, without white space and marks, and six letters in ten, in order, suffice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

# Share of the letters of two texts that must agree in order. Other sentences of the same language reach .55, short ones
# more; a phrase of fewer than six letters is looked for as a word by itself, for running text always has one like it.
_ALIKE = 0.6
_ALIKE_IF_SHORT = 0.75
_SHORT, _MIDDLING = 6, 12  # letters
_MOST_LETTERS = 60  # of a phrase: more tell nothing more and cost time
_MOST_WORDS = 1500  # of a page; the fullest handwritten ones have under 1,000


def squeezed(text: str) -> str:
    """Return the letters and digits of a text alone, their case and width folded."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def is_seen(phrase: str, words: Sequence[str]) -> bool:
    """Tell whether the light reader saw a phrase, as far as its first 60 letters go."""
    return next(_sightings(phrase, words), None) is not None


def times_seen(phrase: str, words: Sequence[str]) -> int:
    """Count how often the light reader saw a phrase, as far as its first 60 letters go."""
    return sum(1 for _ in _sightings(phrase, words))


def _sightings(phrase: str, words: Sequence[str]) -> Iterator[int]:
    letters = squeezed(phrase)[:_MOST_LETTERS]
    seen = [word for word in map(squeezed, words[:_MOST_WORDS]) if word]
    if not letters or not seen:
        return iter(())
    return _short_sightings(letters, seen) if len(letters) < _SHORT else _long_sightings(letters, seen)


def _short_sightings(letters: str, words: Sequence[str]) -> Iterator[int]:
    """Yield once for each word like the phrase, and for each time it stands in a run of it: ``hahaha``."""
    matcher = SequenceMatcher(None, b=letters, autojunk=False)
    for position, word in enumerate(words):
        times, rest = divmod(len(word), len(letters))
        matcher.set_seq1(word[: 2 * _SHORT])
        if times > 1 and not rest and word == letters * times:
            yield from [position] * times
        elif matcher.ratio() >= _ALIKE_IF_SHORT:
            yield position


def _long_sightings(letters: str, words: Sequence[str]) -> Iterator[int]:
    """Yield each place, not overlapping, where the phrase stands: at the begin of a word, or right behind another."""
    stream = "".join(words)
    begins = set(_begins(words))
    alike = _ALIKE if len(letters) >= _MIDDLING else _ALIKE_IF_SHORT
    matcher = SequenceMatcher(None, b=letters, autojunk=False)
    free = 0  # where the last sighting ended
    for position in range(len(stream)):
        if position < free or not (position in begins or position == free):
            continue
        matcher.set_seq1(stream[position : position + len(letters)])
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= alike and matcher.ratio() >= alike:
            yield position
            free = position + len(letters)


def _begins(words: Sequence[str]) -> Iterator[int]:
    position = 0
    for word in words:
        yield position
        position += len(word)
