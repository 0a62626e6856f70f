"""Rows whose words stand in clear columns become a table; prose and lists never do."""

from __future__ import annotations

import re
from dataclasses import replace

from notesyncd.api import Block, BoundingBox, Transcript
from notesyncd.compose.blocks import page_blocks
from tests.unit.compose.builders import WIDTH, written

TABLE = """\
Log of the week

Day        Route         Time
Monday     river path    31 min
Wednesday  round park    24 min
Friday     hill          40 min

It went well."""


def laid_out(picture: str) -> Transcript:
    """A page on which every word stands where it stands in ``picture``, however wide the gaps."""
    page = written(picture)
    (region,) = page.regions
    rows = [row for row in picture.splitlines() if row.strip()]
    lines = []
    for line, row in zip(region.lines, rows, strict=True):
        words = [
            replace(word, box=replace(word.box, left=place.start() * WIDTH, right=place.end() * WIDTH))
            for word, place in zip(line.words, re.finditer(r"\S+", row), strict=True)
        ]
        lines.append(replace(line, words=tuple(words), box=BoundingBox.union(word.box for word in words)))
    return replace(page, regions=(replace(region, lines=tuple(lines)),))


def cells(block: Block) -> list[list[str]]:
    return [["".join(span.text for span in cell) for cell in row] for row in block.rows]


def test_rows_in_clear_columns_are_a_table_and_the_rest_is_not() -> None:
    blocks = page_blocks(laid_out(TABLE))
    assert [block.kind for block in blocks] == ["heading", "table", "paragraph"]
    assert cells(blocks[1]) == [
        ["Day", "Route", "Time"],
        ["Monday", "river path", "31 min"],
        ["Wednesday", "round park", "24 min"],
        ["Friday", "hill", "40 min"],
    ]


def test_an_empty_cell_stays_empty() -> None:
    (table,) = page_blocks(laid_out(TABLE.replace("river path", "          ")))[1:2]
    assert cells(table)[1] == ["Monday", "", "31 min"]


def test_every_cell_names_its_words() -> None:
    page = laid_out(TABLE)
    table = page_blocks(page)[1]
    named = [word_id for row in table.rows for cell in row for span in cell for word_id in span.word_ids]
    texts = {word.id: word.text for word in page.words}
    assert [texts[word_id] for word_id in named][:3] == ["Day", "Route", "Time"]
    assert len(named) == len(set(named))


def test_two_rows_two_columns_and_lists_are_no_table() -> None:
    for picture in (
        "Day        Route         Time\nMonday     river path    31 min",
        "eggs      4\nsugar     200 g\nbutter    200 g\nflour     220 g",
        "- one     two     three\n- four    five    six\n- seven   eight   nine",
    ):
        assert "table" not in {block.kind for block in page_blocks(laid_out(picture))}


def test_words_without_places_are_no_table() -> None:
    assert "table" not in {block.kind for block in page_blocks(written(TABLE, boxes=False))}
