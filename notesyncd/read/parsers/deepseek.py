"""Answers of DeepSeek-OCR: text or Markdown, with names and boxes or without.

Asked to read, it names each line: ``<|ref|>the line<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>``. Asked for Markdown, it
names the kind of each block and lets the block follow: ``<|ref|>title<|/ref|><|det|>[[…]]<|/det|>`` and ``# Its text``.
Edges are 0 to 999, as its own code divides them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from notesyncd.api import BoundingBox
from notesyncd.read.answer_parts import AnswerLine, AnswerRegion, ParsedAnswer
from notesyncd.read.parsers.fences import unfenced
from notesyncd.read.parsers.html_tags import Tag, pieces
from notesyncd.read.parsers.layout import Layout, Style
from notesyncd.read.parsers.markdown import lay_out
from notesyncd.read.parsers.places import numbers, relative, unplaced
from notesyncd.read.parsers.plain import as_plain
from notesyncd.read.parsers.traced import Traced
from notesyncd.read.picture import Picture

CUT_OFF = "the answer's last name or box is cut off; it is left out"

_MARK = re.compile(r"<\|/?(?:ref|det)\|>")
_WHOLE = ("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>")
_CUT_MARK = re.compile(r"<\|?/?[a-z]{0,3}\|?\Z")
_DRAWINGS = frozenset({"image", "figure"})
_STYLES = {"title": Style(kind="heading", level=1), "sub_title": Style(kind="heading", level=2)}
"""Of its names for blocks, those that say what the text is where its Markdown doesn't."""

_place = relative(999)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A name with its box, and what follows up to the next name."""

    name: Traced
    box: BoundingBox | None
    text: Traced


def parse(answer: str, picture: Picture) -> ParsedAnswer:
    """Read names with boxes as lines or as blocks of Markdown; without names, all is text."""
    source = unfenced(Traced.whole(answer))
    before, named, is_cut_off = _named(source, picture)
    if not named and not is_cut_off:
        return _free(answer, source)
    layout = Layout()
    warnings = list(lay_out(before, layout))
    if _are_kinds(named):
        for one in named:
            warnings += _lay_out(one, layout)
        regions = layout.finish()
    else:
        lines = tuple(AnswerLine(words=words, box=one.box) for one in named if (words := one.name.words()))
        regions = (*layout.finish(), *([AnswerRegion(lines=lines)] if lines else []))
    warnings += [CUT_OFF] if is_cut_off else []
    return ParsedAnswer(
        regions=regions, warnings=(*dict.fromkeys(warnings), *unplaced(sum(one.box is None for one in named)))
    )


def _free(answer: str, source: Traced) -> ParsedAnswer:
    """Read an answer without boxes: it is plain text, but tables are HTML even there."""
    if not any(isinstance(piece, Tag) and piece.name == "table" for piece in pieces(source)):
        return as_plain(answer)
    layout = Layout()
    warnings = lay_out(source, layout)
    return ParsedAnswer(regions=layout.finish(), warnings=warnings)


def _named(source: Traced, picture: Picture) -> tuple[Traced, list[_Named], bool]:
    """Return the text before the first name, all that is named, and whether the end is cut off."""
    marks = list(_MARK.finditer(source.text))
    whole: list[Sequence[re.Match[str]]] = []
    at = 0
    while at < len(marks):
        four = marks[at : at + 4]
        is_whole = tuple(mark[0] for mark in four) == _WHOLE
        at += 4 if is_whole else 1
        if is_whole:
            whole.append(four)
    end, is_cut_off = len(source.text), False
    last = whole[-1][3].end() if whole else 0
    begun = next((mark for mark in marks if mark.start() >= last and mark[0] == "<|ref|>"), None)
    if begun is not None:
        end, is_cut_off = begun.start(), True
    elif marks and (cut := _CUT_MARK.search(source.text, last)) is not None:
        end = cut.start()
    begins = [four[0].start() for four in whole]
    named = [
        _Named(
            name=source.part(four[0].end(), four[1].start()),
            box=_box(source.text[four[2].end() : four[3].start()], picture),
            text=_without_marks(source.part(four[3].end(), stop)),
        )
        for four, stop in zip(whole, [*begins[1:], end], strict=False)
    ]
    return _without_marks(source.part(0, begins[0] if begins else end)), named, is_cut_off


def _box(text: str, picture: Picture) -> BoundingBox | None:
    """Return the box around all that a name has."""
    edges = list(numbers(text))
    boxes = [_place(picture, edges[at : at + 4]) for at in range(0, len(edges), 4)]
    placed = [box for box in boxes if box is not None]
    return BoundingBox.union(placed) if placed and len(placed) == len(boxes) else None


def _without_marks(source: Traced) -> Traced:
    return Traced.joined(source.cut(_MARK))


def _are_kinds(named: Sequence[_Named]) -> bool:
    """Tell whether the names say what kind of block follows, and are no text themselves."""
    names = {one.name.text.strip().lower() for one in named}
    return names <= _DRAWINGS or any(not one.text.is_blank() for one in named)


def _lay_out(one: _Named, layout: Layout) -> tuple[str, ...]:
    layout.place(one.box)
    kind = one.name.text.strip().lower()
    if kind in _DRAWINGS:
        layout.drawing()
    return lay_out(one.text, layout, plain=_STYLES.get(kind, Style()))
