"""Parses answers for the tests, and looks at what comes out as tests like to see it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from notesyncd.api import BoundingBox
from notesyncd.read.answer_parts import AnswerRegion, AnswerWord, ParsedAnswer
from notesyncd.read.parsers import PARSERS
from notesyncd.read.parsers.safely import FAILED
from notesyncd.read.picture import Picture

PICTURE = Picture(pixels=np.zeros((560, 420, 3), np.uint8), page_width=2100, page_height=2800)
"""The model saw 420 x 560 pixels of a page image of 2100 x 2800."""


def parsed(parser: str, answer: str) -> ParsedAnswer:
    """Parse; no answer in these tests may be one that the parser fails over."""
    result = PARSERS[parser](answer, PICTURE)
    assert FAILED not in result.warnings
    return result


def words(regions: tuple[AnswerRegion, ...]) -> Iterator[AnswerWord]:
    return (word for region in regions for line in region.lines for word in line.words)


def seen(result: ParsedAnswer) -> list[tuple[str, list[str]]]:
    """Kind and lines of each region."""
    return [(region.kind, lines(region)) for region in result.regions]


def lines(region: AnswerRegion) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in region.lines]


def written(answer: str, result: ParsedAnswer) -> dict[str, str]:
    """How each word was written that was not written as it reads."""
    pairs = ((word.text, answer[word.begin : word.end]) for word in words(result.regions))
    return {text: source for text, source in pairs if text != source}


def edges(box: BoundingBox | None) -> tuple[float, ...] | None:
    return None if box is None else tuple(round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom))
