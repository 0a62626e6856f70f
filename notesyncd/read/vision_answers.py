"""What Apple's text recogniser answers, made into lines, words and boxes of a page, and into its rotation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from notesyncd.api import BoundingBox, ReadLine, ReadWord, is_cjk
from notesyncd.read import upright
from notesyncd.read.canvas import Canvas
from notesyncd.read.vision_request import RecognisedText, Rectangle
from notesyncd.read.words import word_ranges, word_spans

# None of these was measured on a Mac.
_READS_WELL = 0.9  # mean confidence; the embedded reader's models read print that stands on its head at .73
_TALL = 2.0  # a box so many times as high as wide holds no line of characters side by side
_WHOLE_LINE = 0.98  # of the line's box, both ways: the box is none of a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is read on a page after it was turned by ``turn`` clockwise degrees."""

    turn: int
    canvas: Canvas
    texts: tuple[RecognisedText, ...]


def stands(look: Look) -> bool:
    """Tell whether a page reads so well as it was looked at that no other turn need be tried."""
    weight = sum(map(_characters, look.texts))
    level = sum(_characters(text) for text in look.texts if _is_level(text, look.canvas))
    return weight > 0 and 2 * level > weight and sum(map(readable, look.texts)) >= _READS_WELL * weight


def evidence(looks: Iterable[Look]) -> dict[int, float]:
    """Return for each turn of the page (clockwise degrees) how readable it is then.

    Apple's recogniser also reads lines that do not run to the right, and its corners tell so: such a line speaks for
    the turn at which it would. One of Japanese or Chinese speaks for the turn it was read at: it may be a column.
    """
    found = dict.fromkeys(upright.TURNS, 0.0)
    for look in looks:
        for text in look.texts:
            runs = 0 if _is_mostly_cjk(text.text) else direction(text, look.canvas)
            found[(look.turn - runs) % 360] += readable(text)
    return found


def readable(text: RecognisedText) -> float:
    """Return how many characters were read, each counted by the line's confidence."""
    return text.confidence * _characters(text)


def direction(text: RecognisedText, canvas: Canvas) -> int:
    """Return which way a line runs: 0 to the right, 90 down, 180 to the left, 270 up."""
    height, width = canvas.bgr.shape[:2]
    right = (text.top_right[0] - text.top_left[0]) * width
    up = (text.top_right[1] - text.top_left[1]) * height
    if abs(right) >= abs(up):
        return 0 if right >= 0 else 180
    return 270 if up > 0 else 90


def read_lines(look: Look) -> tuple[ReadLine, ...]:
    """Return the lines of a look, in pixels of the page image as it was turned; lines without words are left out."""
    lines = (_read_line(text, look.canvas) for text in look.texts)
    return tuple(line for line in lines if line.words)


def _read_line(text: RecognisedText, canvas: Canvas) -> ReadLine:
    texts = [text.text[begin:end] for begin, end in word_ranges(text.text)]
    boxes = _word_boxes(text, canvas)
    score = min(max(text.confidence, 0.0), 1.0)
    return ReadLine(
        words=tuple(ReadWord(text=word, box=box, score=score) for word, box in zip(texts, boxes, strict=True)),
        box=page_box(text.box, canvas),
        score=score,
    )


def _word_boxes(text: RecognisedText, canvas: Canvas) -> list[BoundingBox | None]:
    """Return the box of each word: the recogniser's where it has one, else a share of the line."""
    boxes = list(text.word_boxes)
    if len(boxes) > 1:
        boxes = [None if box is None or _is_whole(box, text.box) else box for box in boxes]
    shares = _shares(text) if _is_level(text, canvas) else [None] * len(boxes)
    chosen = (share if box is None else box for box, share in zip(boxes, shares, strict=True))
    return [None if box is None else page_box(box, canvas) for box in chosen]


def _is_whole(box: Rectangle, line: Rectangle) -> bool:
    return box.width >= _WHOLE_LINE * line.width and box.height >= _WHOLE_LINE * line.height


def _shares(text: RecognisedText) -> list[Rectangle | None]:
    """Share a level line out among its words, by their characters."""
    line = text.box
    spans = word_spans(text.text, (), (), line.width)
    return [
        Rectangle(left=line.left + span.start, bottom=line.bottom, width=span.end - span.start, height=line.height)
        for span in spans
    ]


def page_box(box: Rectangle, canvas: Canvas) -> BoundingBox | None:
    """Return the page image's box for one of the picture; None where it is none, or wholly on the border."""
    edges = (box.left, box.bottom, box.left + box.width, box.bottom + box.height)
    if not all(map(math.isfinite, edges)):
        return None
    height, width = canvas.bgr.shape[:2]
    left, bottom, right, top = edges
    found = canvas.box(
        np.array([[left * width, (1 - top) * height], [right * width, (1 - bottom) * height]], np.float64)
    )
    return found if found.width > 0 and found.height > 0 else None


def _is_level(text: RecognisedText, canvas: Canvas) -> bool:
    height, width = canvas.bgr.shape[:2]
    tall = _characters(text) > 1 and text.box.height * height > _TALL * text.box.width * width
    return not tall and direction(text, canvas) == 0


def _characters(text: RecognisedText) -> int:
    return sum(not character.isspace() for character in text.text)


def _is_mostly_cjk(text: str) -> bool:
    characters = [character for character in text if not character.isspace()]
    return 0 < len(characters) <= 2 * sum(map(is_cjk, characters))
