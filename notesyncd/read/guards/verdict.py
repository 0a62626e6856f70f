"""What the guards found in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Guard = Literal["loop", "length", "empty", "refusal", "boilerplate", "language", "thinking", "blank"]
"""Named in the warnings that a guard leaves: ``loop: the answer …``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of the page before the answer is looked at.

    Attributes:
        languages: BCP 47 tags that were set; empty: unknown.
        words: of the light reader, in its order; empty where it saw none.
        prompt: what was asked; an answer that repeats it is none.
    """

    languages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is left of an answer.

    Attributes:
        begin: first character of the answer that may be used.
        end: where what may be used ends.
        warnings: one for each guard that found something: its name, a colon, and what it found.
        condemned: the worst guard that makes the answer unfit to be delivered unflagged; None: it is fit.
    """

    begin: int
    end: int
    warnings: tuple[str, ...] = ()
    condemned: Guard | None = None
