"""How a page is asked about once more after a guard condemned the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notesyncd.read.generation import Decoding
from notesyncd.read.guards.verdict import Verdict

_PENALTY = 1.2  # published advice against loops is 1.2 to 1.3; 1.1 was seen to stop none
_HARDER_PENALTY = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A second attempt; ``plain_prompt``: with the shorter prompt, without languages, terms and titles."""

    decoding: Decoding
    plain_prompt: bool


def retry_differently(verdict: Verdict, decoding: Decoding) -> Retry | None:
    """Return how to ask again, or None where there is no use.

    At temperature 0 the same question has the same answer. So a loop is asked with a repetition penalty of 1.2 (1.3
    where there was one), which is never on from the start, since it destroys what is really repeated; refusals,
    thoughts, a wrong language and empty answers with another prompt. An answer that was too long gets no longer.
    """
    if verdict.condemned is None:
        return None
    looped = any(warning.startswith("loop:") for warning in verdict.warnings)
    changed = _penalised(decoding) if looped else decoding
    plain_prompt = verdict.condemned not in {"loop", "length"}
    if changed == decoding and not plain_prompt:
        return None
    return Retry(decoding=changed, plain_prompt=plain_prompt)


def _penalised(decoding: Decoding) -> Decoding:
    was = decoding.repetition_penalty
    if was is not None and was >= _HARDER_PENALTY:
        return decoding
    return replace(decoding, repetition_penalty=_PENALTY if was in {None, 1.0} else _HARDER_PENALTY)
