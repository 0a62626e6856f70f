"""Answers of HunyuanOCR asked for text with coordinates: ``a line(x1,y1),(x2,y2)``, edges 0 to 1000."""

from __future__ import annotations

import re

from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.places import relative, unplaced
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

CUT_OFF = "the answer's last box is cut off; its line has none"
NO_BOXES = "the answer has no boxes; it was taken as plain text"

_CORNERS = re.compile(r"\((\d{1,7}),[ \t]*(\d{1,7})\),[ \t]*\((\d{1,7}),[ \t]*(\d{1,7})\)")
_CUT_OFF = re.compile(
    r"\(\d{1,7}(?:,[ \t]*(?:\d{1,7}(?:\)(?:,[ \t]*(?:\((?:\d{1,7}(?:,[ \t]*(?:\d{1,7})?)?)?)?)?)?)?)?\Z"
)
_place = relative(1000)


def parse(answer: str, picture: Picture) -> ParsedAnswer:
    """Read lines, each up to its corners."""
    source = unfenced(Traced.whole(answer))
    lines: list[AnswerLine] = []
    begin = bad_boxes = 0
    for corners in _CORNERS.finditer(source.text):
        box = _place(picture, tuple(map(float, corners.groups())))
        bad_boxes += box is None
        if words := source.part(begin, corners.start()).words():
            lines.append(AnswerLine(words=words, box=box))
        begin = corners.end()
    if not begin:
        return as_plain(answer, *([NO_BOXES] if answer.strip() else []))
    cut = _CUT_OFF.search(source.text, begin)
    rest = source.part(begin, cut.start() if cut else None)
    lines += (AnswerLine(words=words) for line in rest.lines() if (words := line.words()))
    return ParsedAnswer(
        regions=(AnswerRegion(lines=tuple(lines)),) if lines else (),
        warnings=(*([CUT_OFF] if rest.words() else []), *unplaced(bad_boxes)),
    )
