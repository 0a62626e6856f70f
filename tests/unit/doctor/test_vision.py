"""The check of Apple's recogniser tells one that works from one that does not; rapidocr is the one that works here."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from notesyncd.api import BoundingBox, Detection, Pixels, ReaderContext, ReadWord, TransientError
from notesyncd.doctor.vision import Detect, drawn_page, recognition_finding, vision_findings
from notesyncd.read.rapidocr import RapidOcrReader


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Detect]:
    reader = RapidOcrReader(ReaderContext(cache=tmp_path_factory.mktemp("cache")))
    yield reader.detect
    reader.close()


def with_words(detection: Detection, change: dict[str, ReadWord]) -> Detection:
    lines = tuple(
        replace(line, words=tuple(change.get(word.text, word) for word in line.words)) for line in detection.lines
    )
    return replace(detection, lines=lines)


def test_a_recogniser_that_works_is_in_order(works: Detect) -> None:
    finding = recognition_finding(works)

    assert (finding.status, finding.remedy) == ("ok", None)
    assert "all 9 words" in finding.message


def test_words_that_are_read_wrongly_are_named(works: Detect) -> None:
    finding = recognition_finding(lambda pixels: with_words(works(pixels), {"milk": ReadWord(text="mild")}))

    assert finding.status == "warn"
    assert "1 of 9 words of a drawn page were read wrongly: milk" in finding.message
    assert finding.remedy is not None


def test_boxes_that_were_not_turned_over_are_noticed(works: Detect) -> None:
    def from_the_bottom(pixels: Pixels) -> Detection:
        def turned_over(box: BoundingBox) -> BoundingBox:
            return replace(box, top=500 - box.bottom, bottom=500 - box.top)

        detection = works(pixels)
        flipped = {word.text: replace(word, box=turned_over(word.box)) for word in detection.words if word.box}
        return with_words(detection, flipped)

    finding = recognition_finding(from_the_bottom)

    assert finding.status == "warn"
    assert "not where they stand" in finding.message


@pytest.mark.parametrize("box", [None, BoundingBox(left=80, top=60, right=600, bottom=120)])
def test_a_word_without_a_place_of_its_own_is_noticed(works: Detect, box: BoundingBox | None) -> None:
    finding = recognition_finding(lambda pixels: with_words(works(pixels), {"for": ReadWord(text="for", box=box)}))

    assert "not where they stand: for" in finding.message


def test_a_rotation_that_is_not_found_is_noticed(works: Detect) -> None:
    upright = works(drawn_page().pixels)

    assert "turn a page on its side by 0 degrees instead of 270" in recognition_finding(lambda _: upright).message
    assert "turn an upright page by 90" in recognition_finding(lambda _: replace(upright, rotation=90)).message


def test_a_recogniser_that_fails_is_told_of() -> None:
    def fails(_pixels: Pixels) -> Detection:
        raise TransientError("Apple's text recogniser failed: no reason")

    finding = recognition_finding(fails)

    assert finding.status == "warn"
    assert "does not read on this Mac" in finding.message


def test_every_word_is_drawn_where_it_is_said_to_be() -> None:
    page = drawn_page()
    ink = np.argwhere(page.pixels[:, :, 0] < 128)

    assert len(page.words) == 9
    for box in page.words.values():
        assert np.any(page.pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right), 0] < 128)
    assert ink[:, 0].max() < 500


@pytest.mark.skipif(platform.system() == "Darwin", reason="there it really reads")
def test_elsewhere_than_on_a_mac_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(vision_findings(ReaderContext(cache=tmp_path))) == []
