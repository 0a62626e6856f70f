"""Chooses the reader: the one that was asked for, or the best of those that are ready on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from notesyncd.api import ConfigError, ReaderContext, ReaderSpec

AUTO = "auto"


ContextOf = Callable[[ReaderSpec], ReaderContext]
"""What a reader would be opened with."""


def choose(readers: Mapping[str, ReaderSpec], wanted: str, context: ContextOf) -> ReaderSpec:
    """Return the reader named ``wanted``, or for "auto" the ready one with the lowest ``auto_rank``.

    Raises:
        ConfigError: if there is none of that name, if it is not ready, or if none is; it says why and what helps.
    """
    if wanted == AUTO:
        return _first_ready(readers, context)
    if wanted not in readers:
        names = sorted([*readers, AUTO])
        close = get_close_matches(wanted, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ConfigError(f"there is no reader {wanted!r}{hint} There are: {', '.join(names)}")
    reason = readers[wanted].unready(context(readers[wanted]))
    if reason is not None:
        raise ConfigError(f"the reader {wanted!r} can't be used: {reason}")
    return readers[wanted]


def _first_ready(readers: Mapping[str, ReaderSpec], context: ContextOf) -> ReaderSpec:
    reasons = []
    for name in ranked(readers):
        spec = readers[name]
        reason = spec.unsuited(context(spec)) or spec.unready(context(spec))
        if reason is None:
            return spec
        reasons.append(f"{name}: {reason}")
    others = sorted(name for name, spec in readers.items() if spec.auto_rank is None)
    if others:
        reasons.append(f"never chosen by itself: {', '.join(others)} (name one to use it)")
    raise ConfigError("no reader is ready. " + "; ".join(reasons or ["no reader is installed"]))


def better_possible(readers: Mapping[str, ReaderSpec], chosen: str, context: ContextOf) -> tuple[str, str] | None:
    """Return the best reader that would suit this machine better than ``chosen`` but can't be used, and why not."""
    names = ranked(readers)
    for name in names[: names.index(chosen)] if chosen in names else []:
        spec = readers[name]
        reason = spec.unready(context(spec))
        if reason is not None and spec.unsuited(context(spec)) is None:
            return name, reason
    return None


def best_suited(readers: Mapping[str, ReaderSpec], context: ContextOf) -> str | None:
    """Return the name of the reader that suits this machine best, whether it can be used now or not."""
    return next((name for name in ranked(readers) if readers[name].unsuited(context(readers[name])) is None), None)


def ranked(readers: Mapping[str, ReaderSpec]) -> list[str]:
    """Return the names of the readers that "auto" considers, the best first."""
    ranks = [(spec.auto_rank, name) for name, spec in readers.items() if spec.auto_rank is not None]
    return [name for _, name in sorted(ranks)]
