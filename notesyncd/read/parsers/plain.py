"""Answers that are nothing but the text: what looks like markup was written on the page."""

from __future__ import annotations

from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture


def parse(answer: str, picture: Picture) -> ParsedAnswer:  # noqa: ARG001 - plain text names no boxes
    """Keep the lines as they are written; blank lines part regions."""
    return as_plain(answer)


def as_plain(answer: str, *warnings: str) -> ParsedAnswer:
    """Return an answer as plain text, with what there is to say about that."""
    regions: list[AnswerRegion] = []
    lines: list[AnswerLine] = []
    for line in unfenced(Traced.whole(answer)).lines():
        if words := line.words():
            lines.append(AnswerLine(words=words))
        elif lines:
            regions.append(AnswerRegion(lines=tuple(lines)))
            lines = []
    if lines:
        regions.append(AnswerRegion(lines=tuple(lines)))
    return ParsedAnswer(regions=tuple(regions), warnings=warnings)
