"""Asks one guard, or all, about an answer in the fewest words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notesyncd.read.generation import Answer, Ended
from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.judge import judge
from notesyncd.read.guards.verdict import Expectation, Verdict


def answer(text: str, *, ended: Ended = "stop", thinking: str = "") -> Answer:
    return Answer(text=text, tokens=None, ended=ended, logprobs="none", thinking=thinking)


def expectation(words: Sequence[str] | str = (), *, languages: Sequence[str] = (), prompt: str = "") -> Expectation:
    words = tuple(words.split()) if isinstance(words, str) else tuple(words)
    return Expectation(languages=tuple(languages), words=words, prompt=prompt)


def asked(
    guard: Callable[[Case], Finding | None], given: Answer | str, known: Expectation | None = None
) -> Finding | None:
    given = answer(given) if isinstance(given, str) else given
    return guard(Case(answer=given, expected=known or expectation(), begin=0, end=len(given.text)))


def left(guard: Callable[[Case], Finding | None], given: Answer | str, known: Expectation | None = None) -> str:
    """What a guard leaves of an answer, trimmed."""
    given = answer(given) if isinstance(given, str) else given
    found = asked(guard, given, known)
    return (given.text if found is None else given.text[found.begin : found.end]).strip()


def judged(given: Answer | str, known: Expectation | None = None) -> tuple[str, Verdict]:
    """What all guards leave of an answer, trimmed, and their verdict."""
    given = answer(given) if isinstance(given, str) else given
    verdict = judge(given, known or expectation())
    return given.text[verdict.begin : verdict.end].strip(), verdict
