"""Which words of a table region stand in which of its cells."""

from __future__ import annotations

from notesyncd.domain.transcript import Region, Word

CellWords = tuple[tuple[tuple[Word, ...], ...], ...]
"""Rows of cells of words."""


def cell_words(region: Region) -> CellWords | None:
    """Deal the region's words, in reading order, to its cells, row by row.

    Returns None where words and cells don't say the same (white space aside): then the words can't be dealt.
    """
    words = [word for line in region.lines for word in line.words]
    position = 0
    rows: list[tuple[tuple[Word, ...], ...]] = []
    for row in region.cells:
        cells: list[tuple[Word, ...]] = []
        for cell in row:
            wanted = _packed(cell)
            start = position
            while wanted and position < len(words):
                text = _packed(words[position].text)
                if not wanted.startswith(text):
                    return None
                wanted = wanted[len(text) :]
                position += 1
            if wanted:
                return None
            cells.append(tuple(words[start:position]))
        rows.append(tuple(cells))
    return tuple(rows) if position == len(words) else None


def _packed(text: str) -> str:
    return "".join(text.split())
