"""Words of a table are dealt to its cells."""

from __future__ import annotations

from notesyncd.domain.transcript import Line, Region, Word
from notesyncd.render.cells import cell_words


def table(cells: list[list[str]], *rows: list[str]) -> Region:
    numbers = iter(range(1, 99))
    lines = tuple(
        Line(id=f"l{at}", words=tuple(Word(id=f"w{next(numbers)}", text=text) for text in row))
        for at, row in enumerate(rows)
    )
    return Region(kind="table", cells=tuple(tuple(row) for row in cells), lines=lines)


def test_words_are_dealt_in_reading_order() -> None:
    region = table([["Item", "Price in €"], ["", "会 議"]], ["Item", "Price", "in", "€"], ["会議"])
    dealt = cell_words(region)
    assert dealt is not None
    assert [[[word.id for word in cell] for cell in row] for row in dealt] == [
        [["w1"], ["w2", "w3", "w4"]],
        [[], ["w5"]],
    ]


def test_words_that_say_something_else_are_not_dealt() -> None:
    assert cell_words(table([["a", "b"]], ["a", "c"])) is None
    assert cell_words(table([["a", "b"]], ["a"])) is None
    assert cell_words(table([["a"]], ["a", "b"])) is None
