"""A token that a runtime picked, with its figures, on the way to what the rest of notesyncd knows as a token."""

from __future__ import annotations

from dataclasses import dataclass

from notesyncd.read.generation import Alternative, Token
from notesyncd.read.process.token_bytes import TokenBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A token's number, with raw figures in nats: before penalties, at temperature 1.

    Attributes:
        others: number and log-probability of the most probable other tokens, best first.
    """

    number: int
    logprob: float
    entropy: float
    others: tuple[tuple[int, float], ...]


def token_of(picked: Picked, known: TokenBytes) -> Token | None:
    """Return the token with the bytes that it stands for; None for a special one, which is no part of an answer.

    Raises:
        LookupError: no token of the tokenizer has its number.
    """
    data = known.of(picked.number)
    if data is None:
        return None
    return Token(
        data=data,
        logprob=picked.logprob,
        id=picked.number,
        entropy=picked.entropy,
        alternatives=tuple(
            Alternative(data=_bytes_or_none(number, known), logprob=logprob) for number, logprob in picked.others
        ),
    )


def _bytes_or_none(number: int, known: TokenBytes) -> bytes:
    """Return an alternative's bytes; none where it is the end, another special token, or not the tokenizer's."""
    try:
        return known.of(number) or b""
    except LookupError:
        return b""
