"""Blocks in the making, and the sorting of a column's rows into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from notesyncd.api import Block, BlockKind
from notesyncd.compose.columns import Column
from notesyncd.compose.conventions import Marker
from notesyncd.compose.dates import is_date_line
from notesyncd.compose.paragraphs import Follows, follows, is_far, is_full, is_hyphenated, prose_rows, spans_of
from notesyncd.compose.rows import Row

# In heights of a row: how far an item stands in below its parent, and a continued line from its bullet.
_NESTED = 0.9
_HANGING = 0.6


@dataclass(slots=True, kw_only=True)
class Draft:
    """A block in the making.

    Attributes:
        rows: each with the offset at which its text begins, after a marker.
        joints: how each row but the first follows the one before it.
        is_closed: no further row can belong to it.
    """

    kind: BlockKind
    rows: list[tuple[Row, int]]
    joints: list[Follows] = field(default_factory=list)
    level: int = 0
    ordinal: int | None = None
    checked: bool | None = None
    is_closed: bool = False

    @classmethod
    def whole(cls, kind: BlockKind, rows: list[Row], joint: Follows, *, level: int = 0) -> Draft:
        """Return a draft of all ``rows``, each joined to the next in the same way."""
        joints = [joint] * (len(rows) - 1)
        return cls(kind=kind, rows=[(row, 0) for row in rows], joints=joints, level=level, is_closed=True)

    def block(self, prefix: str, page_id: str) -> Block:
        """Return the finished block; its id comes from its first word, so that changes elsewhere leave it alone."""
        return Block(
            id=f"{prefix}-{self.rows[0][0].id}",
            kind=self.kind,
            spans=spans_of(self.rows, self.joints),
            page_id=page_id,
            level=self.level,
            ordinal=self.ordinal,
            checked=self.checked,
        )


def column_drafts(
    column: Column, *, marked: Mapping[str, Marker], heading: Row | None, is_list: bool = False
) -> list[Draft]:
    """Sort the rows of a column into drafts.

    Args:
        column: rows below one another.
        marked: markers of rows by row id.
        heading: the row that heads the page.
        is_list: the reader says that these rows are list items, so those without a marker are items too.
    """
    drafts: list[Draft] = []
    indents: list[float] = []
    cuts = {at for at, row in enumerate(column.rows) if row is heading or row.id in marked or is_date_line(row.text)}
    is_prose = prose_rows(column, cuts | {at + 1 for at in cuts if column.rows[at].id not in marked})
    for at, row in enumerate(column.rows):
        marker = marked.get(row.id, Marker(length=0) if is_list else None)
        if row is heading:
            drafts.append(Draft.whole("heading", [row], Follows.FLOW, level=1))
        elif row.id not in marked and is_date_line(row.text):
            drafts.append(Draft.whole("paragraph", [row], Follows.FLOW))
        elif (
            row.id not in marked
            and drafts
            and (joint := _joint(column, at, drafts[-1], is_prose=is_prose[at], is_list=is_list)) is not Follows.APART
        ):
            drafts[-1].rows.append((row, 0))
            drafts[-1].joints.append(joint)
        elif marker is not None:
            drafts.append(item(row, marker, level=_level(row, column, indents)))
        else:
            drafts.append(Draft(kind="paragraph", rows=[(row, 0)]))
        if drafts[-1].kind not in ("list_item", "task"):
            indents.clear()
    return drafts


def item(row: Row, marker: Marker, *, level: int = 0) -> Draft:
    """Return the draft of a list item or, where it has a checkbox, of a task."""
    return Draft(
        kind="list_item" if marker.checked is None else "task",
        rows=[(row, marker.length)],
        level=level,
        ordinal=marker.ordinal,
        checked=marker.checked,
    )


def _joint(column: Column, at: int, draft: Draft, *, is_prose: bool, is_list: bool) -> Follows:
    """Tell how row ``at``, which bears no marker, goes on with the draft before it; APART: not at all."""
    if draft.is_closed:
        return Follows.APART
    if draft.kind == "paragraph":
        return follows(column, at, is_prose=is_prose)
    row, previous, first = column.rows[at], column.rows[at - 1], draft.rows[0][0]
    is_hanging = (
        column.height is not None
        and row.box is not None
        and first.box is not None
        and row.box.left - first.box.left >= _HANGING * column.height
    )
    goes_on = is_hyphenated(previous.text, row.text) or row.text[:1].islower()
    is_wrapped = is_full(column, at - 1)
    # Where the reader knows the rows as items, only a hanging one is none.
    if is_far(column, at) or not (is_hanging or (goes_on and is_wrapped and not is_list)):
        return Follows.APART
    return Follows.FLOW if goes_on or is_wrapped else Follows.BREAK


def _level(row: Row, column: Column, indents: list[float]) -> int:
    """Return the depth of an item by its indentation; ``indents`` are those of the open items, outermost first.

    A margin that drifts down the page nests nothing: each item is compared with the one before it.
    """
    if row.box is None or column.height is None:
        return 0
    left, step = row.box.left, _NESTED * column.height
    while len(indents) > 1 and left < indents[-1] - step / 2:
        indents.pop()
    if not indents or left > indents[-1] + step:
        indents.append(left)
    else:
        indents[-1] = left
    return len(indents) - 1
