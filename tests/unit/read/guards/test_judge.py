"""All guards together, and how a page is asked about again."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.generation import Decoding, Ended
from notesyncd.read.guards.judge import judge
from notesyncd.read.guards.phrases import Kind, phrase
from notesyncd.read.guards.retrying import Retry, retry_differently
from notesyncd.read.guards.verdict import Guard, Verdict
from tests.unit.read.guards.asked import answer, expectation, judged
from tests.unit.read.guards.pages import BRIEF, LETTER, NOTES, misread

LINES = "Milk\nEggs\nBread"


@pytest.mark.parametrize("rate", [None, 0, 0.3, 0.55])
@pytest.mark.parametrize("name", NOTES)
def test_a_page_passes_unchanged(name: str, rate: float | None) -> None:
    languages, text = NOTES[name]
    readings = [()] if rate is None else [misread(text, rate, seed) for seed in range(5)]

    for words in readings:
        assert judge(answer(text), expectation(words, languages=languages)) == Verdict(begin=0, end=len(text))


@pytest.mark.parametrize(
    ("text", "ended", "expected", "condemned", "guards"),
    [
        ("<think>hm</think>\nMilk", "stop", "Milk", None, ["thinking"]),
        ("<think>hm", "stop", "", "thinking", ["thinking"]),
        ("<think>hm", "length", "", "thinking", ["thinking"]),
        ("I'm sorry, but I can't assist with that.", "stop", "", "refusal", ["refusal"]),
        ("Milk\n" + "Eggs\n" * 30, "stop", "Milk\nEggs", "loop", ["loop"]),
        ("Milk\n" + "Eggs\n" * 300, "length", "Milk\nEggs", "loop", ["loop"]),  # it is the loop that used up the tokens
        ("Milk\n" + "Eggs\n" * 300, "loop", "Milk\nEggs", "loop", ["loop"]),
        ("Milk\nEggs", "loop", "Milk\nEggs", "loop", ["loop"]),
        ("Milk\nEggs\nBre", "length", "Milk\nEggs", "length", ["length"]),
        ("Milk and egg", "length", "Milk and", "length", ["length"]),
        ("Here is the transcription:\nMilk", "stop", "Milk", None, ["boilerplate"]),
        ("Here is the transcription:\nMilk\nEg", "length", "Milk", "length", ["length", "boilerplate"]),
        ("", "stop", "", "empty", ["empty"]),
        (" \n…\n", "stop", "…", "empty", ["empty"]),
        ("<div></div>", "stop", "<div></div>", "empty", ["empty"]),
        ("![image](page.png)", "stop", "![image](page.png)", "empty", ["empty"]),
        ("Sure! Here is the transcription:", "stop", "", "empty", ["boilerplate", "empty"]),
        ("There is no text in this image.", "stop", "", "empty", ["boilerplate", "empty"]),
        ("牛奶鸡蛋面包", "stop", "牛奶鸡蛋面包", "language", ["language"]),
        ("<think>so</think>Sure!\nMilk\n\nI hope this helps!", "stop", "Milk", None, ["thinking", "boilerplate"]),
        ("<think>so</think>I'm sorry, but I can't view images.", "stop", "", "refusal", ["thinking", "refusal"]),
        ("I'm sorry, but I can't view images. " * 30, "loop", "", "refusal", ["refusal", "loop"]),
        ("!" * 300, "loop", "!", "loop", ["loop"]),
        ("<think>\n\n</think>\n\nMilk", "stop", "Milk", None, []),  # an empty thought is none
        ("```\nMilk\n```", "stop", "Milk", None, []),
        ("```markdown\nMilk\n```\n", "stop", "Milk", None, []),
        ("```json\n[]\n```", "stop", "[]", "empty", ["empty"]),
        ("```json\n" + '[{"text_content": "Milk"}, {"te', "length", '[{"text_content": "Milk"},', "length", ["length"]),
        (
            "Here is the text:\n\n```\nMilk\n```\n\nNote: some words are illegible.",
            "stop",
            "Milk",
            None,
            ["boilerplate"],
        ),
        ("Milk\n```\nx = 1\n```", "stop", "Milk\n```\nx = 1\n```", None, []),
        ("```\na\n```\nand\n```\nb\n```", "stop", "```\na\n```\nand\n```\nb\n```", None, []),
    ],
)
def test_what_is_left_and_what_is_said(
    text: str, ended: Ended, expected: str, condemned: Guard | None, guards: list[str]
) -> None:
    kept, verdict = judged(answer(text, ended=ended), expectation("Milk Eggs Bread", languages=["en"]))

    assert kept == expected
    assert verdict.condemned == condemned
    assert [warning.split(":")[0] for warning in verdict.warnings] == guards


def test_an_empty_answer_to_an_empty_page_is_told_but_not_condemned() -> None:
    for words in ("", "l . '", "7"):
        _, verdict = judged("", expectation(words))

        assert verdict.condemned is None
        assert verdict.warnings == ("empty: no text is left of the answer",)


def test_thoughts_in_the_place_of_an_answer_condemn() -> None:
    assert judge(answer("", thinking="hm"), expectation()).condemned == "thinking"


def test_a_translation_condemns_what_else_is_fine() -> None:
    kept, verdict = judged(f"Here is the text:\n{LETTER}", expectation(BRIEF))

    assert kept == LETTER
    assert verdict.condemned == "language"


def test_an_answer_cut_off_behind_a_line_break_keeps_its_last_line() -> None:
    assert judged(answer("Milk\nEggs\n", ended="length"))[0] == "Milk\nEggs"
    assert judged(answer("Milk", ended="length"))[0] == "Milk"
    assert judged(answer("", ended="length"))[1].condemned == "length"


def test_no_warning_quotes_the_page() -> None:
    for text in (f"<think>{LINES}", LINES + "\nzebra" * 40, f"Here is the text:\n{LINES}", f"{LINES} 的"):
        for warning in judged(answer(text, ended="length"), expectation(languages=["en"]))[1].warnings:
            assert not set(warning.split()) & {"Milk", "zebra", "的"}


def test_a_verdict_names_characters_of_the_whole_answer() -> None:
    text = f"<think>hm</think>\n\nSure!\n\n{LINES}\n\nI hope this helps!\n"
    verdict = judge(answer(text), expectation())

    assert text[verdict.begin : verdict.end].strip() == LINES


@pytest.mark.parametrize("ended", get_args(Ended))
@given(
    pieces=st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                [
                    "<think>",
                    "</think>",
                    "```\n",
                    "\n\n",
                    "Sure!",
                    "Here is the text:",
                    "I'm sorry, but I can't",
                    "---",
                    "1\n2\n3\n",
                ]
            ),
        ),
        max_size=12,
    ),
    times=st.integers(1, 30),
    words=st.lists(st.text(max_size=10), max_size=10),
    languages=st.lists(st.sampled_from(["en", "ja", "de", "?"]), max_size=2),
    prompt=st.text(max_size=30),
)
def test_any_answer_can_be_judged(
    ended: Ended, pieces: list[str], times: int, words: list[str], languages: list[str], prompt: str
) -> None:
    text = "".join(pieces) * times
    verdict = judge(answer(text, ended=ended), expectation(words, languages=languages, prompt=prompt))

    assert 0 <= verdict.begin <= verdict.end <= len(text)
    assert len(verdict.warnings) <= 7
    assert verdict.condemned is None or any(warning.startswith(verdict.condemned) for warning in verdict.warnings)
    assert ended != "loop" or any(warning.startswith("loop: ") for warning in verdict.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "ab " * 70_000,
        " " * 200_000,
        "\n" * 200_000,
        "1 " * 100_000,
        " ".join(map(str, range(40_000))),
        "<" * 200_000,
        "[" * 200_000,
        "```\n" * 50_000,
        "<think>" * 30_000,
        "</think>" * 25_000,
        "的" * 100_000,
        "here is the image transcription " * 6_000,
        "I'm sorry, but i can't " * 9_000,
        "note: " * 30_000,
        "- - - " * 30_000,
        LETTER * 400,
        "\ud800" * 5_000,
        LETTER + "\ud800",
    ],
)
def test_a_hostile_answer_is_judged_soon(text: str) -> None:
    begin = time.process_time()
    judge(answer(text, ended="length"), expectation(LETTER * 5, languages=["ja", "en"], prompt=LETTER))

    assert time.process_time() - begin < 5


# ------------------------------------------------------------------------------------------------------------ phrases


@pytest.mark.parametrize("kind", get_args(Kind))
def test_phrases_of_every_kind_are_there(kind: Kind) -> None:
    assert phrase(kind).match("Monday, 3 apples") is None
    assert "<" not in phrase(kind).pattern.replace("(?<", "")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_hostile_line_is_looked_at_soon(kind: Kind) -> None:
    hostile = [
        "okay, " * 60,
        "i can't " * 50,
        "here is text of " * 25,
        "the image is " * 30,
        "申し訳ありません" * 50,
        "some " * 80,
    ]
    begin = time.process_time()
    for line in hostile:
        phrase(kind).match(line[:400])

    assert time.process_time() - begin < 1  # measured .01 s


# ------------------------------------------------------------------------------------------------------------ retrying


def verdict(condemned: Guard | None, *warned: str) -> Verdict:
    return Verdict(begin=0, end=0, condemned=condemned, warnings=tuple(f"{guard}: it is so" for guard in warned))


@pytest.mark.parametrize(
    ("found", "penalty", "expected"),
    [
        (verdict(None), None, None),
        (verdict(None, "boilerplate"), None, None),
        (verdict("loop", "loop"), None, (1.2, False)),
        (verdict("loop", "loop"), 1.0, (1.2, False)),
        (verdict("loop", "loop"), 1.05, (1.3, False)),
        (verdict("loop", "loop"), 1.2, (1.3, False)),
        (verdict("loop", "loop"), 1.3, None),
        (verdict("length", "length"), None, None),
        (verdict("refusal", "refusal"), None, (None, True)),
        (verdict("refusal", "refusal"), 1.1, (1.1, True)),
        (verdict("thinking", "thinking"), None, (None, True)),
        (verdict("language", "language"), None, (None, True)),
        (verdict("empty", "boilerplate", "empty"), None, (None, True)),
        (verdict("thinking", "thinking", "loop"), None, (1.2, True)),
        (verdict("refusal", "refusal", "loop"), 1.3, (1.3, True)),
    ],
)
def test_a_page_is_asked_about_differently_or_not_again(
    found: Verdict, penalty: float | None, expected: tuple[float | None, bool] | None
) -> None:
    decoding = Decoding(max_tokens=100, repetition_penalty=penalty)
    again = retry_differently(found, decoding)

    if expected is None:
        assert again is None
    else:
        changed = Decoding(max_tokens=100, repetition_penalty=expected[0])
        assert again == Retry(decoding=changed, plain_prompt=expected[1])
