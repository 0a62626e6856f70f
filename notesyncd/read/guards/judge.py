"""Asks every guard about an answer, in turn, and sums up what they found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from notesyncd.read.generation import Answer
from notesyncd.read.guards import boilerplate, empty, language, length, loops, refusal, thinking
from notesyncd.read.guards.case import Case, Finding
from notesyncd.read.guards.verdict import Expectation, Guard, Verdict
from notesyncd.read.guards.wrapping import unwrapped

_GUARDS: tuple[tuple[Guard, Callable[[Case], Finding | None]], ...] = (
    ("thinking", thinking.examine),
    ("refusal", refusal.examine),
    ("loop", loops.examine),
    ("length", length.examine),
    ("boilerplate", boilerplate.examine),
    ("language", language.examine),
    ("empty", empty.examine),
)
"""In the order asked; each sees what those before left. Thoughts go first, for they contain anything. A loop goes
before the length, for it is what used up the tokens. The language is asked when only the text is left."""

_WORST_FIRST: tuple[Guard, ...] = ("refusal", "thinking", "language", "empty", "loop", "length")
"""Before a loop and an answer cut off, of which the begin may be used, what leaves nothing of use."""


def judge(answer: Answer, expected: Expectation) -> Verdict:
    """Return what may be used of an answer, and why no more. Never raises, whatever the answer is.

    The use of what is left is the parser's, which takes JSON and HTML that is cut off too.
    """
    case = _unwrapped(Case(answer=answer, expected=expected, begin=0, end=len(answer.text)))
    warnings: list[str] = []
    condemned: set[Guard] = set()
    for guard, examine in _GUARDS:
        if guard == "empty" and condemned:
            continue  # it is known why
        finding = examine(case)
        if finding is None:
            continue
        warnings.append(f"{guard}: {finding.sentence}")
        if finding.condemns:
            condemned.add(guard)
        case = _unwrapped(replace(case, begin=case.begin + finding.begin, end=case.begin + finding.end))
    worst = next((guard for guard in _WORST_FIRST if guard in condemned), None)
    return Verdict(begin=case.begin, end=case.end, warnings=tuple(warnings), condemned=worst)


def _unwrapped(case: Case) -> Case:
    begin, end = unwrapped(case.text)
    return replace(case, begin=case.begin + begin, end=case.begin + end)
