"""Asks a model about a picture, lets the guards judge the answer, and asks once more where they condemn it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notesyncd.read.generation import Answer, Decoding, Generator, Question
from notesyncd.read.guards.judge import judge
from notesyncd.read.guards.retrying import Retry, retry_differently
from notesyncd.read.guards.verdict import Expectation, Verdict
from notesyncd.read.model import ModelCard
from notesyncd.read.picture import Picture
from notesyncd.read.prompt import Prompt, plain_prompt

READ_TWICE = "it was read a second time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One question with its answer, and what the guards say of it."""

    picture: Picture
    prompt: Prompt
    decoding: Decoding
    answer: Answer
    verdict: Verdict

    @property
    def text(self) -> str:
        """What the guards left of the answer."""
        return self.answer.text[self.verdict.begin : self.verdict.end]

    @property
    def sampling(self) -> tuple[tuple[str, str], ...]:
        """How the answer was generated, for the record."""
        return (*self.decoding.pairs(), ("logprobs", self.answer.logprobs))

    def warned(self, warning: str) -> Attempt:
        """Return it with one more warning."""
        return replace(self, verdict=replace(self.verdict, warnings=(*self.verdict.warnings, warning)))


def ask(generator: Generator, card: ModelCard, picture: Picture, prompt: Prompt, expected: Expectation) -> Attempt:
    """Ask, and where the guards condemn the answer, once more and differently.

    The first answer stands where the second is no better; the warnings of both are kept.
    """
    decoding = Decoding(max_tokens=card.max_tokens, repetition_penalty=card.repetition_penalty)
    first = _ask(generator, picture, prompt, decoding, expected)
    again = retry_differently(first.verdict, decoding)
    if again is None:
        return first
    other = _other_prompt(card, prompt, again)
    if (other, again.decoding) == (prompt, decoding):
        return first
    second = _ask(generator, picture, other, again.decoding, expected)
    if second.verdict.condemned is not None:
        return first.warned(f"{READ_TWICE}, with no better answer")
    warnings = (*first.verdict.warnings, READ_TWICE, *second.verdict.warnings)
    return replace(second, verdict=replace(second.verdict, warnings=warnings))


def _other_prompt(card: ModelCard, prompt: Prompt, again: Retry) -> Prompt:
    """Return the plainer prompt where that is asked for; a model with words of its own knows no others."""
    return plain_prompt() if again.plain_prompt and card.asked == "verbatim" else prompt


def _ask(generator: Generator, picture: Picture, prompt: Prompt, decoding: Decoding, expected: Expectation) -> Attempt:
    answer = generator.generate(Question(picture=picture, prompt=prompt.text, decoding=decoding))
    verdict = judge(answer, replace(expected, prompt=prompt.text))
    return Attempt(picture=picture, prompt=prompt, decoding=decoding, answer=answer, verdict=verdict)
