"""Finds words of an earlier reading on a page that was read again: by their ink first, by their text otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notesyncd.api import BoundingBox, Transcript, Word
from notesyncd.review.page_words import Run, find_run
from notesyncd.review.wording import shared_box

# Part of a word's width that must lie in a box; less, and two words that were run together would pass for one of them.
_INSIDE = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places on a page that was read again.

    Attributes:
        transcript: the new reading, with the corrections so far on it.
        successors: ids of words that a correction has put there already, by their ids in the earlier reading.
    """

    transcript: Transcript
    successors: Mapping[str, str]

    def of(self, words: Sequence[Word]) -> Run | None:
        """Return what stands where ``words`` (neighbours, at least one) stood, or None where that is unsure."""
        if all(word.id in self.successors for word in words):
            return find_run(self.transcript, [self.successors[word.id] for word in words])
        texts = [word.text for word in words]
        box = shared_box(words) if all(word.box is not None for word in words) else None
        run = self.in_box(box, texts) if box is not None else None
        return run or self.reading(texts)

    def in_box(self, box: BoundingBox, texts: Sequence[str]) -> Run | None:
        """Return the neighbouring words of one line that lie, each for the better part, in ``box``.

        They must be possible as another reading of ``texts``: a reader that only knows the boxes of lines gives each
        of its words the box of its line, and a whole line is no other reading of one word.
        """
        found: Run | None = None
        most = 0.0
        for line in self.transcript.lines:
            inside = {at: share for at, word in enumerate(line.words) if (share := _share(word, box)) > _INSIDE}
            run = Run(line=line, begin=min(inside), end=max(inside) + 1) if inside else None
            if run is not None and run.end - run.begin == len(inside) and sum(inside.values()) > most:
                found, most = run, sum(inside.values())
        if found is None or sum(len(word.text) for word in found.words) > 2 * sum(map(len, texts)) + 4:
            return None
        return found if self._is_free(found) else None

    def reading(self, texts: Sequence[str]) -> Run | None:
        """Return the only neighbouring words that read ``texts``; None where there are none or several."""
        runs = [
            Run(line=line, begin=at, end=at + len(texts))
            for line in self.transcript.lines
            for at in range(len(line.words) - len(texts) + 1)
            if [word.text for word in line.words[at : at + len(texts)]] == list(texts)
        ]
        return runs[0] if len(runs) == 1 and self._is_free(runs[0]) else None

    def is_empty(self, box: BoundingBox) -> bool:
        """Tell whether no word reaches into ``box``."""
        return all(_share(word, box) <= 0.1 for word in self.transcript.words)

    def _is_free(self, run: Run) -> bool:
        """Tell whether no other correction has found its place here."""
        return not {word.id for word in run.words} & set(self.successors.values())


def _share(word: Word, box: BoundingBox) -> float:
    """Return which part of a word's width lies in ``box``, 0..1; 0 where it stands higher or lower.

    Heights are compared loosely, since some readers give each word the height of its line.
    """
    if word.box is None or word.box.width == 0:
        return 0.0
    height = min(word.box.bottom, box.bottom) - max(word.box.top, box.top)
    if height <= 0.5 * min(word.box.height, box.height):
        return 0.0
    width = min(word.box.right, box.right) - max(word.box.left, box.left)
    return max(width, 0.0) / word.box.width
