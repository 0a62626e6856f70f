"""The words of a page as blocks: headings, paragraphs, list items, tasks, tables, equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from notesyncd.api import Block, Region, Span, Transcript, join_words
from notesyncd.compose.columns import columns_of
from notesyncd.compose.conventions import Marker, markers
from notesyncd.compose.dates import is_date_line
from notesyncd.compose.drafts import Draft, column_drafts, item
from notesyncd.compose.headings import page_heading
from notesyncd.compose.paragraphs import Follows
from notesyncd.compose.rows import Row, rows_of, shown_text
from notesyncd.compose.tables import Table, with_tables
from notesyncd.render.cells import cell_words


def block_prefix(page_id: str) -> str:
    """Return what the ids of all blocks of a page begin with."""
    return f"p{page_id[:6]}"


def region_rows(region: Region) -> list[Row]:
    """Return the rows of a region; a date stays a row of its own, whatever stands beside it."""
    dates = frozenset(line.id for line in region.lines if is_date_line(line.text))
    return rows_of(region.lines, alone=dates)


def page_blocks(transcript: Transcript) -> tuple[Block, ...]:
    """Return the blocks of one page in reading order.

    Every word stands in one span, except markers (bullet, number, checkbox) that the kind of the block shows.
    """
    regions = [(region, region_rows(region)) for region in transcript.regions]
    rows = [row for region, rows in regions if _is_plain(region) for row in rows]
    texts = markers([row.text for row in rows])
    marked = {row.id: marker for row, marker in zip(rows, texts, strict=True) if marker is not None}
    has_heading = any(region.kind == "heading" for region in transcript.regions)
    heading = None if has_heading else page_heading(rows, marked)
    prefix = block_prefix(transcript.page_id)
    blocks: list[Block] = []
    for number, (region, rows) in enumerate(regions, start=1):
        if _is_table(region):
            blocks.append(_table(region, f"{prefix}-table{number}", transcript.page_id))
        else:
            found = _found(region, rows, marked, heading)
            blocks += (part.block(prefix, transcript.page_id) for part in found)
    return tuple(blocks)


def _is_table(region: Region) -> bool:
    return region.kind == "table" and bool(region.cells)


def _is_plain(region: Region) -> bool:
    """Tell whether the reader leaves it to us to see what the rows of a region are."""
    return region.kind not in ("heading", "math") and not _is_table(region)


def _found(
    region: Region, rows: list[Row], marked: Mapping[str, Marker], heading: Row | None
) -> list[Draft] | list[Draft | Table]:
    if not rows:
        return []
    if region.kind == "heading":
        return [Draft.whole("heading", rows, Follows.FLOW, level=region.level or 1)]
    if region.kind == "math":
        return [Draft.whole("equation", rows, Follows.BREAK)]
    if region.checked is not None:
        return [_task(rows, marked.get(rows[0].id, Marker(length=0)), checked=region.checked)]
    parts: list[Draft | Table] = []
    for part in with_tables(rows, {*marked, *([heading.id] if heading else [])}):
        if isinstance(part, Table):
            parts.append(part)
            continue
        for column in columns_of(part):
            parts += column_drafts(column, marked=marked, heading=heading, is_list=region.kind == "list")
    return parts


def _task(rows: list[Row], marker: Marker, *, checked: bool) -> Draft:
    """Return the one task that the reader says a region is."""
    draft = item(rows[0], replace(marker, checked=checked))
    draft.rows += [(row, 0) for row in rows[1:]]
    draft.joints += [Follows.FLOW] * (len(rows) - 1)
    return draft


def _table(region: Region, fallback_id: str, page_id: str) -> Block:
    """Return a table whose cells name their words where these can be told."""
    dealt = cell_words(region)
    if dealt is None:
        rows = tuple(tuple((Span(text=cell),) for cell in row) for row in region.cells)
    else:
        rows = tuple(
            tuple(
                (Span(text=join_words([shown_text(word) for word in cell]), word_ids=tuple(word.id for word in cell)),)
                for cell in row
            )
            for row in dealt
        )
    ids = [word.id for line in region.lines for word in line.words]
    prefix = block_prefix(page_id)
    return Block(id=f"{prefix}-{ids[0]}" if ids else fallback_id, kind="table", page_id=page_id, rows=rows)
