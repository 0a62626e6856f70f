"""Cuts a recognised line into words and places them along it, whether or not their script writes spaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from notesyncd.api import is_cjk


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One word of a line: where it begins and ends along the line, and the mean score of its characters."""

    text: str
    start: float
    end: float
    score: float


def word_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Yield (begin, end) of each word: cut at white space, and where a script without spaces meets another."""
    begin = None
    for position, character in enumerate(text):
        if begin is None:
            begin = None if character.isspace() else position
        elif character.isspace():
            yield begin, position
            begin = None
        elif _scripts_meet(text[position - 1], character):
            yield begin, position
            begin = position
    if begin is not None:
        yield begin, len(text)


def word_spans(text: str, centers: Sequence[float], scores: Sequence[float], length: float) -> list[Span]:
    """Place the words of a line by the middles of its characters.

    A word reaches half a mean character's width beyond the middles of its first and last character; where two words
    would overlap they meet halfway between these.

    Args:
        text: the line.
        centers: middle of each character of ``text`` that is not white space, rising, 0..length. If their number
            does not fit the text, its characters are shared out evenly over the line.
        scores: the recogniser's score of each character of ``text``, white space included, 0..1. If their number
            does not fit the text, every word gets the mean of all.
        length: of the whole line, in the unit of ``centers``.
    """
    ranges = list(word_ranges(text))
    if not ranges:
        return []
    middles = _middles(text, centers, length)
    if len(scores) != len(text):
        scores = [fmean(scores) if scores else 0.0] * len(text)
    reach = _mean_width(ranges, middles, length / len(text)) / 2
    starts = [middles[begin] - reach for begin, _ in ranges]
    ends = [middles[end - 1] + reach for _, end in ranges]
    for i, ((_, end), (begin, _)) in enumerate(pairwise(ranges)):
        if ends[i] > starts[i + 1]:
            ends[i] = starts[i + 1] = (middles[end - 1] + middles[begin]) / 2
    return [
        Span(text=text[begin:end], start=max(0.0, start), end=min(length, stop), score=fmean(scores[begin:end]))
        for (begin, end), start, stop in zip(ranges, starts, ends, strict=True)
    ]


def _scripts_meet(before: str, after: str) -> bool:
    return before.isalnum() and after.isalnum() and is_cjk(before) != is_cjk(after)


def _middles(text: str, centers: Sequence[float], length: float) -> dict[int, float]:
    written = [position for position, character in enumerate(text) if not character.isspace()]
    if len(centers) == len(written):
        return dict(zip(written, centers, strict=True))
    return {position: (position + 0.5) * length / len(text) for position in written}


def _mean_width(ranges: list[tuple[int, int]], middles: dict[int, float], otherwise: float) -> float:
    """Return the mean distance of neighbours inside words; the mean width over the line where no word has two."""
    steps = [middles[i + 1] - middles[i] for begin, end in ranges for i in range(begin, end - 1)]
    return fmean(steps) if steps else otherwise
