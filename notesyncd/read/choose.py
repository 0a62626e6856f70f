"""Chooses the reader: the one that was asked for, or the best of those that are ready on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from notesyncd.api import ConfigError, ReaderSpec

AUTO = "auto"


def choose(readers: Mapping[str, ReaderSpec], wanted: str) -> ReaderSpec:
    """Return the reader named ``wanted``, or for "auto" the ready one with the lowest ``auto_rank``.

    Raises:
        ConfigError: if there is none of that name, if it is not ready, or if none is; it says why and what helps.
    """
    if wanted == AUTO:
        return _first_ready(readers)
    if wanted not in readers:
        names = sorted([*readers, AUTO])
        close = get_close_matches(wanted, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ConfigError(f"there is no reader {wanted!r}{hint} There are: {', '.join(names)}")
    reason = readers[wanted].unready()
    if reason is not None:
        raise ConfigError(f"the reader {wanted!r} can't be used: {reason}")
    return readers[wanted]


def _first_ready(readers: Mapping[str, ReaderSpec]) -> ReaderSpec:
    reasons = []
    ranked = [(spec.auto_rank, name) for name, spec in readers.items() if spec.auto_rank is not None]
    for _, name in sorted(ranked):
        reason = readers[name].unready()
        if reason is None:
            return readers[name]
        reasons.append(f"{name}: {reason}")
    others = sorted(name for name, spec in readers.items() if spec.auto_rank is None)
    if others:
        reasons.append(f"never chosen by itself: {', '.join(others)} (name one to use it)")
    raise ConfigError("no reader is ready. " + "; ".join(reasons or ["no reader is installed"]))
