"""Rows to paragraphs: which row begins a new one, and which line breaks the writer meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import Enum, auto
from itertools import pairwise

from notesyncd.api import Span, is_cjk
from notesyncd.compose.columns import Column
from notesyncd.compose.rows import Row


class Follows(Enum):
    """How a row follows the one before it."""

    APART = auto()
    BREAK = auto()
    FLOW = auto()


def prose_rows(column: Column, cuts: Collection[int]) -> list[bool]:
    """Tell for each row of a column whether it belongs to running text.

    Args:
        column: the rows.
        cuts: indices of rows that begin something else (an item, a heading); a gap cuts as well.
    """
    ends = [at for at in range(1, len(column.rows)) if at in cuts or is_far(column, at)]
    prose: list[bool] = []
    for begin, end in pairwise([0, *ends, len(column.rows)]):
        prose += [column.is_prose(column.rows[begin:end])] * (end - begin)
    return prose


def follows(column: Column, at: int, *, is_prose: bool) -> Follows:
    """Tell how row ``at`` (not the first) of a column follows the row before it.

    APART: a new paragraph, since a gap lies between or its first line is indented. FLOW: the sentence goes on, since
    the row before it was full (the next word would not have fitted) or ends in a hyphen. BREAK: the writer began a
    new line on purpose. Where signs are missing it is BREAK, which keeps what the paper shows.
    """
    previous, row = column.rows[at - 1], column.rows[at]
    if is_far(column, at) or (is_prose and _is_indented(column, at)):
        return Follows.APART
    if is_hyphenated(previous.text, row.text) or (is_prose and is_full(column, at - 1)):
        return Follows.FLOW
    return Follows.BREAK


def is_full(column: Column, at: int) -> bool:
    """Tell whether the first word of the next row would not have fitted at the end of row ``at``."""
    row, following = column.rows[at], column.rows[at + 1]
    # Nobody fills a line to the last pixel; but where a sentence ends, a new line may well be meant.
    is_new_sentence = row.text[-1] in ".!?。！？" and not following.text[0].islower()
    margin = 0.0 if is_new_sentence else 0.15 * column.width
    return column.free(row) < column.first_word_width(following) + margin


def is_far(column: Column, at: int) -> bool:
    """Tell whether more than the usual distance lies between row ``at`` and the row before it."""
    return bool(column.steps) and column.steps[at - 1] > 1.5 * column.pitch(at)


def _is_indented(column: Column, at: int) -> bool:
    """Tell whether a paragraph's first line is set in: further right than both its neighbours."""
    if column.height is None or at + 1 >= len(column.rows):
        return False
    before, row, after = (column.rows[index].box for index in (at - 1, at, at + 1))
    if before is None or row is None or after is None:
        return False
    return row.left - max(before.left, after.left) > 1.2 * column.height


def is_hyphenated(first: str, second: str) -> bool:
    """Tell whether a word is divided between the end of ``first`` and the beginning of ``second``."""
    return re.search(r"[^\W\d_][-‐¬]$", first) is not None and second[:1].islower()


def spans_of(rows: Sequence[tuple[Row, int]], joints: Sequence[Follows]) -> tuple[Span, ...]:
    """Return one span a row; together their texts are the block's text.

    Args:
        rows: each with the offset at which its text begins (after a marker).
        joints: how each row but the first follows the one before it.
    """
    spans: list[Span] = []
    for at, (row, offset) in enumerate(rows):
        text = row.text[offset:]
        if at + 1 < len(rows):
            following, begin = rows[at + 1]
            text = _with_joint(text, following.text[begin:], joints[at])
        spans.append(Span(text=text, word_ids=row.ids_from(offset)))
    return tuple(spans)


def _with_joint(text: str, following: str, joint: Follows) -> str:
    """Return ``text`` with what stands between it and the row that follows."""
    if joint is not Follows.FLOW:
        return f"{text}\n"
    if is_hyphenated(text, following):
        return text[:-1]
    return text if text and following and is_cjk(text[-1]) and is_cjk(following[0]) else f"{text} "
