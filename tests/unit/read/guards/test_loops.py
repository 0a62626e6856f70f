"""The guard against loops: in finished answers, and while they stream in."""

from __future__ import annotations

import random
import re
import time
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notesyncd.read.guards.loops import LoopWatch, examine, find_loop
from tests.unit.read.guards.asked import answer, asked, expectation, left
from tests.unit.read.guards.pages import LETTER, NOTES, TEGAMI, misread

TICKS = [[random.Random(f"{day} {habit}").choice("x ") for habit in range(8)] for day in range(31)]
"""What was done on each day of a month."""
PUNISHMENT = "I must not talk in class\n"

LOOPS = {
    "one character": ("Yes" + "!" * 300, "Yes!"),
    "one letter": ("so" + "o" * 20, "so"),
    "one digit": ("Total 1" + "1" * 30, "Total 1"),
    "two letters": ("ex" * 30, "ex"),
    "a mark for a quotation": ("Dear Ann\n" + "> " * 400, "Dear Ann\n> >"),
    "control characters": ("\x1b" * 300, "\x1b"),
    "a word": ("see the" + " the" * 20, "see the"),
    "two words": ("Shop: Milk Eggs" + " Milk Eggs" * 5, "Shop: Milk Eggs"),
    "a line": ("Monday\n" + "ring the plumber\n" * 6, "Monday\nring the plumber"),
    "two lines": ("Milk\nEggs and butter\n" * 5, "Milk\nEggs and butter"),
    "a sentence": ("It was late. " + "We went home by the river. " * 4, "It was late. We went home by the river."),
    "a piece that is cut off": ("Milk Eggs Bread " * 5 + "Milk Eg", "Milk Eggs Bread"),
    "Japanese": ("会議です。" + "明日は雨です。" * 5, "会議です。明日は雨です。"),
    "a song that does not end": ("Happy birthday to you, dear Anna\n" * 20, "Happy birthday to you, dear Anna"),
    "rows of a table": ("| Tea |\n|---|\n" + "| green tea |\n" * 9, "| Tea |\n|---|\n| green tea |"),
    "HTML": ("<p>Milk</p>" + "<p>Eggs</p>" * 8, "<p>Milk</p><p>Eggs</p>"),
    "text in JSON": ('[{"text": "' + "Milk and " * 30 + '"}]\n```', '[{"text": "Milk and'),
    "counting": ("Pages: " + ", ".join(map(str, range(1, 60))), "Pages:"),
    "counting by lines": ("List\n" + "".join(f"{number}.\n" for number in range(1, 40)), "List"),
    "counting by spaces and lines": ("Days\n1 2 3 4 5 6 7\n8 9 10 11 12 13 14\n15 16 17 18", "Days"),
    "counting down": ("Start\n" + "\n".join(map(str, range(30, 3, -1))), "Start"),
    "counting items": ("Shop\n" + "".join(f"{number}. Milk\n" for number in range(1, 30)), "Shop"),
    "counting in full width": ("表\n" + "、".join(map(str, range(1, 30))).translate(str.maketrans("0123456789", "０１２３４５６７８９")), "表"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_cut_where_it_begins_to_repeat(name: str) -> None:
    text, expected = LOOPS[name]

    assert left(examine, text) == expected.strip()
    assert find_loop(text) is not None
    found = asked(examine, text)
    assert found is not None
    assert found.condemns


def test_a_long_piece_again_and_again_is_found_by_bringing_nothing_new() -> None:
    piece = LETTER.replace("\n", " ")
    begin = find_loop(piece + " " + f"{piece} " * 5)

    assert len(piece) > 400
    assert begin is not None
    assert len(piece) <= begin <= len(piece) + 256


@pytest.mark.parametrize("name", NOTES)
def test_a_page_is_no_loop(name: str) -> None:
    _, text = NOTES[name]

    assert find_loop(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "word " * 3,
        "la la la la la",
        "tick tick tick tick tick",
        "No" + "o" * 14,
        "xoxoxoxoxoxoxoxo",
        PUNISHMENT * 3,
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
        "2024 2025 2026",
        "-" * 200,
        "." * 200,
        "_" * 100 + "\n" + "_" * 100,
        "|---" * 12 + "|",
        "| 0 | 0 | 0 |\n" * 30,
        "- [ ] \n" * 20,
        "[illegible]\n" * 20,
        "\n" * 100,
        "ーーーーーーーーーーーーーーーーーーーー",
        "ha ha ha ha ha ha ha\nbut then she stopped",
    ],
)
def test_what_a_page_may_hold_is_no_loop(text: str) -> None:
    assert find_loop(text) is None


@pytest.mark.parametrize("rate", [0, 0.15, 0.3])
@pytest.mark.parametrize("text", [PUNISHMENT * 10, "Tea\n" + "ditto\n" * 8, "La la la: " + "la " * 12, "ditto | " * 5])
def test_what_the_light_reader_saw_as_well_is_no_loop(text: str, rate: float) -> None:
    assert find_loop(text) is not None
    assert asked(examine, text, expectation(misread(text, rate))) is None


def test_short_words_are_looked_for_together_since_each_may_be_misread() -> None:
    row = "yes | yes | yes | yes | yes"

    assert asked(examine, row, expectation("yos yes yez ycs yos")) is None
    assert asked(examine, row, expectation("yes")) is not None


@pytest.mark.parametrize(
    "seen",
    [(), ("Monday",), PUNISHMENT.split(), (PUNISHMENT * 3).split(), LETTER.split()],
    ids=["nothing", "a word", "the line once", "the line three times", "another page"],
)
def test_what_stands_there_far_more_often_than_it_was_seen_is_a_loop(seen: tuple[str, ...]) -> None:
    assert left(examine, PUNISHMENT * 40, expectation(seen)) == PUNISHMENT.strip()


def test_a_calendar_is_no_counting_run() -> None:
    month = " ".join(map(str, range(1, 32)))

    assert asked(examine, month, expectation(month)) is None
    assert asked(examine, month, expectation("March")) is not None


def test_an_answer_that_was_stopped_is_never_acquitted() -> None:
    text = PUNISHMENT * 60
    stopped = answer(text, ended="loop")

    assert asked(examine, text, expectation(text)) is None
    assert left(examine, stopped, expectation(text)) == PUNISHMENT.strip()


def test_an_answer_that_was_stopped_without_a_visible_loop_is_kept_and_condemned() -> None:
    found = asked(examine, answer("Milk Eggs", ended="loop"))

    assert found is not None
    assert (found.begin, found.end, found.condemns) == (0, 9, True)


PIECES = st.text(st.sampled_from("abcdefghijklm nopqrst\nuvwxyzäé,.会議の"), min_size=3, max_size=120)


@settings(max_examples=200)
@given(head=st.text(st.sampled_from("ABCDEFGHIJ XYZ"), max_size=80), piece=PIECES, extra=st.integers(0, 120))
def test_any_piece_is_found_at_any_place(head: str, piece: str, extra: int) -> None:
    assume(re.search(r"[^\W\d_]", piece))
    text = head + piece * 9 + piece[: extra % len(piece)]
    begin = find_loop(text)

    assert begin is not None
    assert begin <= len(head) + 2 * len(piece)


@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str, piece: str) -> None:
    for given_text in (text, text + piece * 20):
        begin = find_loop(given_text)
        assert begin is None or 0 <= begin <= len(given_text)


# ----------------------------------------------------------------------------------------------------------- streaming


def stopped_at(pieces: list[str]) -> tuple[int, int] | None:
    """After how many tokens a watch stops, and where the loop began."""
    watch = LoopWatch()
    for count, piece in enumerate(pieces, start=1):
        if watch.feed(piece):
            assert watch.began is not None
            return count, watch.began
        assert watch.began is None
    return None


def tokens(text: str, seed: int = 0) -> list[str]:
    """A text in pieces of one to six characters."""
    chance = random.Random(seed)
    pieces = []
    while text:
        length = chance.randint(1, 6)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


@pytest.mark.parametrize(
    ("piece", "most_tokens"),
    [
        ("ex", 192),
        ("!", 320),
        ("\x1b", 320),
        ("Milk Eggs ", 400),
        ("I must not talk in class\n", 450),
        ("明日は雨です。", 400),
        ("<tr><td></td><td></td></tr>", 700),
        ("[illegible] ", 400),
        ("The boats went out in the morning and came home in the evening with the fish. ", 450),
    ],
)
def test_a_stream_that_loops_is_stopped(piece: str, most_tokens: int) -> None:
    text = LETTER + "\n" + piece * 3000
    stop = stopped_at(tokens(text))

    assert stop is not None
    assert stop[0] <= len(tokens(LETTER)) + most_tokens
    assert abs(stop[1] - len(LETTER) - 1) <= 2 * len(piece)


def test_a_stream_that_counts_is_stopped() -> None:
    stop = stopped_at([f"{number}, " for number in range(1, 5000)])

    assert stop is not None
    assert stop[0] < 256
    assert stop[1] == 0


def test_a_stream_that_brings_nothing_new_is_stopped() -> None:
    stop = stopped_at(tokens((LETTER.replace("\n", " ") + " ") * 50))

    assert stop is not None
    assert stop[0] * 3.5 < 8 * len(LETTER)


@pytest.mark.parametrize("name", NOTES)
def test_a_stream_of_a_page_is_not_stopped(name: str) -> None:
    assert stopped_at(tokens(NOTES[name][1] * 3)) is None


@pytest.mark.parametrize(
    "text",
    [
        PUNISHMENT * 42,
        "I must not talk in class, for it is rude to the others\n" * 35,
        "ditto\n" * 40,
        "la " * 60,
        "| 0 | 0 | 0 |\n" * 40,
        "Spring " + "." * 150 + " 3\n" + "Summer " + "." * 150 + " 9\n",
        " ".join(map(str, range(1, 101))),
        "- [ ] \n" * 40,
        TEGAMI + "\n" + LETTER + "\n" + TEGAMI + "\n" + LETTER,
        "<tr>" + ("<td></td>" * 8 + "</tr><tr>") * 31,
        "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TICKS),
        "".join(f"| {' | '.join(row)} |\n" for row in TICKS),
        "".join(f"| {' | '.join('yes' if cell == 'x' else 'no' for cell in row)} |\n" for row in TICKS),
    ],
    ids=[
        "punishment",
        "long punishment",
        "ditto",
        "song",
        "zeros",
        "dots",
        "hundred",
        "boxes",
        "twice",
        "empty",
        "ticks in HTML",
        "ticks",
        "yes",
    ],
)
def test_a_stream_of_what_a_page_may_hold_is_not_stopped(text: str) -> None:
    assert stopped_at(tokens(text)) is None
    assert stopped_at(list(text)) is None


def test_a_server_that_sends_much_at_once_is_watched_as_well() -> None:
    assert stopped_at(["Milk Eggs " * 500]) == (1, 10)
    assert stopped_at([LETTER, "Milk and Eggs " * 500]) is not None


def looked_at(text: str) -> LoopWatch:
    """A watch that has just looked at a text."""
    watch = LoopWatch()
    for piece in (text, *[""] * 63):
        watch.feed(piece)
    return watch


@pytest.mark.parametrize(("numbers", "stops"), [(range(1, 101), False), (range(1, 150), False), (range(1, 160), True)])
def test_counting_may_go_beyond_a_hundred_before_it_is_stopped(numbers: range, stops: bool) -> None:
    assert (looked_at(" ".join(map(str, numbers))).began is not None) is stops


def test_where_a_loop_began_is_told_in_characters_of_the_whole_answer() -> None:
    long = " ".join(str(number * number) for number in range(4000)) + "\n"
    stop = stopped_at([*tokens(long), *["Milk Eggs "] * 400])

    assert len(long) > 20_000
    assert stop is not None
    assert stop[1] == len(long) + len("Milk Eggs ")


def test_a_watch_holds_only_the_end_of_a_long_answer() -> None:
    watch = LoopWatch()
    pieces = [f"{number * number} " * 2 for number in range(60_000)]
    tracemalloc.start()
    try:
        for piece in pieces:
            watch.feed(piece)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert watch.began is None
    assert sum(map(len, pieces)) > 1_000_000
    assert held < 100_000  # bytes


def test_once_stopped_it_stays_stopped() -> None:
    watch = LoopWatch()
    while not watch.feed("ex"):
        pass
    began = watch.began

    assert watch.feed("new") is True
    assert watch.began == began


def test_what_a_watch_stops_is_found_in_the_finished_answer() -> None:
    for piece in ("ex", "Milk Eggs ", PUNISHMENT, "明日は雨です。", "\x1b"):
        watch = LoopWatch()
        text = LETTER
        watch.feed(LETTER)
        while not watch.feed(piece):
            text += piece
        assert find_loop(text + piece) is not None


def test_watching_costs_next_to_nothing() -> None:
    """Measured: 1 to 3 µs a token on one core, while a token of the smallest model takes 5,000."""
    pieces = tokens(LETTER * 2 + TEGAMI * 2) + tokens(" ".join(str(number * number) for number in range(3000)))
    watch = LoopWatch()
    begin = time.process_time()
    for piece in pieces:
        watch.feed(piece)

    assert watch.began is None
    assert (time.process_time() - begin) / len(pieces) < 50e-6


@given(st.lists(st.text(max_size=40), max_size=200), st.text(max_size=30))
def test_any_stream_can_be_watched(pieces: list[str], piece: str) -> None:
    watch = LoopWatch()
    fed = [*pieces, *[piece] * 200]
    for each in fed:
        assert watch.feed(each) is (watch.began is not None)
    assert watch.began is None or 0 <= watch.began <= len("".join(fed))
