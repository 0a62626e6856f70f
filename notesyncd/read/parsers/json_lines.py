"""Answers that are a JSON list of lines with their boxes: ``[{"bbox_2d": [x1, y1, x2, y2], "text_content": "…"}]``.

The list may stand in an object (``{"lines": [...]}``) or be cut off; each item that is whole counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from notesyncd.api import BoundingBox
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, ParsedAnswer, Parser
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.json_items import JsonItems, JsonObject, Value, json_items
from notesyncd.read.parsers.places import Placing, unplaced
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

CUT_OFF = "the answer's list is cut off; what was not whole is left out"
PROSE = "the answer has text outside its list; it is left out"
NO_LIST = "the answer is not the list that was asked for; it was taken as plain text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    text: Traced
    box: BoundingBox | None


def parser(*, texts: Sequence[str], boxes: Sequence[str], place: Placing) -> Parser:
    """Return the parser of a family.

    Args:
        texts: names under which an item may have its text, the best first.
        boxes: names under which it may have its box, the best first.
        place: what the family's four numbers mean.
    """

    def parse(answer: str, picture: Picture) -> ParsedAnswer:
        found = json_items(unfenced(Traced.whole(answer)))
        items: list[_Item] = []
        bad_boxes = 0
        for item in outermost(found.objects, lambda values: text_of(values, texts) is not None):
            box, is_bad = box_of(item.values, boxes, lambda edges: place(picture, edges))
            bad_boxes += is_bad
            items.append(_Item(text=text_of(item.values, texts) or _NOTHING, box=box))
        if not items and not found.is_json:
            return as_plain(answer, *([NO_LIST] if answer.strip() else []))
        return ParsedAnswer(regions=tuple(_regions(items)), warnings=(*oddities(found), *unplaced(bad_boxes)))

    return parse


def outermost(objects: Iterable[JsonObject], counts: Callable[[dict[str, Value]], bool]) -> Iterator[JsonObject]:
    """Yield the objects that count, without those that stand in another of them."""
    end = 0
    for item in objects:
        if item.begin >= end and counts(item.values):
            end = item.end
            yield item


def text_of(values: dict[str, Value], names: Sequence[str]) -> Traced | None:
    """Return the first of the values of these names that is text."""
    return next((text for name in names if isinstance(text := values.get(name), Traced)), None)


def box_of(
    values: dict[str, Value], names: Sequence[str], place: Callable[[Sequence[float]], BoundingBox | None]
) -> tuple[BoundingBox | None, bool]:
    """Return the box under one of these names, and whether there is one that can't be read."""
    given = next((value for name in names if (value := values.get(name)) is not None), None)
    if given is None:
        return None, False
    edges = [edge for edge in given if isinstance(edge, float)] if isinstance(given, list) else []
    box = place(edges) if isinstance(given, list) and len(edges) == len(given) else None
    return box, box is None


def oddities(found: JsonItems) -> Iterator[str]:
    """Yield what is to be said about a list as a whole."""
    if found.is_cut_off:
        yield CUT_OFF
    if found.has_prose:
        yield PROSE


def _regions(items: Iterable[_Item]) -> Iterator[AnswerRegion]:
    """Put single lines together; of a text with several, only the region's box is known."""
    singles: list[AnswerLine] = []
    for item in items:
        lines = [words for line in item.text.lines() if (words := line.words())]
        if len(lines) == 1:
            singles.append(AnswerLine(words=lines[0], box=item.box))
        elif lines:
            if singles:
                yield AnswerRegion(lines=tuple(singles))
                singles = []
            yield AnswerRegion(lines=tuple(AnswerLine(words=words) for words in lines), box=item.box)
    if singles:
        yield AnswerRegion(lines=tuple(singles))


_NOTHING = Traced(text="", begins=(), ends=())
