"""Picks the next token from a model's logits, and says how sure it was: a step ahead of whoever reads it."""

from __future__ import annotations

from collections import deque
from typing import Any

from notesyncd.read.generation import Decoding
from notesyncd.read.process.picked import Picked
from notesyncd.read.process.runtime import ALTERNATIVES

_LEAST = -1e30  # a log-probability for what can't be


class Picker:
    """Takes the most probable token each time, after penalties on those that it took before.

    mlx-vlm hands log-probabilities out too, but after penalties, as finely as the weights are (two or three digits for
    16 bits), and for the whole vocabulary. So the figures are made here, from the logits as float32, in the same stream
    as the model's own work: they are done when the token is.
    """

    def __init__(self, decoding: Decoding) -> None:
        self._penalty = decoding.repetition_penalty
        self._context = decoding.repetition_context
        self._of_prompt: int | None = None
        self._logits: Any = None
        self._penalised: Any = None
        self._figures: deque[Any] = deque()

    def process(self, tokens: Any, logits: Any) -> Any:
        """Keep the logits of one step and return them with penalties: a logits processor of mlx-vlm.

        Args:
            tokens: the end of the prompt, or all of it, and what was generated since.
            logits: of one step, in a batch of one.
        """
        import mlx.core as mx  # noqa: PLC0415

        self._logits = self._penalised = logits.astype(mx.float32)
        if self._of_prompt is None:
            self._of_prompt = tokens.size
        recent = tokens[max(self._of_prompt, tokens.size - self._context) :]
        if self._penalty is not None and recent.size:
            seen = self._logits[:, recent]
            changed = mx.where(seen < 0, seen * self._penalty, seen / self._penalty)
            # logits[:, recent] = … would change what was kept as well
            self._penalised = mx.put_along_axis(self._logits, recent[None], changed, axis=-1)
        return self._penalised

    def sample(self, logprobs: Any) -> Any:
        """Return the token: a sampler of mlx-vlm, called right after ``process``.

        Args:
            logprobs: of all tokens, after penalties.
        """
        import mlx.core as mx  # noqa: PLC0415

        token = mx.argmax(self._penalised, axis=-1)
        if self._penalty is not None:
            logprobs = self._logits - mx.logsumexp(self._logits, axis=-1, keepdims=True)
        figures = _figures(logprobs, token)
        mx.async_eval(figures)  # type: ignore[no-untyped-call,unused-ignore] # mlx has no types for it
        self._figures.append(figures)
        return token

    def picked(self) -> Picked:
        """Return what is known of the next token, in the order in which they were sampled."""
        number, logprob, entropy, *rest = self._figures.popleft().tolist()
        half = len(rest) // 2
        others = zip(rest[:half], rest[half:], strict=True)
        return Picked(
            number=int(number),
            logprob=logprob,
            entropy=entropy,
            others=tuple((int(other), value) for other, value in others if value > float("-inf")),
        )


def _figures(logprobs: Any, token: Any) -> Any:
    """Return number, log-probability and entropy, then numbers and log-probabilities of the best others, in one row.

    As float32, numbers of tokens are exact up to 16.7 million. The others are found one by one: a pass over the
    vocabulary is quick, sorting it is not.
    """
    import mlx.core as mx  # noqa: PLC0415

    place = token[:, None]
    never = mx.array(-float("inf"))
    # a token of probability 0 adds nothing, but 0 times minus infinity is no number
    terms = mx.exp(logprobs) * mx.maximum(logprobs, _LEAST)
    rest = mx.put_along_axis(logprobs, place, never, axis=-1)
    numbers, values = [], []
    for _ in range(min(ALTERNATIVES, logprobs.shape[-1] - 1)):
        best = mx.argmax(rest, axis=-1, keepdims=True)
        numbers.append(best)
        values.append(mx.take_along_axis(rest, best, axis=-1))
        rest = mx.put_along_axis(rest, best, never, axis=-1)
    own = mx.take_along_axis(logprobs, place, axis=-1)
    row = [place, own, -mx.sum(terms, axis=-1, keepdims=True), *numbers, *values]
    return mx.concatenate([part.astype(mx.float32) for part in row], axis=-1)[0]
