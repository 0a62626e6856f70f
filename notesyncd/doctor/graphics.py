"""Check of the graphics cards: which models fit them, and in which quantization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notesyncd.doctor.finding import Finding
from notesyncd.read.fit import Card, Way, finest

_GIB = 1 << 30


def graphics_findings(ways: Sequence[Way], found: Sequence[Card], *, wanted: bool) -> Iterator[Finding]:
    """Say of each NVIDIA card what fits it; without one, only where the ``cuda`` reader is ``wanted``.

    Args:
        ways: to run the models that the ``cuda`` reader knows, the best model first.
        found: the cards of this machine.
    """
    if not found and wanted:
        yield Finding(
            name="graphics card",
            status="warn",
            message="nvidia-smi tells of none by NVIDIA: the cuda reader runs on the processor, slowly",
            remedy="install the card's driver, if there is a card; or choose another reader",
        )
    for card in found:
        yield card_finding(card, ways)


def card_finding(card: Card, ways: Sequence[Way]) -> Finding:
    """Say which models fit one card, each in the finest quantization that does, and whether the room is free now."""
    name, shown = "graphics card", f"{card.name}, {_gib(card.total_bytes)} ({_gib(card.free_bytes)} free)"
    fitting = finest(ways, card.total_bytes)
    if not fitting:
        least = min(ways, key=lambda way: way.memory_bytes, default=None)
        needs = (
            f"; the smallest, {least.model} in {least.quantization}, takes {_gib(least.memory_bytes)}" if least else ""
        )
        return Finding(
            name=name,
            status="warn",
            message=f"{shown}: no model of the catalogue fits{needs}",
            remedy='set reader = "rapidocr", or let a server read (reader = "http")',
        )
    message = f"{shown}: {_listed(fitting)} {'fits' if len(fitting) == 1 else 'fit'}"
    if all(way.memory_bytes > card.free_bytes for way in ways):
        return Finding(
            name=name,
            status="warn",
            message=f"{message}, but not while other programs hold so much of its memory",
            remedy="end the programs that nvidia-smi lists",
        )
    return Finding(name=name, status="ok", message=message)


def _listed(ways: Sequence[Way]) -> str:
    *before, last = (f"{way.model} in {way.quantization}" for way in ways)
    return f"{', '.join(before)} and {last}" if before else last


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f} GiB"
