"""Finds columns of running text, and only these: a table or a list read by columns would lose its sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from notesyncd.ground.pieces import Piece

_ROWS = 3  # each column has at least this many lines beside the other
_GUTTER = 0.8  # times the usual height: a space between words is half as wide
_LINE = 5.0  # a column's usual line is this many times as long as high
_TABLE = 0.5  # where more than this share of lines stand level with one of the other side it may be a table …
_FILLED = 0.7  # … unless the usual line fills this share of its column: words of a list rarely do
_LEVEL = 0.25  # times the height: level
_FIGURES = 0.3  # a column of which more than this share of characters are figures holds amounts
_APART = 3.0  # times the usual height: where lines are farther apart, columns end


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Pieces cut in four, in the order in which they are read."""

    above: list[Piece]
    left: list[Piece]
    right: list[Piece]
    below: list[Piece]


def split_columns(pieces: Sequence[Piece]) -> Split | None:
    """Cut pieces at the clearest gutter between two columns, or return None where there is none."""
    splits = [split for split in (_split(pieces, gutter) for gutter in _gutters(pieces)) if split is not None]
    return max(splits, key=lambda split: len(split.left) + len(split.right), default=None)


def _gutters(pieces: Sequence[Piece]) -> list[tuple[float, float, float]]:
    """Return (from, to, level) of the gaps to the nearest piece at the right that are wide enough for a gutter.

    Lines of two columns need not stand level, so one that stands up to a line higher or lower counts.
    """
    least = _GUTTER * median(piece.height for piece in pieces) if pieces else 0.0
    gutters = []
    for left in pieces:
        near = [other for other in pieces if other.start >= left.end and abs(other.level - left.level) <= left.height]
        nearest = min(near, key=lambda other: other.start, default=None)
        if nearest is not None and nearest.start - left.end >= least:
            gutters.append((left.end, nearest.start, (left.level + nearest.level) / 2))
    return gutters


def _split(pieces: Sequence[Piece], gutter: tuple[float, float, float]) -> Split | None:
    usual = median(piece.height for piece in pieces)
    band, middle = _band(pieces, gutter, usual)
    left = [piece for piece in band if piece.end <= middle]
    right = [piece for piece in band if piece.end > middle]
    if not left or not right:
        return None
    # What stands above one column only is no part of it: a heading, a date in the corner.
    top = max(min(piece.level for piece in side) for side in (left, right)) - usual / 2
    left, right = ([piece for piece in side if piece.level >= top] for side in (left, right))
    if not (_has_lines(left, right, usual) and _has_lines(right, left, usual)):
        return None
    if _share_level(left, right) > _TABLE and not (_is_filled(left) and _is_filled(right)):
        return None
    taken = {id(piece) for piece in (*left, *right)}
    rest = [piece for piece in pieces if id(piece) not in taken]
    return Split(
        above=[piece for piece in rest if piece.level < top],
        left=left,
        right=right,
        below=[piece for piece in rest if piece.level >= top],
    )


def _band(pieces: Sequence[Piece], gutter: tuple[float, float, float], usual: float) -> tuple[list[Piece], float]:
    """Return the pieces around a gap, down and up from it as far as the gutter stays open, and its middle."""
    begin, end, level = gutter
    band: list[Piece] = []
    below = sorted((piece for piece in pieces if piece.level >= level), key=lambda piece: piece.level)
    above = sorted((piece for piece in pieces if piece.level < level), key=lambda piece: -piece.level)
    for side in (below, above):
        last = level
        for piece in side:
            is_left = piece.start + piece.end < begin + end
            new_begin, new_end = (max(begin, piece.end), end) if is_left else (begin, min(end, piece.start))
            if new_end - new_begin < _GUTTER * usual or abs(piece.level - last) > _APART * usual + piece.height / 2:
                break
            begin, end, last = new_begin, new_end, piece.level
            band.append(piece)
    return band, (begin + end) / 2


def _has_lines(side: Sequence[Piece], other: Sequence[Piece], usual: float) -> bool:
    """Tell whether lines, and no amounts or numbers of a list, stand beside the other side."""
    if not side or not other:
        return False
    first, last = min(piece.level for piece in other) - usual, max(piece.level for piece in other) + usual
    text = "".join(word.text for piece in side for word in piece.line.words)
    figures = sum(character.isdigit() for character in text)
    return (
        sum(first <= piece.level <= last for piece in side) >= _ROWS
        and median(piece.length for piece in side) >= _LINE * median(piece.height for piece in side)
        and figures <= _FIGURES * len(text)
    )


def _is_filled(side: Sequence[Piece]) -> bool:
    width = max(piece.end for piece in side) - min(piece.start for piece in side)
    return median(piece.length for piece in side) >= _FILLED * width


def _share_level(left: Sequence[Piece], right: Sequence[Piece]) -> float:
    """Return the share of the side with fewer lines that stand level with a line of the other side."""
    fewer, more = sorted((left, right), key=len)
    level = sum(any(abs(one.level - other.level) <= _LEVEL * one.height for other in more) for one in fewer)
    return level / len(fewer)
