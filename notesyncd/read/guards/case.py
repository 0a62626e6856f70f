"""What a guard looks at, and what it finds there."""

from __future__ import annotations

from dataclasses import dataclass

from notesyncd.read.generation import Answer
from notesyncd.read.guards.verdict import Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the guards before left of an answer, ``begin:end`` of its characters, and what is known of the page."""

    answer: Answer
    expected: Expectation
    begin: int
    end: int

    @property
    def text(self) -> str:
        """What is left of the answer."""
        return self.answer.text[self.begin : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one guard found in the text of a case.

    Attributes:
        begin: first character of that text that may be used.
        end: where what may be used ends; nothing may be where it is ``begin``.
        sentence: what was found, for the warning; it quotes nothing of the page.
        condemns: the answer is unfit to be delivered unflagged.
    """

    begin: int
    end: int
    sentence: str
    condemns: bool = False
