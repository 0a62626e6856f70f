"""A reader is told the heading of the page before where that is set, and nothing otherwise."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from notesyncd.compose.note import NoteStyle
from notesyncd.ledger import tables
from notesyncd.pipeline.reading_files import read_file
from notesyncd.pipeline.units import read_page
from notesyncd.testing.pages import render_page, save_pdf
from tests.unit.pipeline.conftest import Intake
from tests.unit.pipeline.desk import tools
from tests.unit.pipeline.readers import Talkative

TITLES = {True: [None, "Seeds to buy"], False: [None, None]}


@pytest.fixture
def notebook(intake: Intake) -> Intake:
    """Two pages in a file."""
    pages = [render_page(text, seed=1, effects="clean") for text in ("beans", "and peas")]
    intake.age(save_pdf(pages, intake.folder / "notebook.pdf"), 1)
    return intake


@pytest.mark.parametrize("tells", [True, False])
def test_the_daemon_tells_it(notebook: Intake, tells: bool) -> None:
    reader = Talkative("beans", heading="Seeds to buy")
    notebook.take_in()
    notebook.services.tools = tools(reader, tells_previous_title=tells)
    with notebook.services.ledger.read() as connection:
        statement = select(tables.scan_page.c.page_id).order_by(tables.scan_page.c.number)
        pages = connection.execute(statement).scalars().all()
    for page_id in pages:
        assert read_page(notebook.services, page_id)
    assert [request.previous_title for request in reader.requests] == TITLES[tells]


@pytest.mark.parametrize("tells", [True, False])
def test_the_read_command_tells_it(notebook: Intake, tells: bool) -> None:
    reader = Talkative("beans", heading="Seeds to buy")
    read_file(
        notebook.folder / "notebook.pdf",
        decoder=notebook.services.decoder,
        tools=tools(reader, tells_previous_title=tells),
        style=NoteStyle(),
    )
    assert [request.previous_title for request in reader.requests] == TITLES[tells]


def test_a_page_before_without_a_heading_or_unread_has_none(notebook: Intake) -> None:
    reader = Talkative("beans")
    notebook.take_in()
    notebook.services.tools = tools(reader, tells_previous_title=True)
    with notebook.services.ledger.read() as connection:
        statement = select(tables.scan_page.c.page_id).order_by(tables.scan_page.c.number.desc())
        pages = connection.execute(statement).scalars().all()
    for page_id in pages:
        assert read_page(notebook.services, page_id)
    assert [request.previous_title for request in reader.requests] == [None, None]
