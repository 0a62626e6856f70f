"""Reading order for readers that give none: physical lines put together, in columns where there surely are some."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean, median

from notesyncd.api import BoundingBox, ReadLine, is_cjk
from notesyncd.ground.columns import split_columns
from notesyncd.ground.pieces import MOST_SHARED, Piece, pieces_of

_TALL = 2.0  # a piece this many times as high as long is written downwards, or up the margin
_APART = 4.0  # times the height: parts of one row farther apart are lines of their own


def in_reading_order(lines: Sequence[ReadLine]) -> list[list[ReadLine]]:
    """Put lines, as a detector found them, in reading order.

    Parts of one physical line become one line. Lines that lack a box can't be ordered: then all stay as they are.

    Returns:
        Groups of lines that stand below one another: columns, what is above and below them, and last what runs
        against the page's direction (up the margin).
    """
    if not lines or any(line.box is None for line in lines):
        return [list(lines)] if lines else []
    downwards = _is_written_downwards(lines)
    along: list[ReadLine] = []
    against: list[ReadLine] = []
    for line in lines:
        (along if _is_tall(line) == downwards or not _is_telling(line) else against).append(line)
    groups = [_lines(group) for group in _groups(pieces_of(along, downwards=downwards))]
    groups += [_lines(group) for group in _groups(pieces_of(against, downwards=not downwards))]
    return [group for group in groups if group]


def _is_telling(line: ReadLine) -> bool:
    """Tell whether the shape of a line says which way it is written; a single character's does not."""
    return sum(len(word.text) for word in line.words) > 1


def _is_tall(line: ReadLine) -> bool:
    assert line.box is not None
    return line.box.height >= _TALL * line.box.width


def _is_written_downwards(lines: Sequence[ReadLine]) -> bool:
    """Tell whether most characters stand in tall lines of Japanese or Chinese."""
    tall = level = 0
    for line in lines:
        characters = "".join(word.text for word in line.words)
        if _is_tall(line):
            tall += sum(map(is_cjk, characters))
        else:
            level += len(characters)
    return tall > level


def _groups(pieces: list[Piece]) -> list[list[Piece]]:
    split = split_columns(pieces)
    if split is None:
        return [pieces]
    return [group for part in (split.above, split.left, split.right, split.below) if part for group in _groups(part)]


def _lines(pieces: Sequence[Piece]) -> list[ReadLine]:
    rows = sorted(_rows(pieces), key=lambda row: fmean(piece.level for piece in row))
    return [_joined(line) for row in rows for line in _cut(row)]


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Put pieces that stand beside one another together, those that are most surely level first."""
    pairs = sorted(
        (one.apart(other) / (one.height + other.height), i, j)
        for (i, one), (j, other) in combinations(enumerate(pieces), 2)
        if one.is_beside(other)
    )
    rows = [[piece] for piece in pieces]
    row_of = list(range(len(pieces)))
    for _, i, j in pairs:
        one, other = rows[row_of[i]], rows[row_of[j]]
        if one is other or any(a.shared_length(b) > MOST_SHARED for a in one for b in other):
            continue
        one.extend(other)
        gone = row_of[j]
        row_of = [row_of[i] if row == gone else row for row in row_of]
    return [sorted(rows[row], key=lambda piece: piece.start) for row in sorted(set(row_of))]


def _cut(row: Sequence[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = []
    for piece in row:
        if lines and lines[-1][-1].gap(piece) <= _APART * median((lines[-1][-1].height, piece.height)):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return lines


def _joined(pieces: Sequence[Piece]) -> ReadLine:
    lines = [piece.line for piece in pieces]
    if len(lines) == 1:
        return lines[0]
    weights = [sum(len(word.text) for word in line.words) for line in lines]
    scores = [(line.score, weight) for line, weight in zip(lines, weights, strict=True) if line.score is not None]
    total = sum(weight for _, weight in scores)
    scripts = {line.script for line in lines}
    return ReadLine(
        words=tuple(word for line in lines for word in line.words),
        box=BoundingBox.union(line.box for line in lines if line.box is not None),
        score=sum(score * weight for score, weight in scores) / total if total else None,
        script=scripts.pop() if len(scripts) == 1 else "unknown",
    )
