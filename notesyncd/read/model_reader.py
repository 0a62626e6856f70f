"""A reader made of a model that generates text about a whole page.

page image ─▶ picture ─▶ answer ─▶ guards ─▶ parser ─▶ words with evidence
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from notesyncd.api import (
    ChildDied,
    Detection,
    PageImage,
    Pixels,
    ReaderCapabilities,
    ReaderId,
    Reading,
    ReadRequest,
    TransientError,
    load_pixels,
)
from notesyncd.read.asking import Attempt, ask
from notesyncd.read.generation import Generator
from notesyncd.read.guards.verdict import Expectation
from notesyncd.read.model import ModelCard
from notesyncd.read.parsers import PARSERS
from notesyncd.read.picture import Picture, PixelBudget
from notesyncd.read.prompt import prompt_for
from notesyncd.read.tokens import read_regions, token_scores

_SMALLER = 0.5
"""Share of the pixels that a page is tried with after the reader died over it: memory goes with the pixels."""
_SMALLEST = 0.125


class ModelReader:
    """Reads pages with a model; as many at once as its generator bears."""

    def __init__(
        self,
        *,
        card: ModelCard,
        generator: Generator,
        capabilities: ReaderCapabilities,
        own_prompt: Path | None = None,
        took: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Make the reader; nothing is loaded or asked before the first page.

        Args:
            own_prompt: the user's prompt file, instead of the model's.
            took: told how many seconds each page took.
        """
        self.capabilities = capabilities
        self._card = card
        self._generator = generator
        self._own_prompt = own_prompt
        self._took = took
        self._parse = PARSERS[card.parser]
        self._deadly = _DeadlyPages()

    def identity(self) -> ReaderId:
        """Name engine, weights and all that changes the result."""
        return identity_of(self._generator, self._card, own_prompt=self._own_prompt)

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        """Read one upright page image.

        Raises:
            ChildDied: if the process that runs the model died; the next attempt gets a smaller picture.
            TransientError: if the page image is gone, or the model can't be asked now.
        """
        begin = time.perf_counter()
        pixels = pixels_of(image)
        share = self._deadly.share(image.page_id)
        picture = Picture.of(pixels, _smaller(self._card.pixels, share))
        prompt = prompt_for(self._card, request, own=self._own_prompt)
        expected = Expectation(languages=request.languages, words=tuple(word.text for word in detection.words))
        try:
            attempt = ask(self._generator, self._card, picture, prompt, expected)
        except ChildDied:
            self._deadly.died(image.page_id)
            raise
        self._deadly.survived(image.page_id)
        if share < 1:
            attempt = attempt.warned("the reader died over this page before, so it saw a smaller picture of it")
        elapsed = time.perf_counter() - begin
        self._took(elapsed)
        return self._reading(attempt, elapsed)

    def close(self) -> None:
        """Let go of the model."""
        self._generator.close()

    def _reading(self, attempt: Attempt, elapsed: float) -> Reading:
        parsed = self._parse(attempt.text, attempt.picture)
        facts = self._generator.facts()
        return Reading(
            reader=self.identity(),
            regions=read_regions(parsed, attempt.answer, begin=attempt.verdict.begin),
            ordered=True,
            tokens=token_scores(attempt.answer),
            raw=attempt.answer.text,
            warnings=(*attempt.verdict.warnings, *parsed.warnings),
            condemned=attempt.verdict.condemned,
            prompt_digest=attempt.prompt.digest,
            sampling=attempt.sampling,
            picture_digest=attempt.picture.digest,
            adapter=facts.adapter,
            packages=facts.packages,
            elapsed=elapsed,
        )


def identity_of(generator: Generator, card: ModelCard, *, own_prompt: Path | None) -> ReaderId:
    """Name a generator's engine and weights, and how its model is asked and understood."""
    identity = generator.facts().identity
    asked = {
        "max_pixels": str(card.pixels.most),
        "max_tokens": str(card.max_tokens),
        "parser": card.parser,
        "prompt": prompt_for(card, ReadRequest(), own=own_prompt).version,
    }
    return replace(identity, settings=tuple(sorted({**dict(identity.settings), **asked}.items())))


def pixels_of(image: PageImage) -> Pixels:
    """Return a page image's pixels, or raise TransientError: it can be made again."""
    try:
        return load_pixels(image)
    except (OSError, ValueError) as error:
        raise TransientError(f"the page image can't be read: {error}") from error


def _smaller(budget: PixelBudget, share: float) -> PixelBudget:
    most = max(budget.multiple**2, int(budget.most * share))
    return replace(budget, most=most, least=min(budget.least, most))


class _DeadlyPages:
    """Which pages the model's process died over, and how much smaller they are to be shown next."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._lock = threading.Lock()

    def share(self, page_id: str) -> float:
        with self._lock:
            return self._shares.get(page_id, 1.0)

    def died(self, page_id: str) -> None:
        with self._lock:
            self._shares[page_id] = max(_SMALLEST, self._shares.get(page_id, 1.0) * _SMALLER)

    def survived(self, page_id: str) -> None:
        with self._lock:
            self._shares.pop(page_id, None)
