"""The reader on Apple's recogniser. On Linux rapidocr stands in for that, answering in Apple's shape.

So the way there and back is really gone: pixels, border, PNG, a recogniser that reads, shares of the picture from its
bottom left, corners, boxes and rotation of the page.
"""

from __future__ import annotations

import io
import platform
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from notesyncd.api import (
    ConfigError,
    Detection,
    LightReader,
    PageImage,
    Reader,
    ReaderContext,
    ReadLine,
    ReadRequest,
    ReadWord,
    TransientError,
    join_words,
)
from notesyncd.read.rapidocr_engine import Engine, Recognised, Strip
from notesyncd.read.vision import VisionReader, identity_for, unready
from notesyncd.read.vision_request import AppleRecogniser, Point, RecognisedText, Rectangle
from notesyncd.read.words import word_spans

from .conftest import LINES, printed, word_boxes

ImageMaker = Callable[[np.ndarray], PageImage]
NOTHING = Detection(rotation=0, ink=0.1)
MACS_LANGUAGES = ("en-US", "de-DE", "ja-JP")


class InApplesShape:
    """Reads with rapidocr's models and answers as Apple's recogniser does; keeps what it was asked."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.asked: list[tuple[str, ...]] = []
        self.at_once = threading.Semaphore(1)

    def unready(self) -> str | None:
        return None

    def languages(self) -> tuple[str, ...]:
        return MACS_LANGUAGES

    def recognise(self, png: bytes, languages: Sequence[str]) -> tuple[RecognisedText, ...]:
        assert self.at_once.acquire(blocking=False), "two pages at the same time"
        try:
            self.asked.append(tuple(languages))
            rgb = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
            bgr = np.ascontiguousarray(rgb[:, :, ::-1])
            strips = self.engine.find(bgr)
            texts = self.engine.recognise([strip.bgr for strip in strips])
            height, width = bgr.shape[:2]
            return tuple(
                self.line(strip, text, width, height)
                for strip, text in zip(strips, texts, strict=True)
                if text.text.strip()
            )
        finally:
            self.at_once.release()

    def line(self, strip: Strip, text: Recognised, width: int, height: int) -> RecognisedText:
        def points(start: float, end: float) -> list[Point]:
            edges = np.array([[start, 0], [end, 0], [end, strip.height], [start, strip.height]], np.float64)
            return [(x / width, 1 - y / height) for x, y in strip.to_picture(edges, flip=False)]

        def around(corners: list[Point]) -> Rectangle:
            xs, ys = zip(*corners, strict=True)
            return Rectangle(left=min(xs), bottom=min(ys), width=max(xs) - min(xs), height=max(ys) - min(ys))

        centers = [center * strip.length for center in text.centers]
        spans = word_spans(text.text, centers, text.scores, strip.length)
        whole = points(0, strip.length)
        return RecognisedText(
            text=text.text,
            confidence=text.score,
            box=around(whole),
            top_left=whole[0],
            top_right=whole[1],
            word_boxes=tuple(around(points(span.start, span.end)) for span in spans),
        )


@pytest.fixture(scope="module")
def recogniser() -> InApplesShape:
    return InApplesShape()


@pytest.fixture
def vision(recogniser: InApplesShape, tmp_path: Path) -> VisionReader:
    recogniser.asked.clear()
    return VisionReader(ReaderContext(cache=tmp_path), recogniser)


def texts(lines: tuple[ReadLine, ...]) -> list[str]:
    return [join_words([word.text for word in line.words]) for line in lines]


def turned(pixels: np.ndarray, clockwise: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(pixels, -clockwise // 90))


def test_it_is_a_reader_and_a_light_reader(vision: VisionReader) -> None:
    assert isinstance(vision, Reader)
    assert isinstance(vision, LightReader)
    assert vision.capabilities.boxes
    assert vision.capabilities.parallel == 1
    assert not vision.capabilities.remote


def test_every_word_is_read_and_boxed_where_it_stands(vision: VisionReader, recogniser: InApplesShape) -> None:
    detection = vision.detect(printed())

    assert recogniser.asked == [()]  # a page that stands upright is looked at once
    assert texts(detection.lines) == list(LINES)
    for number, line in enumerate(detection.lines):
        for word in line.words:
            truth = word_boxes(number)[word.text]
            assert word.box is not None
            assert word.box.overlap(truth) > 0.3
            assert word.box.left == pytest.approx(truth.left, abs=15)
            assert word.box.right == pytest.approx(truth.right, abs=15)


@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_a_turned_page_is_found_out_and_read_upright(vision: VisionReader, clockwise: int) -> None:
    detection = vision.detect(turned(printed(), clockwise))

    assert (detection.rotation + clockwise) % 360 == 0
    assert texts(detection.lines) == list(LINES)
    for line, same in zip(detection.lines, vision.detect(printed()).lines, strict=True):
        assert line.box is not None
        assert same.box is not None
        assert line.box.overlap(same.box) > 0.7


@pytest.mark.parametrize("shape", [(700, 900), (1, 1), (3, 60)])
def test_a_page_without_text_gives_no_words(vision: VisionReader, shape: tuple[int, int]) -> None:
    detection = vision.detect(np.full((*shape, 3), 255, np.uint8))

    assert (detection.rotation, detection.lines) == (0, ())


def test_what_it_detected_is_its_reading(vision: VisionReader, page_image: ImageMaker) -> None:
    detection = vision.detect(printed())
    image = replace(page_image(printed()), artifact=Path("/nowhere/page.ppm"))  # it must not be needed

    reading = vision.read(image, detection, ReadRequest())

    assert reading.regions[0].lines == detection.lines
    assert not reading.ordered
    assert reading.reader == vision.identity() == detection.reader


def test_what_another_reader_detected_is_not(vision: VisionReader, page_image: ImageMaker) -> None:
    foreign = Detection(
        rotation=0,
        ink=0.1,
        lines=(ReadLine(words=(ReadWord(text="wrong"),)),),
        reader=replace(vision.identity(), version="0"),
    )

    reading = vision.read(page_image(printed()), foreign, ReadRequest())

    assert texts(reading.regions[0].lines) == list(LINES)


def test_a_page_is_read_again_in_the_languages_that_are_asked_for(
    vision: VisionReader, recogniser: InApplesShape, page_image: ImageMaker
) -> None:
    detection = vision.detect(printed())

    reading = vision.read(page_image(printed()), detection, ReadRequest(languages=("de", "eo")))

    assert recogniser.asked == [(), ("de-DE",)]
    assert dict(reading.reader.settings)["languages"] == "de-DE"
    assert reading.reader != vision.identity()
    assert [warning for warning in reading.warnings if "'eo'" in warning]


def test_languages_that_the_mac_lacks_leave_what_was_detected(vision: VisionReader, page_image: ImageMaker) -> None:
    detection = vision.detect(printed())

    reading = vision.read(page_image(printed()), detection, ReadRequest(languages=("eo",)))

    assert reading.regions[0].lines == detection.lines
    assert reading.warnings


def test_an_empty_page_is_a_reading_without_words(vision: VisionReader, page_image: ImageMaker) -> None:
    assert vision.read(page_image(np.full((300, 300, 3), 255, np.uint8)), NOTHING, ReadRequest()).regions == ()


def test_a_page_image_that_is_gone_may_come_back(vision: VisionReader, page_image: ImageMaker) -> None:
    image = page_image(printed())
    image.artifact.unlink()

    with pytest.raises(TransientError, match="page image"):
        vision.read(image, NOTHING, ReadRequest())


def test_threads_take_turns_and_read_the_same(vision: VisionReader) -> None:
    pages = [printed(), printed(LINES[:1])]
    alone = [vision.detect(page) for page in pages]

    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(vision.detect, pages * 2))

    assert together == alone * 2


def test_a_large_page_is_made_smaller_and_its_boxes_larger_again(vision: VisionReader) -> None:
    large = np.full((400, 6000, 3), 255, np.uint8)
    large[:320, 4000:4900] = printed(LINES[:2])[:320]

    detection = vision.detect(large)

    truth = word_boxes(0)["weekend"]
    (box,) = (word.box for word in detection.words if word.text == "weekend")
    assert box is not None
    assert box.left == pytest.approx(4000 + truth.left, abs=20)
    assert box.right == pytest.approx(4000 + truth.right, abs=20)


def test_the_identity_names_all_that_changes_the_result() -> None:
    settings = dict(identity_for(("ja-JP", "en-US")).settings)

    assert settings["languages"] == "ja-JP+en-US"
    assert settings["correction"] == "off"
    assert dict(identity_for(()).settings)["languages"] == "automatic"
    assert identity_for(()).model == "VNRecognizeTextRequestRevision3"


def test_closing_is_harmless_when_repeated(vision: VisionReader) -> None:
    vision.close()
    vision.close()


def test_it_is_not_opened_where_it_can_not_be_used(tmp_path: Path) -> None:
    class Elsewhere(AppleRecogniser):
        def unready(self) -> str | None:
            return "this is no Mac"

    with pytest.raises(ConfigError, match="this is no Mac"):
        VisionReader(ReaderContext(cache=tmp_path), Elsewhere())


@pytest.mark.skipif(platform.system() == "Darwin", reason="there it can be used")
def test_elsewhere_than_on_a_mac_it_can_not_be_used(tmp_path: Path) -> None:
    assert "no Mac" in str(unready())
    with pytest.raises(ConfigError, match="no Mac"):
        VisionReader(ReaderContext(cache=tmp_path))
