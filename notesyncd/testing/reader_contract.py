"""The conformance suite of readers: inherit it, say how your reader is made, and pytest runs every test.

class TestMyReader(ReaderContract):
    @classmethod
    def make_reader(cls) -> Reader:
        return MyReader()
"""

from __future__ import annotations

import logging
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from notesyncd.api import Detection, PageImage, Reader, Reading, ReadRequest, ReadWord
from notesyncd.testing.images import page_image
from notesyncd.testing.pages import EffectName, PaperName, Sheet, empty_page, mark_text, render_marked_page, render_page

_UNREAD = Detection(rotation=0, ink=0.01)  # as if only the pixels had been looked at
_NOTE = "# Seeds\nBeans and peas\nOrder compost"
_MOST_THREADS = 4  # enough to see threads disturb each other, also where a reader allows one a core


def _words(reading: Reading) -> list[ReadWord]:
    return [word for region in reading.regions for line in region.lines for word in line.words]


def _text(reading: Reading) -> str:
    return " ".join(word.text for word in _words(reading))


def _timeless(reading: Reading) -> Reading:
    return replace(reading, elapsed=0.0)


class ReaderContract(ABC):
    """What every reader promises (see ``notesyncd.api.Reader``), as tests.

    Attributes:
        secrets: values that the reader was made with and that must be seen nowhere.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def make_reader(cls) -> Reader:
        """Make a new reader; every call with the same settings."""

    @pytest.fixture(scope="class")
    @classmethod
    def reader(cls) -> Iterator[Reader]:
        """One reader for all tests of a class: models are slow to load."""
        reader = cls.make_reader()
        yield reader
        reader.close()

    @staticmethod
    def read(reader: Reader, image: PageImage, *languages: str) -> Reading:
        """Read a page of which nothing is known yet."""
        return reader.read(image, _UNREAD, ReadRequest(languages=languages))

    def test_it_reads_a_printed_mark(self, reader: Reader, tmp_path: Path) -> None:
        """A page becomes its words, and the reading names its reader."""
        reading = self.read(reader, page_image(render_marked_page(mark_text(417)).pixels, tmp_path))
        assert _text(reading) == mark_text(417)
        assert reading.reader == reader.identity()
        assert reading.elapsed >= 0

    def test_its_identity_is_that_of_every_reader_made_alike(self, reader: Reader) -> None:
        """Equal identities mean equal answers, so nothing random or of the moment stands in them."""
        other = self.make_reader()
        try:
            assert other.identity() == reader.identity()
        finally:
            other.close()

    def test_the_same_page_gives_the_same_reading(self, reader: Reader, tmp_path: Path) -> None:
        """From one reader twice, and from a new one."""
        image = page_image(render_page(_NOTE, effects="photo", seed=4).pixels, tmp_path)
        first, again = (_timeless(self.read(reader, image)) for _ in range(2))
        assert first == again
        other = self.make_reader()
        try:
            assert _timeless(self.read(other, image)) == first
        finally:
            other.close()

    def test_boxes_lie_inside_the_page(self, reader: Reader, tmp_path: Path) -> None:
        """Of words, lines and regions, also where words touch the edge; a reader with boxes places every word."""
        drawn = render_page(_NOTE, effects="clean", seed=4)
        word = drawn.truth.words[-1].box
        cut = np.ascontiguousarray(drawn.pixels[:, : int(word.center[0])])
        for number, pixels in enumerate((drawn.pixels, cut)):
            image = page_image(pixels, tmp_path)
            reading = self.read(reader, image)
            if reader.capabilities.boxes and number == 0:
                assert _words(reading), "the note was not read"
                assert all(found.box for found in _words(reading))
            places = [region.box for region in reading.regions]
            places += [line.box for region in reading.regions for line in region.lines]
            places += [found.box for found in _words(reading)]
            for box in filter(None, places):
                assert box == box.clipped(image.width, image.height)

    def test_scores_are_numbers_or_none(self, reader: Reader, tmp_path: Path) -> None:
        """Raw figures of any scale, but never NaN or infinite."""
        reading = self.read(reader, page_image(render_page(_NOTE, effects="photo", seed=4).pixels, tmp_path))
        scores = [word.score for word in _words(reading)]
        scores += [line.score for region in reading.regions for line in region.lines]
        assert all(score is None or math.isfinite(score) for score in scores)

    def test_words_are_plain_text(self, reader: Reader, tmp_path: Path) -> None:
        """No word is empty or holds white space or control characters."""
        image = page_image(render_page(f"{_NOTE}\n[ ] 会議メモ", effects="scan", seed=4).pixels, tmp_path)
        for word in _words(self.read(reader, image)):
            assert word.text
            assert not any(character.isspace() or not character.isprintable() for character in word.text), word.text

    @pytest.mark.parametrize("effects", ["clean", "scan"])
    @pytest.mark.parametrize("paper", ["plain", "ruled"])
    def test_an_empty_page_gives_no_words(
        self, reader: Reader, tmp_path: Path, effects: EffectName, paper: PaperName
    ) -> None:
        """And no error; a photo with a desk around the sheet is for detection to settle, before a reader is asked."""
        page = empty_page(3, paper=paper, effects=effects, sheet=Sheet(width=600, height=800))
        assert _words(self.read(reader, page_image(page.pixels, tmp_path))) == []

    @pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 2), (12, 12), (4, 400), (400, 4)])
    def test_a_page_of_any_shape_is_read(self, reader: Reader, tmp_path: Path, height: int, width: int) -> None:
        """Dots and strips have no words, or few, but never raise."""
        shades = np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)
        reading = self.read(reader, page_image(shades, tmp_path))
        for word in _words(reading):
            assert word.box is None or word.box == word.box.clipped(width, height)

    def test_any_language_may_be_asked_for(self, reader: Reader, tmp_path: Path) -> None:
        """A language it does not know is a wish, not an error."""
        image = page_image(render_marked_page(mark_text(7)).pixels, tmp_path)
        for languages in (("en",), ("ja", "en"), ("x-unheard-of",)):
            assert self.read(reader, image, *languages).reader == reader.identity()

    def test_reading_in_parallel_changes_nothing(self, reader: Reader, tmp_path: Path) -> None:
        """From as many threads as ``capabilities.parallel`` allows."""
        allowed = reader.capabilities.parallel or os.cpu_count() or 1
        assert allowed > 0
        threads = min(allowed, _MOST_THREADS)
        images = [page_image(render_marked_page(mark_text(n)).pixels, tmp_path) for n in range(threads + 2)]
        alone = [_timeless(self.read(reader, image)) for image in images]
        with ThreadPoolExecutor(threads) as pool:
            together = list(pool.map(lambda image: _timeless(self.read(reader, image)), images))
        assert together == alone

    def test_neither_secrets_nor_text_are_shown(
        self, reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not in ``repr``, not in the identity, not in the log at its most talkative."""
        with caplog.at_level(logging.DEBUG):
            self.read(reader, page_image(render_marked_page(mark_text(417)).pixels, tmp_path))
        shown = f"{reader!r} {reader.identity()!r} {caplog.text}"
        assert not any(secret in shown for secret in self.secrets)
        assert mark_text(417).split()[-1] not in shown

    def test_it_may_be_closed_twice(self) -> None:
        """And before it ever read."""
        reader = self.make_reader()
        reader.close()
        reader.close()
