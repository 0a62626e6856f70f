"""What a number of pages would take of a server, and what of them leaves this machine: said before it happens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from notesyncd.read.http.locality import Endpoint
from notesyncd.read.http.presets import PRESETS, UNKNOWN, preset_of
from notesyncd.read.http.settings import HttpSettings

PROMPT_TOKENS = 300
"""About the longest of our own prompts; an assumption, not measured."""
ANSWER_TOKENS = 600
"""A densely written A4 page has some 350 words of 1.3 to 2 tokens; an assumption, not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a number of pages is likely to take.

    Attributes:
        sent: tokens, those of the pictures included.
        received: tokens.
        cost: in ``currency``; None where a price is not set.
        days: that the daily limit spreads them over; None where there is no limit.
    """

    pages: int
    sent: int
    received: int
    cost: float | None
    currency: str
    days: int | None

    def __str__(self) -> str:
        """Say it in one sentence."""
        pages = "1 page" if self.pages == 1 else f"{self.pages:,} pages"
        text = f"{pages}: about {_rounded(self.sent)} tokens sent and {_rounded(self.received)} received"
        if self.cost is not None:
            text += f", about {self.cost:.2f} {self.currency}"
        if self.days is not None and self.days > 1:
            text += f", over {self.days:,} days"
        return text


def estimate(settings: HttpSettings, pages: int) -> Estimate:
    """Estimate tokens and cost of pages as large as ``max_pixels`` allows; asks nobody."""
    place = settings.place
    preset = (place and preset_of(settings.preset, place.host)) or PRESETS.get(settings.preset, UNKNOWN)
    sent = pages * (math.ceil(settings.max_pixels / preset.pixels_per_token) + PROMPT_TOKENS)
    received = pages * min(ANSWER_TOKENS, settings.max_tokens)
    prices = settings.price_per_million_input, settings.price_per_million_output
    cost = None
    if prices[0] is not None and prices[1] is not None:
        cost = (sent * prices[0] + received * prices[1]) / 1_000_000
    limit = settings.max_pages_per_day
    return Estimate(
        pages=pages,
        sent=sent,
        received=received,
        cost=cost,
        currency=settings.currency,
        days=math.ceil(pages / limit) if limit else None,
    )


def leaves_machine(settings: HttpSettings) -> str | None:
    """Say what leaves this machine, or None where nothing does."""
    place = settings.place
    if place is None or place.here:
        return None
    way = "" if place.encrypted else ", not encrypted"
    limit = f", at most {settings.max_pages_per_day:,} pages a day" if settings.max_pages_per_day else ""
    return f"page images and the prompt, with your terms, go to {_shown(place)}{way}{limit}"


def _shown(place: Endpoint) -> str:
    return place.url.removeprefix("https://").removeprefix("http://")


def _rounded(tokens: int) -> str:
    """Return a number with no more figures than an estimate has."""
    step = 10 ** max(0, len(str(tokens)) - 2)
    return f"{round(tokens / step) * step:,}"
