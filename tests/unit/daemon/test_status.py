"""``status`` says which reader would read better, which pages could be, and which were read with warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notesyncd.api import ReaderId
from notesyncd.daemon.status import ReaderOutlook, status
from notesyncd.ledger import transcriptions
from notesyncd.ledger.store import Ledger
from tests.unit.ledger.builders import NOW, begin, page, register, transcript

RANKED = ("mlx", "vision", "rapidocr")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Two pages by rapidocr, one by vision, one by tesseract, which nobody ranks."""
    with Ledger(tmp_path / "ledger.sqlite3", daemon=True) as ledger, ledger.write() as connection:
        for name, reader in (("a", "rapidocr"), ("b", "rapidocr"), ("c", "vision"), ("d", "tesseract")):
            register(connection, name)
            made = transcript(page(name).id)
            provenance = replace(made.provenance, reader=ReaderId(name=reader, version="1"))
            transcriptions.finish(
                connection,
                begin(connection, "transcription", page(name).id),
                outcome="text",
                transcript=replace(made, provenance=provenance, warnings=("loop: cut",) if name == "c" else ()),
                to_raster=None,
                now=NOW,
            )
    with Ledger(tmp_path / "ledger.sqlite3", daemon=False) as ledger:
        yield ledger


def told(ledger: Ledger, outlook: ReaderOutlook | None, limit: int = 9) -> dict:
    return status(ledger, lock=ledger.path.with_name("lock"), folders={}, sinks={}, outlook=outlook, limit=limit)


def test_a_better_reader_is_named_with_the_pages_that_it_could_read(ledger: Ledger) -> None:
    better = ("mlx", "its model is missing", "notesyncd models pull auto")
    said = told(ledger, ReaderOutlook(in_use="vision", ranked=RANKED, better=better))
    assert said["better_reader"] == {
        "name": "mlx",
        "reason": "its model is missing",
        "remedy": "notesyncd models pull auto",
        "pages": 3,
    }
    assert said["lesser_pages"] == {"rapidocr": 2}


def test_pages_of_lesser_readers_are_offered_to_the_one_in_use(ledger: Ledger) -> None:
    said = told(ledger, ReaderOutlook(in_use="mlx", ranked=RANKED))
    assert (said["better_reader"], said["lesser_pages"]) == (None, {"vision": 1, "rapidocr": 2})


@pytest.mark.parametrize("outlook", [None, ReaderOutlook(), ReaderOutlook(in_use="tesseract", ranked=RANKED)])
def test_nothing_is_offered_where_no_reader_ranks(ledger: Ledger, outlook: ReaderOutlook | None) -> None:
    said = told(ledger, outlook)
    assert (said["better_reader"], said["lesser_pages"]) == (None, {})


def test_pages_that_were_read_with_warnings_are_listed(ledger: Ledger) -> None:
    assert told(ledger, None)["flagged"] == {
        "count": 1,
        "pages": [{"id": page("c").id, "path": "c.jpg", "reader": "vision", "warnings": ["loop: cut"]}],
    }
    assert told(ledger, None, limit=0)["flagged"] == {"count": 1, "pages": []}
