"""One page on a desk, and readers that look at it."""

from __future__ import annotations

from sqlalchemy import select

from notesyncd.api import LightReader, Reader
from notesyncd.ledger import answers, rereading, tables, transcriptions
from notesyncd.pipeline.services import ReadingTools
from notesyncd.pipeline.units import read_page
from notesyncd.testing.pages import render_page, save_page
from tests.unit.pipeline.conftest import Intake


def tools(reader: Reader, *, light: LightReader | None = None, **more: object) -> ReadingTools:
    return ReadingTools(open_reader=lambda: reader, open_light_reader=lambda _: light, steps=(), **more)  # type: ignore[arg-type]


class Desk:
    """One page that was taken in, and a reader that looks at it."""

    def __init__(self, intake: Intake) -> None:
        self.intake, self.services = intake, intake.services
        save_page(render_page("Buy seeds", seed=1, effects="clean"), intake.folder / "page.png")
        intake.age(intake.folder / "page.png", 1)
        intake.take_in()
        (self.page_id,) = self.ids(tables.page.c.id)
        (self.note_id,) = self.ids(tables.note.c.id)

    def ids(self, column) -> list[str]:
        with self.services.ledger.read() as connection:
            return list(connection.execute(select(column)).scalars())

    def row(self):
        with self.services.ledger.read() as connection:
            return connection.execute(select(tables.transcription)).one()

    def read(self, reader: Reader, **more: object) -> None:
        self.services.tools = tools(reader, **more)
        self.intake.clock.pass_time(86_400)  # whatever pause there was is over
        assert read_page(self.services, self.page_id)

    def reread(self, again: transcriptions.Again = "instead", reader: str | None = None) -> None:
        with self.services.ledger.write() as connection:
            rereading.queue(connection, [self.page_id], again=again, reader=reader, now=self.intake.clock.wall)

    def answers(self) -> list[answers.KeptAnswer]:
        with self.services.ledger.read() as connection:
            return answers.of_page(connection, self.page_id)

    def text(self) -> str | None:
        with self.services.ledger.read() as connection:
            newest = transcriptions.newest(connection, self.page_id)
        return newest.text if newest else None
