"""The tesseract program as a reader; what it prints is parsed by hand, so odd output is tried too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from notesyncd.api import (
    BoundingBox,
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
    UnreadableScan,
    join_words,
)
from notesyncd.read import tesseract
from notesyncd.read.tesseract import TesseractReader, lines_of_tsv

from .conftest import LINES, printed, word_boxes

NOTHING = Detection(rotation=0, ink=0.1)
HEADER = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[TesseractReader]:
    if tesseract.unready() is not None:
        pytest.skip("needs tesseract")
    opened = TesseractReader(ReaderContext(threads=1, cache=tmp_path))
    yield opened
    opened.close()


def texts(lines: tuple[ReadLine, ...]) -> list[str]:
    return [join_words([word.text for word in line.words]) for line in lines]


def test_it_is_a_reader_and_a_light_reader(reader: TesseractReader) -> None:
    assert isinstance(reader, Reader)
    assert isinstance(reader, LightReader)


def test_printed_lines_are_read_and_boxed(
    reader: TesseractReader, page_image: Callable[[np.ndarray], PageImage]
) -> None:
    reading = reader.read(page_image(printed()), NOTHING, ReadRequest())

    assert reading.ordered
    (region,) = reading.regions
    assert texts(region.lines) == list(LINES)
    for number, line in enumerate(region.lines):
        for word in line.words:
            assert word.box is not None
            assert word.box.overlap(word_boxes(number)[word.text]) > 0.5
            assert word.score is not None
            assert 0 <= word.score <= 1


def test_what_it_detected_is_its_reading(
    reader: TesseractReader, page_image: Callable[[np.ndarray], PageImage]
) -> None:
    detection = reader.detect(printed())
    image = replace(page_image(printed()), artifact=Path("/nowhere/page.ppm"))

    reading = reader.read(image, detection, ReadRequest())

    assert detection.rotation == 0
    assert reading.regions[0].lines == detection.lines
    assert reading.reader == detection.reader == reader.identity()


def test_an_empty_page_gives_no_words(reader: TesseractReader, page_image: Callable[[np.ndarray], PageImage]) -> None:
    assert reader.read(page_image(np.full((300, 300, 3), 255, np.uint8)), NOTHING, ReadRequest()).regions == ()


def test_a_language_that_is_not_installed_is_warned_of_and_the_page_is_read(
    reader: TesseractReader, page_image: Callable[[np.ndarray], PageImage]
) -> None:
    reading = reader.read(page_image(printed()), NOTHING, ReadRequest(languages=("tlh",)))

    assert "tlh" in reading.warnings[0]
    assert texts(reading.regions[0].lines) == list(LINES)


def test_a_file_it_refuses_is_an_unreadable_page(
    reader: TesseractReader, page_image: Callable[[np.ndarray], PageImage]
) -> None:
    image = page_image(printed())
    image.artifact.write_bytes(b"no picture")

    with pytest.raises(UnreadableScan, match="tesseract"):
        reader.read(image, NOTHING, ReadRequest())


def test_the_identity_names_the_weights(reader: TesseractReader) -> None:
    identity = reader.identity()

    assert identity.version[0].isdigit()
    assert len(identity.model_digest or "") == 64


def test_where_the_program_is_missing_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "apt install tesseract-ocr" in (tesseract.unready() or "")
    with pytest.raises(ConfigError, match="brew install tesseract"):
        TesseractReader(ReaderContext(threads=1, cache=tmp_path))


def test_a_program_that_vanished_since_may_come_back(
    reader: TesseractReader,
    page_image: Callable[[np.ndarray], PageImage],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TransientError):
        reader.read(page_image(printed()), NOTHING, ReadRequest())


def test_words_are_gathered_by_line_in_the_program_s_own_order() -> None:
    tsv = HEADER + (
        "4\t1\t2\t1\t1\t0\t500\t10\t90\t20\t-1\t\n"
        "5\t1\t2\t1\t1\t1\t500\t10\t90\t20\t91.5\tright\n"
        "4\t1\t1\t1\t1\t0\t10\t10\t200\t20\t-1\t\n"
        "5\t1\t1\t1\t1\t1\t10\t10\t90\t20\t50\tleft\n"
        "5\t1\t1\t1\t1\t2\t110\t10\t100\t20\t100\tside\n"
    )

    right, left = lines_of_tsv(tsv, 800, 600)

    assert texts((right, left)) == ["right", "left side"]
    assert right.words[0] == ReadWord(
        text="right", box=BoundingBox(left=500, top=10, right=590, bottom=30), score=0.915
    )
    assert left.box == BoundingBox(left=10, top=10, right=210, bottom=30)
    assert left.score == pytest.approx(0.75)


def test_empty_words_broken_rows_and_boxes_outside_are_borne() -> None:
    tsv = HEADER + (
        "5\t1\t1\t1\t1\t1\t10\t10\t90\t20\t95\t   \n"  # a word of white space, as tesseract gives for pictures
        "5\t1\t1\t1\t2\t1\t-5\t10\t9000\t20\t-3\tword\n"
        "5\tcut off\n"
        "\n"
    )

    (line,) = lines_of_tsv(tsv, 800, 600)

    assert line.words == (ReadWord(text="word", box=BoundingBox(left=0, top=10, right=800, bottom=30), score=0.0),)
