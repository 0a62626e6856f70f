"""A reader made of a model that reads one line at a time: the light reader's lines are cut out and handed to it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import numpy as np

from notesyncd.api import (
    BoundingBox,
    Detection,
    PageImage,
    Pixels,
    ReaderCapabilities,
    ReaderId,
    Reading,
    ReadLine,
    ReadRegion,
    ReadRequest,
)
from notesyncd.read.asking import Attempt, ask
from notesyncd.read.generation import Generator
from notesyncd.read.guards.verdict import Expectation
from notesyncd.read.model import ModelCard
from notesyncd.read.model_reader import identity_of, pixels_of
from notesyncd.read.parsers import PARSERS
from notesyncd.read.picture import Picture
from notesyncd.read.prompt import prompt_for
from notesyncd.read.tokens import read_regions, token_scores

_MARGIN = 0.15
"""Times a line's height that is cut out around it: strokes reach beyond a detector's box."""
_CONDEMNED = 0.5
"""Share of a page's lines whose answers are condemned at which the page is."""


class LineReader:
    """Reads a page line by line; each line keeps the place where the light reader found it."""

    def __init__(
        self,
        *,
        card: ModelCard,
        generator: Generator,
        capabilities: ReaderCapabilities,
        took: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Make the reader; nothing is loaded or asked before the first line.

        Args:
            took: told how many seconds each page took.
        """
        self.capabilities = capabilities
        self._card = card
        self._generator = generator
        self._took = took
        self._parse = PARSERS[card.parser]

    def identity(self) -> ReaderId:
        """Name engine, weights and all that changes the result."""
        return identity_of(self._generator, self._card, own_prompt=None)

    def read(self, image: PageImage, detection: Detection, request: ReadRequest) -> Reading:
        """Read the lines that ``detection`` found on an upright page image; a page without lines has no words."""
        begin = time.perf_counter()
        pixels = pixels_of(image)
        prompt = prompt_for(self._card, request, own=None)
        read: list[tuple[Attempt, ReadLine]] = []
        for line in detection.lines:
            if line.box is None:
                continue
            picture = Picture.of(_cut(pixels, line.box), self._card.pixels)
            expected = Expectation(languages=request.languages, words=tuple(word.text for word in line.words))
            attempt = ask(self._generator, self._card, picture, prompt, expected)
            read.append((attempt, self._line(attempt, line.box)))
        elapsed = time.perf_counter() - begin
        self._took(elapsed)
        return self._reading(read, prompt.digest, elapsed)

    def close(self) -> None:
        """Let go of the model."""
        self._generator.close()

    def _line(self, attempt: Attempt, box: BoundingBox) -> ReadLine:
        parsed = self._parse(attempt.text, attempt.picture)
        regions = read_regions(parsed, attempt.answer, begin=attempt.verdict.begin)
        words = tuple(word for region in regions for line in region.lines for word in line.words)
        return ReadLine(words=words, box=box)

    def _reading(self, read: list[tuple[Attempt, ReadLine]], prompt_digest: str, elapsed: float) -> Reading:
        attempts = [attempt for attempt, _ in read]
        lines = tuple(line for _, line in read if line.words)
        condemned = [attempt.verdict.condemned for attempt in attempts if attempt.verdict.condemned is not None]
        scores = [token_scores(attempt.answer) for attempt in attempts]
        pictures = hashlib.sha256("".join(attempt.picture.digest for attempt in attempts).encode("ascii"))
        facts = self._generator.facts()
        return Reading(
            reader=self.identity(),
            regions=(ReadRegion(lines=lines),) if lines else (),
            tokens=None if None in scores else tuple(token for tokens in scores for token in tokens or ()),
            raw="\n".join(attempt.answer.text for attempt in attempts),
            warnings=tuple(
                f"line {number}: {warning}"
                for number, attempt in enumerate(attempts, start=1)
                for warning in attempt.verdict.warnings
            ),
            condemned=condemned[0] if len(condemned) > _CONDEMNED * len(attempts) else None,
            prompt_digest=prompt_digest,
            sampling=attempts[0].sampling if attempts else (),
            picture_digest=pictures.hexdigest(),
            adapter=facts.adapter,
            packages=facts.packages,
            elapsed=elapsed,
        )


def _cut(pixels: Pixels, box: BoundingBox) -> Pixels:
    height, width = pixels.shape[:2]
    margin = _MARGIN * box.height
    left, top = max(0, int(box.left - margin)), max(0, int(box.top - margin))
    right, bottom = min(width, round(box.right + margin) + 1), min(height, round(box.bottom + margin) + 1)
    return np.ascontiguousarray(pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
