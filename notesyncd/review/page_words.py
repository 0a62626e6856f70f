"""Words at their places on a page: found, replaced, and counted on, without any knowledge of corrections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from notesyncd.api import Line, PermanentError, Region, Transcript, Word, join_words
from notesyncd.render.cells import cell_words

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring words of one line, from ``begin`` up to but not including ``end``; none: the place at ``begin``."""

    line: Line
    begin: int
    end: int

    @property
    def words(self) -> tuple[Word, ...]:
        """The words themselves."""
        return self.line.words[self.begin : self.end]

    @property
    def after_word_id(self) -> str | None:
        """Id of the word of this line before the run."""
        return self.line.words[self.begin - 1].id if self.begin else None


def find_run(transcript: Transcript, word_ids: Sequence[str]) -> Run | None:
    """Return where these words (at least one) stand side by side in this order, or None."""
    for line in transcript.lines:
        ids = [word.id for word in line.words]
        if word_ids[0] in ids:
            begin = ids.index(word_ids[0])
            end = begin + len(word_ids)
            return Run(line=line, begin=begin, end=end) if ids[begin:end] == list(word_ids) else None
    return None


def cells_of(transcript: Transcript, run: Run) -> list[Cell]:
    """Return the table cells that a run touches; for a run without words that of its neighbour; [] outside tables."""
    words = run.words or run.line.words[max(run.begin - 1, 0) :][:1]
    ids = {word.id for word in words}
    region = next(region for region in transcript.regions if run.line in region.lines)
    return [
        (row, column)
        for row, cells in enumerate((cell_words(region) or ()) if region.cells else ())
        for column, cell in enumerate(cells)
        if ids & {word.id for word in cell}
    ]


def splice(transcript: Transcript, run: Run, words: Sequence[Word]) -> Transcript:
    """Return the transcript with ``words`` in place of a run; where it lies in a table's cell, the cell's text follows.

    Raises:
        PermanentError: the run reaches over several cells.
    """
    cells = cells_of(transcript, run)
    if len(cells) > 1:
        raise PermanentError("these words stand in different cells of a table; correct one cell at a time")
    line = replace(run.line, words=(*run.line.words[: run.begin], *words, *run.line.words[run.end :]))
    regions: list[Region] = []
    for region in transcript.regions:
        if run.line in region.lines:
            lines = tuple(line if old is run.line else old for old in region.lines)
            texts = _texts(region, run, words, cells[0]) if cells else region.cells
            regions.append(replace(region, lines=lines, cells=texts))
        else:
            regions.append(region)
    return replace(transcript, regions=tuple(regions))


def swap(transcript: Transcript, words: Iterable[Word]) -> Transcript:
    """Return the transcript with ``words`` in place of those with the same ids; their texts must be the same."""
    by_id = {word.id: word for word in words}
    regions: list[Region] = []
    for region in transcript.regions:
        lines = (replace(line, words=tuple(by_id.get(word.id, word) for word in line.words)) for line in region.lines)
        regions.append(replace(region, lines=tuple(lines)))
    return replace(transcript, regions=tuple(regions))


def _texts(region: Region, run: Run, words: Sequence[Word], cell: Cell) -> tuple[tuple[str, ...], ...]:
    """Return a table's texts after a change in one of its cells."""
    row, column = cell
    old = (cell_words(region) or ())[row][column]
    line_at = region.lines.index(run.line)
    before = {word.id for line in region.lines[:line_at] for word in line.words}
    before |= {word.id for word in run.line.words[: run.begin]}
    gone = {word.id for word in run.words}
    first = [word.text for word in old if word.id in before]
    last = [word.text for word in old if word.id not in before | gone]
    rows = [list(texts) for texts in region.cells]
    rows[row][column] = join_words([*first, *(word.text for word in words), *last])
    return tuple(tuple(texts) for texts in rows)
