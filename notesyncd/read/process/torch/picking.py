"""Picks the next token from a model's logits, and says how sure it was: on the device, read in one go."""

from __future__ import annotations

from collections import deque
from typing import Any

from notesyncd.read.generation import Decoding
from notesyncd.read.process.picked import Picked
from notesyncd.read.process.runtime import ALTERNATIVES

_NUMBERS_BEFORE = 3  # the token, its log-probability, the entropy; then the most probable tokens and theirs


class Picker:
    """Takes the most probable token each time, after penalties on those that it took before."""

    def __init__(self, decoding: Decoding) -> None:
        self._penalty = decoding.repetition_penalty
        self._before: deque[Any] = deque(maxlen=decoding.repetition_context)

    def pick(self, logits: Any) -> tuple[Any, Picked]:
        """Return the token as a tensor of one number on the logits' device, and what is known of it.

        Args:
            logits: of one step, one for each token of the vocabulary, as float32.
        """
        import torch  # noqa: PLC0415

        logprobs = torch.log_softmax(logits, dim=-1)
        entropy = torch.special.entr(logprobs.exp()).sum()
        best = logprobs.topk(min(ALTERNATIVES + 1, logprobs.shape[-1]))
        token = self._penalised(logits).argmax()
        if self._penalty is not None:
            self._before.append(token)
        # One copy costs one wait for the device; as float32, numbers of tokens are exact up to 16.7 million.
        figures = torch.cat([token.view(1), logprobs[token].view(1), entropy.view(1), best.indices, best.values])
        return token, _picked(figures.tolist())

    def _penalised(self, logits: Any) -> Any:
        import torch  # noqa: PLC0415

        if self._penalty is None or not self._before:
            return logits
        numbers = torch.stack(tuple(self._before))
        seen = logits[numbers]
        return logits.index_put((numbers,), torch.where(seen < 0, seen * self._penalty, seen / self._penalty))


def _picked(figures: list[float]) -> Picked:
    number, logprob, entropy = figures[:_NUMBERS_BEFORE]
    numbers = figures[_NUMBERS_BEFORE : (len(figures) + _NUMBERS_BEFORE) // 2]
    logprobs = figures[(len(figures) + _NUMBERS_BEFORE) // 2 :]
    others = [(int(other), value) for other, value in zip(numbers, logprobs, strict=True) if other != number]
    return Picked(number=int(number), logprob=logprob, entropy=entropy, others=tuple(others[:ALTERNATIVES]))
