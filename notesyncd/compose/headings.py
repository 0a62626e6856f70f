"""The heading of a page that no reader marked as one: a short first line that stands out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from notesyncd.compose.columns import Column, columns_of
from notesyncd.compose.conventions import Marker
from notesyncd.compose.dates import is_date_line
from notesyncd.compose.paragraphs import is_far
from notesyncd.compose.rows import Row

_LONGEST_TEXT = 60
_MOST_WORDS = 8
# Tall letters and flourishes make one line in three 1.2 times as high as the others.
_LARGER = 1.4


def page_heading(rows: Sequence[Row], marked: Mapping[str, Marker]) -> Row | None:
    """Return the row that heads a page, or None where nothing speaks clearly for one.

    It is the first row (a date may stand before it), short, without a full stop; and a gap or a list follows it, or it
    is written larger.

    Args:
        rows: all rows of the page, in reading order.
        marked: markers of rows by row id.
    """
    for column in columns_of(rows)[:1]:
        for at, row in enumerate(column.rows[:3]):
            if is_date_line(row.text):
                continue
            return row if row.id not in marked and _is_short(row.text) and _stands_out(column, at, marked) else None
    return None


def _is_short(text: str) -> bool:
    return (
        len(text) <= _LONGEST_TEXT
        and len(text.split()) <= _MOST_WORDS
        and re.search(r"[^\W\d_]", text) is not None
        and text[-1] not in ".,;?!。、，"
    )


def _stands_out(column: Column, at: int, marked: Mapping[str, Marker]) -> bool:
    if at + 1 >= len(column.rows):
        return False
    row, following = column.rows[at], column.rows[at + 1]
    if following.id in marked or is_far(column, at + 1):
        return True
    is_larger = column.height is not None and row.box is not None and row.box.height >= _LARGER * column.height
    return is_larger and not following.text[:1].islower()
