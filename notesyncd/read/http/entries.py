"""Reads what a server says of single tokens; what is no honest figure counts as none."""

from __future__ import annotations

import math
from typing import Any

from notesyncd.read.generation import Alternative, Token
from notesyncd.read.http.form import ALTERNATIVES

_ROUNDING = 1e-3
"""Nats by which rounding may lift the logarithm of a probability over 0."""
_LONGEST_TOKEN = 4096
"""Bytes; the longest tokens of published vocabularies are runs of some hundred spaces."""


def tokens_of(logprobs: Any) -> tuple[list[Token], bool]:
    """Return the tokens of a ``logprobs`` object and whether all of its entries were sound."""
    entries = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(entries, list):
        return [], True
    tokens = [_token(entry) for entry in entries]
    return [token for token in tokens if token is not None], None not in tokens


def _token(entry: Any) -> Token | None:
    if not isinstance(entry, dict):
        return None
    data, logprob = _data(entry), _logprob(entry)
    if data is None or logprob is None:
        return None
    return Token(data=data, logprob=logprob, alternatives=_alternatives(entry.get("top_logprobs"), data))


def _alternatives(others: Any, chosen: bytes) -> tuple[Alternative, ...]:
    found = []
    for other in others[: 4 * ALTERNATIVES] if isinstance(others, list) else ():
        data, logprob = (_data(other), _logprob(other)) if isinstance(other, dict) else (None, None)
        if data is not None and logprob is not None and data != chosen:
            found.append(Alternative(data=data, logprob=logprob))
    return tuple(sorted(found, key=lambda alternative: -alternative.logprob)[:ALTERNATIVES])


def _data(entry: dict[str, Any]) -> bytes | None:
    """Return a token's bytes; where the server gives none, those of its text."""
    data = entry.get("bytes")
    if data is None:
        text = entry.get("token")
        data = text.encode("utf-8", "replace") if isinstance(text, str) else None
    elif isinstance(data, list):
        try:
            data = bytes(data)
        except (TypeError, ValueError):
            return None
    return data if isinstance(data, bytes) and len(data) <= _LONGEST_TOKEN else None


def _logprob(entry: dict[str, Any]) -> float | None:
    value = entry.get("logprob")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value > _ROUNDING:
        return None
    return min(float(value), 0.0)
