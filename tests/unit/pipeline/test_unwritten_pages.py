"""A page without writing makes no text and no note, whoever reads: no reader of any kind is even asked about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from notesyncd.api import LightReader, Pixels, Reader, ReaderContext
from notesyncd.ledger import tables
from notesyncd.pipeline.services import ReadingTools
from notesyncd.pipeline.units import compose_note, read_page
from notesyncd.read.rapidocr import RapidOcrReader
from notesyncd.read.tesseract import TesseractReader
from notesyncd.testing.pages import empty_page, render_page
from tests.unit.pipeline.conftest import Intake
from tests.unit.pipeline.readers import Talkative

TEXT = "# Seeds\nBeans and peas\nOrder compost\nBuy three new pots for the balcony\nWater the tomatoes twice a day"
SIZE = (1100, 800)


def shining_through(strength: float, seed: int = 1) -> Pixels:
    """An empty page on thin paper; the other side is written on."""
    back = render_page(TEXT, seed=seed, effects="scan").pixels[:, ::-1].astype(np.float32)
    paper = np.median(back.reshape(-1, 3), axis=0)
    soaked = cv2.GaussianBlur(paper - (paper - back) * strength, (0, 0), 1.5)
    return np.clip(soaked, 0, 255).astype(np.uint8)


def even(level: float, noise: float) -> Pixels:
    return np.clip(np.random.default_rng(1).normal(level, noise, (*SIZE, 3)), 0, 255).astype(np.uint8)


def static() -> Pixels:
    return np.random.default_rng(2).integers(0, 256, (*SIZE, 1), dtype=np.uint8).repeat(3, axis=2)


UNWRITTEN: dict[str, Callable[[], Pixels]] = {
    "blank": lambda: empty_page(1, paper="plain").pixels,
    "ruled": lambda: empty_page(2, paper="ruled").pixels,
    "grid": lambda: empty_page(1, paper="grid", effects="scan").pixels,
    "black": lambda: np.zeros((*SIZE, 3), np.uint8),
    "black, photographed": lambda: even(6, 4),
    "noise": lambda: even(200, 12),
    "static": static,
    "shining through": lambda: shining_through(0.2),
    "shining through strongly": lambda: shining_through(0.45, seed=2),
}


@pytest.fixture(scope="module")
def embedded() -> Iterator[RapidOcrReader]:
    reader = RapidOcrReader(ReaderContext(cache=Path()))
    yield reader
    reader.close()


Opened = tuple[Reader, LightReader]


@pytest.fixture(params=["rapidocr", "tesseract", "a model", "a model with boxes"])
def readers(request: pytest.FixtureRequest, embedded: RapidOcrReader) -> Opened:
    """A reader with its light reader."""
    if request.param == "rapidocr":
        return embedded, embedded
    if request.param == "tesseract":
        if shutil.which("tesseract") is None:
            pytest.skip("tesseract is not installed")
        reader = TesseractReader(ReaderContext(cache=Path()))
        return reader, reader
    return Talkative(boxes=request.param == "a model with boxes"), embedded


def take_in(intake: Intake, pixels: Pixels, readers: Opened) -> tuple[str, str]:
    """Read the page and compose its note; returns the page's outcome and the note's text."""
    path = intake.folder / "page.png"
    Image.fromarray(pixels).save(path)
    intake.age(path, 1)
    intake.take_in()
    services = intake.services
    services.tools = ReadingTools(
        open_reader=lambda: readers[0], open_light_reader=lambda _: readers[1], steps=(), at_once=1
    )
    with services.ledger.read() as connection:
        page_id = connection.execute(select(tables.page.c.id)).scalar_one()
        note_id = connection.execute(select(tables.note.c.id)).scalar_one()
    assert read_page(services, page_id)
    assert compose_note(services, note_id)
    with services.ledger.read() as connection:
        row = connection.execute(select(tables.transcription)).one()
        revisions = connection.execute(select(tables.note_revision.c.body)).scalars().all()
    assert row.state == "done", row.last_error
    return row.outcome, "".join(revisions)


@pytest.mark.parametrize("page", UNWRITTEN)
def test_a_page_without_writing_makes_no_text_and_no_note(intake: Intake, readers: Opened, page: str) -> None:
    outcome, note = take_in(intake, UNWRITTEN[page](), readers)
    assert (outcome, note) == ("blank", "")
    if isinstance(readers[0], Talkative):
        assert readers[0].asked == 0


@pytest.mark.parametrize("strength", [0.2, 0.45])
def test_faint_writing_on_this_side_is_read(intake: Intake, embedded: RapidOcrReader, strength: float) -> None:
    front = np.ascontiguousarray(shining_through(strength)[:, ::-1])
    outcome, note = take_in(intake, front, (Talkative("Beans and peas"), embedded))
    assert outcome == "text"
    assert "Beans" in note


def pebbles() -> Pixels:
    """A photo that is full of strokes, none of them a letter."""
    chance = np.random.default_rng(1)
    photo = np.full((900, 1200, 3), (60, 60, 62), np.uint8)
    for _ in range(900):
        at = int(chance.integers(1200)), int(chance.integers(900))
        axes = tuple(map(int, chance.integers(12, 40, 2)))
        grey = int(chance.integers(70, 230))
        cv2.ellipse(photo, at, axes, float(chance.integers(180)), 0, 360, (grey, grey - 6, grey - 14), -1)
        cv2.ellipse(photo, at, axes, 0, 20, 160, (grey // 3,) * 3, 3)
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), 1.2), np.uint8)


@pytest.mark.parametrize("boxes", [False, True])
@pytest.mark.parametrize("condemned", [None, "refusal"])
def test_what_a_model_says_of_a_photo_stands_nowhere_as_text(
    intake: Intake, embedded: RapidOcrReader, boxes: bool, condemned: str | None
) -> None:
    model = Talkative("Pebbles on a beach, seen from above", boxes=boxes, condemned=condemned)
    outcome, note = take_in(intake, pebbles(), (model, embedded))
    assert outcome == "drawing"
    assert "Pebbles" not in note
    assert '"drawing"' in note
    assert model.asked == (1 if boxes else 0)  # without boxes there is nothing by which it could prove to have read


def test_where_nobody_else_looked_a_model_is_believed(intake: Intake) -> None:
    model = Talkative("Pebbles on a beach")
    outcome, note = take_in(intake, pebbles(), (model, None))  # type: ignore[arg-type]
    assert outcome == "text"
    assert "Pebbles" in note
