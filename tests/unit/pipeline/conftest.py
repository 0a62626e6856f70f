"""An intake of its own: a real folder, ledger and decoder, and clocks that a test sets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from notesyncd.api import Reader
from notesyncd.compose.note import NoteStyle
from notesyncd.intake.decoder.decoder import Decoder
from notesyncd.ledger import files
from notesyncd.ledger.artifacts import Artifacts
from notesyncd.ledger.files import SourceFile
from notesyncd.ledger.store import Ledger
from notesyncd.pipeline.quiet_files import QuietFiles
from notesyncd.pipeline.services import Grouping, ImageBounds, ReadingTools, Services, WatchedRoot
from notesyncd.pipeline.stock import Stock
from notesyncd.pipeline.tending import Tending


@dataclass
class Clock:
    """The wall's time and the time since the start, which pass together unless a test says otherwise."""

    wall: float = field(default_factory=time.time)
    monotonic: float = 1000.0

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


class Intake:
    """One watched folder and what the daemon's intake does with it, step by step."""

    def __init__(self, folder: Path, ledger: Ledger, decoder: Decoder, **settings: object) -> None:
        self.clock = Clock()
        self.folder = folder / "inbox"
        self.folder.mkdir()
        self.root = WatchedRoot(path=self.folder, **settings)  # type: ignore[arg-type]
        self.services = Services(
            ledger=ledger,
            artifacts=Artifacts(folder / "artifacts"),
            decoder=decoder,
            page_decoder=decoder,
            tools=ReadingTools(open_reader=_no_reader, open_light_reader=lambda _: None, steps=()),
            roots=[self.root],
            grouping=Grouping(kind="file", burst_seconds=60),
            style=NoteStyle(),
            image_bounds=ImageBounds(),
            sinks={},
            run_tag="test",
            clock=lambda: self.clock.wall,
            monotonic=lambda: self.clock.monotonic,
        )
        self.restart()

    def restart(self, **settings: object) -> None:
        """Begin anew with nothing but the ledger."""
        self.root = dataclasses.replace(self.root, **settings)  # type: ignore[arg-type]
        self.services.roots = [self.root]
        quiet = QuietFiles(self.services)
        self.stock, self.tending = Stock(self.services, quiet), Tending(self.services, quiet)

    def put(self, name: str, *, colour: int = 200, days_old: float = 1.0) -> Path:
        """Write a tiny sound picture that was last changed so long ago."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (colour % 256, colour // 256, 7)).save(path)
        return self.age(path, days_old)

    def age(self, path: Path, days: float) -> Path:
        import os

        moment = self.clock.wall - days * 86_400
        os.utime(path, (moment, moment))
        return path

    def sweep(self) -> int:
        return self.stock.sweep(self.root)

    def hint(self, *paths: Path) -> None:
        self.stock.hint(self.root, paths)

    def tend(self, *, most: int = 1000) -> int:
        """Look at every file that is due; returns how many looks that were."""
        for count in range(most):
            with self.services.ledger.read() as connection:
                due = files.due(connection, now=self.clock.wall, limit=1)
            if not due:
                return count
            self.tending.tend(due[0])
        raise AssertionError("files that are due without end")

    def take_in(self) -> None:
        """Let everything settle and take it in."""
        self.sweep()
        self.clock.pass_time(60)
        self.tend()

    def file(self, name: str) -> SourceFile:
        with self.services.ledger.read() as connection:
            found = files.get(connection, str(self.folder), name.encode())
        assert found is not None
        return found

    def states(self) -> dict[str, str]:
        with self.services.ledger.read() as connection:
            return {path.decode(): seen.state for path, seen in files.known(connection, str(self.folder)).items()}


def _no_reader(*_: object) -> Reader:
    raise AssertionError("nothing is read here")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite3", daemon=True) as opened:
        yield opened


@pytest.fixture
def intake(tmp_path: Path, ledger: Ledger, decoder: Decoder) -> Intake:
    return Intake(tmp_path, ledger, decoder)
