"""A model that reads one line at a time gets the light reader's lines, and each line keeps its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notesyncd.api import Detection, PageImage, ReadRequest
from notesyncd.hooks.contracts import ReaderContext
from notesyncd.read.http.settings import HttpSettings
from notesyncd.read.line_reader import LineReader
from notesyncd.read.rapidocr import RapidOcrReader
from notesyncd.read.served import open_http
from notesyncd.testing.images import page_image
from notesyncd.testing.pages import render_page
from tests.servers import embedded
from tests.servers.scripted import ScriptedServer, scripted_server

NOTE = "water the beans\nsow the radishes\nmend the fence"


@pytest.fixture
def page(tmp_path: Path) -> PageImage:
    return page_image(render_page(NOTE, effects="scan", seed=4).pixels, tmp_path)


@pytest.fixture
def detection(page: PageImage, tmp_path: Path) -> Detection:
    """What the light reader found on the page."""
    light = RapidOcrReader(ReaderContext(cache=tmp_path))
    reading = light.read(page, Detection(rotation=0, ink=0.01), ReadRequest())
    return Detection(rotation=0, ink=0.01, lines=tuple(line for region in reading.regions for line in region.lines))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server(embedded.reads_what_is_there.__name__, models=("trocr-base",)) as server:
        yield server


@pytest.fixture
def reader(server: ScriptedServer, tmp_path: Path) -> Iterator[LineReader]:
    settings = HttpSettings(base_url=server.base_url, model="trocr-base")
    reader = open_http(ReaderContext(cache=tmp_path / "cache", settings=settings))
    assert isinstance(reader, LineReader)
    yield reader
    reader.close()


def test_each_line_is_read_and_keeps_its_place(reader: LineReader, page: PageImage, detection: Detection) -> None:
    reading = reader.read(page, detection, ReadRequest())
    (region,) = reading.regions
    texts = [" ".join(word.text for word in line.words).casefold() for line in region.lines]
    assert texts == NOTE.splitlines()  # a line by itself hides whether its letters are large
    assert [line.box for line in region.lines] == [line.box for line in detection.lines]
    assert all(word.tokens is not None for line in region.lines for word in line.words)
    assert reading.condemned is None


def test_each_line_is_shown_by_itself(
    reader: LineReader, server: ScriptedServer, page: PageImage, detection: Detection
) -> None:
    reader.read(page, detection, ReadRequest())
    assert len(server.pages) == len(detection.lines) == 3


def test_a_page_without_lines_is_not_asked_about(reader: LineReader, server: ScriptedServer, page: PageImage) -> None:
    reading = reader.read(page, Detection(rotation=0, ink=0.01), ReadRequest())
    assert reading.regions == ()
    assert server.pages == []
