"""The embedded reader, with its real models, on printed pages."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from notesyncd.api import (
    Detection,
    LightReader,
    PageImage,
    Reader,
    ReaderContext,
    Reading,
    ReadLine,
    ReadRequest,
    ReadWord,
    TransientError,
    join_words,
)
from notesyncd.read.canvas import Canvas
from notesyncd.read.rapidocr import RapidOcrReader
from notesyncd.read.rapidocr_engine import Engine

from .conftest import LINES, printed, word_boxes

ImageMaker = Callable[[np.ndarray], PageImage]
NOTHING = Detection(rotation=0, ink=0.1)


def texts(lines: tuple[ReadLine, ...]) -> list[str]:
    return [join_words([word.text for word in line.words]) for line in lines]


def turned(pixels: np.ndarray, clockwise: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(pixels, -clockwise // 90))


def test_it_is_a_reader_and_a_light_reader(rapidocr: RapidOcrReader) -> None:
    assert isinstance(rapidocr, Reader)
    assert isinstance(rapidocr, LightReader)
    assert rapidocr.capabilities.boxes
    assert not rapidocr.capabilities.remote


def test_every_word_is_read_and_boxed_where_it_stands(rapidocr: RapidOcrReader) -> None:
    detection = rapidocr.detect(printed())

    assert texts(detection.lines) == list(LINES)
    for number, line in enumerate(detection.lines):
        for word in line.words:
            truth = word_boxes(number)[word.text]
            assert word.box is not None
            assert word.box.overlap(truth) > 0.3  # the box is as high as the line with its margins
            assert word.box.left == pytest.approx(truth.left, abs=15)
            assert word.box.right == pytest.approx(truth.right, abs=15)
            assert word.score is not None
            assert 0.5 < word.score <= 1


def test_boxes_lie_inside_the_page(rapidocr: RapidOcrReader) -> None:
    page = printed()[60:480, 60:]  # the ink begins at the very edge

    for line in rapidocr.detect(page).lines:
        for box in (line.box, *(word.box for word in line.words)):
            assert box is not None
            assert box.width > 0
            assert box == box.clipped(page.shape[1], page.shape[0])


@pytest.mark.parametrize("text", ["milk", "12:30"])
def test_a_word_cut_out_without_a_margin_is_read(rapidocr: RapidOcrReader, text: str) -> None:
    page = printed((text,))
    rows, columns = np.nonzero(page[:, :, 0] < 128)

    tight = np.ascontiguousarray(page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])

    assert texts(rapidocr.detect(tight).lines) == [text]


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_a_turned_page_is_found_out_and_read_upright(rapidocr: RapidOcrReader, clockwise: int) -> None:
    detection = rapidocr.detect(turned(printed(), clockwise))

    assert (detection.rotation + clockwise) % 360 == 0
    assert texts(detection.lines) == list(LINES)
    upright = rapidocr.detect(printed())
    for line, same in zip(detection.lines, upright.lines, strict=True):
        assert line.box is not None
        assert same.box is not None
        assert line.box.overlap(same.box) > 0.7


@pytest.mark.parametrize("text", ["ok", "no", "69", "SOS", "NOON"])
def test_a_few_letters_never_turn_a_page(rapidocr: RapidOcrReader, text: str) -> None:
    assert rapidocr.detect(printed((text,))).rotation == 0


def test_lines_of_printed_figures_do_not_turn_a_page(rapidocr: RapidOcrReader) -> None:
    assert rapidocr.detect(printed(("12.50", "8.80", "16.09", "9.81"))).rotation == 0


@pytest.mark.parametrize("shape", [(700, 900), (1, 1), (3, 600)])
def test_a_page_without_text_gives_no_words(rapidocr: RapidOcrReader, shape: tuple[int, int]) -> None:
    detection = rapidocr.detect(np.full((*shape, 3), 255, np.uint8))

    assert (detection.rotation, detection.lines) == (0, ())


def test_what_it_detected_is_its_reading(rapidocr: RapidOcrReader, page_image: ImageMaker) -> None:
    detection = rapidocr.detect(printed())
    image = replace(page_image(printed()), artifact=Path("/nowhere/page.ppm"))  # it must not be needed

    reading = rapidocr.read(image, detection, ReadRequest())

    assert reading.regions[0].lines == detection.lines
    assert not reading.ordered
    assert reading.reader == rapidocr.identity() == detection.reader


def test_what_another_reader_detected_is_not(rapidocr: RapidOcrReader, page_image: ImageMaker) -> None:
    foreign = Detection(
        rotation=0,
        ink=0.1,
        lines=(ReadLine(words=(ReadWord(text="wrong"),)),),
        reader=replace(rapidocr.identity(), version="0"),
    )

    reading = rapidocr.read(page_image(printed()), foreign, ReadRequest())

    assert texts(reading.regions[0].lines) == list(LINES)


def test_an_empty_page_is_a_reading_without_words(rapidocr: RapidOcrReader, page_image: ImageMaker) -> None:
    reading = rapidocr.read(page_image(np.full((300, 300, 3), 255, np.uint8)), NOTHING, ReadRequest())

    assert reading.regions == ()


def test_a_page_image_that_is_gone_may_come_back(rapidocr: RapidOcrReader, page_image: ImageMaker) -> None:
    image = page_image(printed())
    image.artifact.unlink()

    with pytest.raises(TransientError, match="page image"):
        rapidocr.read(image, NOTHING, ReadRequest())


def test_equal_pixels_give_equal_readings_from_many_threads(rapidocr: RapidOcrReader) -> None:
    pages = [printed(), printed(LINES[::-1]), printed(LINES[:1])]
    alone = [rapidocr.detect(page) for page in pages]

    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(rapidocr.detect, pages * 2))

    assert together == alone * 2


def test_each_line_says_what_the_library_itself_reads(rapidocr: RapidOcrReader) -> None:
    """rapidocr's steps are called one by one; should a new version order them otherwise, this tells."""
    from rapidocr import RapidOCR

    plain = RapidOCR(params={"Global.log_level": "error", "Global.text_score": 0.0})
    canvas = Canvas.of(printed(), side=2000, border=60, flattest=8.0)

    assert tuple(texts(rapidocr.detect(printed()).lines)) == plain(canvas.bgr).txts


def test_models_load_and_read_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("nothing may leave the machine")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)

    engine = Engine()

    assert [line.text for line in engine.recognise([strip.bgr for strip in engine.find(printed())])]


def test_closing_is_harmless_when_repeated(tmp_path: Path) -> None:
    reader = RapidOcrReader(ReaderContext(threads=1, cache=tmp_path))
    reader.close()
    reader.close()


def test_white_on_black_is_read(rapidocr: RapidOcrReader) -> None:
    picture = Image.new("RGB", (900, 300), (20, 30, 25))
    ImageDraw.Draw(picture).text((80, 100), "chalk on a board", font=ImageFont.load_default(48), fill=(230, 230, 230))

    assert texts(rapidocr.detect(np.asarray(picture)).lines) == ["chalk on a board"]


def test_the_reading_knows_how_long_it_took(rapidocr: RapidOcrReader, page_image: ImageMaker) -> None:
    reading: Reading = rapidocr.read(page_image(printed()), NOTHING, ReadRequest())

    assert reading.elapsed > 0
