"""What is asked of a model that generates text, and what it answers: one face for every runtime and server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from notesyncd.api import ReaderId
    from notesyncd.read.picture import Picture

Ended = Literal["stop", "length", "loop"]
"""The model ended by itself, its tokens were used up, or the loop guard stopped it."""

LogprobKind = Literal["raw", "penalised", "none"]
"""Raw: before every penalty, at temperature 1. Penalised: after penalties. None: the server gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How an answer is generated; temperature 0 throughout, so that runs repeat.

    Attributes:
        max_tokens: the answer is cut off there.
        repetition_penalty: divides (or multiplies) the logits of tokens that were generated; None: none.
        repetition_context: so many tokens back are penalised.
    """

    max_tokens: int
    temperature: float = 0.0
    repetition_penalty: float | None = None
    repetition_context: int = 256

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return what is set, as name and value: for the record."""
        pairs = [("max_tokens", str(self.max_tokens)), ("temperature", str(self.temperature))]
        if self.repetition_penalty is not None:
            pairs.append(("repetition_context", str(self.repetition_context)))
            pairs.append(("repetition_penalty", str(self.repetition_penalty)))
        return tuple(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One picture and what is to be done with it; ``prompt`` without the template of a chat."""

    picture: Picture
    prompt: str
    decoding: Decoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another token that could have stood there."""

    data: bytes
    logprob: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One generated token.

    Attributes:
        data: the bytes that it stands for, in UTF-8; a character may be cut between two tokens.
        logprob: natural logarithm of its probability, as ``Answer.logprobs`` says; None where none was given.
        id: its number in the vocabulary, where that is known.
        entropy: of the distribution it was chosen from, nats; None where only a few alternatives are known.
        alternatives: the most probable others, best first.
    """

    data: bytes
    logprob: float | None = None
    id: int | None = None
    entropy: float | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def margin(self) -> float | None:
        """How much more probable it was than the best other one, nats; below 0 where it was not the best."""
        if self.logprob is None or not self.alternatives:
            return None
        return self.logprob - self.alternatives[0].logprob


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model answered, whole and uncut.

    Attributes:
        text: the answer; where there are tokens, their bytes decoded, special tokens left out.
        tokens: those of ``text``, none of the end; None where a server gave none.
        thinking: what the model thought aloud, where the server tells it apart.
    """

    text: str
    tokens: tuple[Token, ...] | None
    ended: Ended
    logprobs: LogprobKind
    thinking: str = ""
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorFacts:
    """What generates: all of it goes into the record of a reading.

    Attributes:
        identity: reader, engine, weights and what changes the result.
        adapter: name and sha256 of an adapter over the weights.
        packages: versions of the libraries that generate.
    """

    identity: ReaderId
    adapter: str | None = None
    packages: tuple[tuple[str, str], ...] = field(default_factory=tuple)


class Generator(Protocol):
    """A model behind one question and one answer: a child process or a server."""

    def facts(self) -> GeneratorFacts:
        """Say what generates; may load the model.

        Raises:
            NotesyncdError: by what to do next, where it can't be loaded or reached.
        """

    def generate(self, question: Question) -> Answer:
        """Ask, and stop the answer where it runs in a loop (``guards.loops``).

        Raises:
            TransientError: it may work later.
            NotesyncdError: by what to do next.
        """

    def close(self) -> None:
        """Give back all that it holds; harmless when called twice."""
