"""Reading order of lines that come in none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.api import BoundingBox, ReadLine, ReadWord, join_words
from notesyncd.ground.order import in_reading_order

WIDTH, HEIGHT = 15.0, 24.0  # of a letter and of a line, pixels
PROSE = [
    "the meeting began at nine in",
    "the morning and went on till",
    "noon, and we talked about the",
    "new house and who would move",
    "there first: nobody wanted to",
    "leave the garden behind them",
]
MORE = [
    "in the afternoon we walked on",
    "to the river and looked at it",
    "from the bridge that is to be",
    "opened in the spring when all",
    "of the trees stand in bloom",
    "and the boats come back again",
]


def line(text: str, left: float, top: float, *, slope: float = 0.0, height: float = HEIGHT) -> ReadLine:
    """A line whose words sink by ``slope`` pixels a pixel."""
    words, x = [], left
    for word in text.split():
        right = x + WIDTH * len(word)
        y = top + slope * ((x + right) / 2)
        box = BoundingBox(left=x, top=y, right=right, bottom=y + height + abs(slope) * (right - x))
        words.append(ReadWord(text=word, box=box, score=0.9))
        x = right + WIDTH
    return ReadLine(words=tuple(words), box=BoundingBox.union(word.box for word in words if word.box), score=0.9)


def ordered(lines: list[ReadLine]) -> list[str]:
    """Texts of the lines in reading order; the detector's order must not matter."""
    shuffled = random.Random(4).sample(lines, len(lines))
    return [text(line) for group in in_reading_order(shuffled) for line in group]


def text(line: ReadLine) -> str:
    return join_words([word.text for word in line.words])


@pytest.mark.parametrize("slope", [0.0, 0.04, -0.08])
def test_lines_below_one_another_are_read_from_the_top(slope: float) -> None:
    assert ordered([line(text, 80, 100 + 60 * n, slope=slope) for n, text in enumerate(PROSE)]) == PROSE


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.08])
def test_parts_of_one_line_become_one_line(slope: float) -> None:
    """At this slope a line's end stands lower than the next line's beginning."""
    lines = []
    for n, whole in enumerate(PROSE):
        words = whole.split()
        head, tail = " ".join(words[:3]), " ".join(words[3:])
        lines += [
            line(head, 80, 100 + 45 * n, slope=slope),
            line(tail, 80 + WIDTH * (len(head) + 1.5), 100 + 45 * n, slope=slope),
        ]

    assert ordered(lines) == PROSE


def test_a_joined_line_has_all_words_their_box_and_mean_score() -> None:
    parts = [line("buy", 100, 50), line("milk", 170, 52)]

    ((joined,),) = in_reading_order(parts[::-1])

    assert text(joined) == "buy milk"
    assert joined.box == BoundingBox(left=100, top=50, right=230, bottom=76)
    assert joined.score == pytest.approx(0.9)


def test_a_small_line_close_above_a_large_one_is_no_part_of_it() -> None:
    label, first, rest = (
        line("page 17", 700, 40, height=20),
        line("to the river", 80, 60, height=44),
        line("and", 300, 62, height=40),
    )

    assert ordered([label, first, rest]) == ["page 17", "to the river and"]


def test_what_stands_far_off_in_one_row_is_a_line_of_its_own_in_that_row() -> None:
    lines = [line("dear Ann", 80, 100), line("Monday", 700, 102), line("it rains all day here", 80, 160)]

    assert ordered(lines) == ["dear Ann", "Monday", "it rains all day here"]


@pytest.mark.parametrize("offset", [0, 21])
def test_columns_of_prose_are_read_one_after_the_other(offset: int) -> None:
    left = [line(text, 60, 200 + 60 * n) for n, text in enumerate(PROSE)]
    right = [line(text, 620, 200 + offset + 60 * n) for n, text in enumerate(MORE)]
    head = line("what we did on the first day of the long journey to the north", 60, 100)
    foot = line("and on the second day we stayed at home and wrote all this down", 60, 640)

    assert ordered([head, *left, *right, foot]) == [text(head), *PROSE, *MORE, text(foot)]


def test_a_narrow_gutter_is_no_space_between_words() -> None:
    left = [line(text, 60, 200 + 60 * n) for n, text in enumerate(PROSE)]
    right = [line(text, 60 + WIDTH * 31, 200 + 60 * n) for n, text in enumerate(MORE)]

    assert ordered([*left, *right]) == [*PROSE, *MORE]


def test_amounts_are_read_with_what_they_are_for() -> None:
    things = ["bread and butter", "milk for the week", "a pound of apples", "washing powder"]
    lines = []
    for n, thing in enumerate(things):
        lines += [line(thing, 80, 100 + 60 * n), line(f"{n}.50 EUR", 620, 100 + 60 * n)]

    assert ordered(lines) == [part for n, thing in enumerate(things) for part in (thing, f"{n}.50 EUR")]


def test_a_table_of_words_is_read_by_rows() -> None:
    rows = [
        ("the red bicycle", "in the shed"),
        ("the blue one", "in the street before the house"),
        ("both of the helmets", "on the hook"),
        ("the pump", "nobody knows"),
    ]
    lines = [line(cell, 80 + 440 * c, 100 + 60 * n) for n, row in enumerate(rows) for c, cell in enumerate(row)]

    assert ordered(lines) == [cell for row in rows for cell in row]


def test_checkboxes_stay_with_their_tasks() -> None:
    lines = []
    for n, task in enumerate(["buy milk for all", "call Ann at noon", "pay the rent"]):
        lines += [line("[]", 80, 100 + 60 * n), line(task, 140, 102 + 60 * n)]

    assert ordered(lines) == ["[] buy milk for all", "[] call Ann at noon", "[] pay the rent"]


def test_writing_up_the_margin_comes_last() -> None:
    margin = ReadLine(
        words=(ReadWord(text="later", box=BoundingBox(left=10, top=100, right=40, bottom=500)),),
        box=BoundingBox(left=10, top=100, right=40, bottom=500),
    )

    assert ordered([line(text, 80, 100 + 60 * n) for n, text in enumerate(PROSE)] + [margin]) == [*PROSE, "later"]


def test_japanese_written_downwards_is_read_from_the_right() -> None:
    columns = []
    for n, words in enumerate(["今日は会議がある", "仕様書について話す", "牛乳と卵を買う"]):
        box = BoundingBox(left=700 - 100 * n, top=80, right=750 - 100 * n, bottom=80 + 50 * len(words))
        columns.append(ReadLine(words=(ReadWord(text=words, box=box),), box=box))

    assert ordered(columns) == ["今日は会議がある", "仕様書について話す", "牛乳と卵を買う"]


def test_lines_without_boxes_stay_as_they_are() -> None:
    lines = [ReadLine(words=(ReadWord(text="b"),)), line("a", 80, 10)]

    assert in_reading_order(lines) == [lines]


def test_nothing_in_nothing_out() -> None:
    assert in_reading_order([]) == []


edges = st.floats(0, 1000, allow_nan=False)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(edges, edges, st.floats(0, 400), st.floats(0, 400), st.text("ab い", min_size=1)), max_size=25)
)
def test_whatever_the_boxes_no_word_is_lost_or_doubled(places: list[tuple[float, float, float, float, str]]) -> None:
    lines = []
    for number, (left, top, width, height, said) in enumerate(places):
        box = BoundingBox(left=left, top=top, right=left + width, bottom=top + height)
        lines.append(ReadLine(words=(ReadWord(text=f"{said}{number}", box=box),), box=box))

    words = [word for group in in_reading_order(lines) for line in group for word in line.words]

    assert sorted(word.text for word in words) == sorted(line.words[0].text for line in lines)
