"""Looks at all notes of a vault again and again while a test runs: no note may ever show a part of a page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.faults.tall_pages import TallPage
from tests.house import House

EVERY_SECONDS = 0.5
_MARK = re.compile(r"MARK \d{4} [A-Z]{5}")


def marks_by_note(house: House) -> dict[str, tuple[str, ...]]:
    """The marks that stand in the text of each note, in their order; its properties and its title don't count."""
    found: dict[str, tuple[str, ...]] = {}
    for path in house.notes():
        try:
            body = path.read_text().split("\n---\n", 1)[-1]
        except FileNotFoundError:  # replaced at this moment
            continue
        found[path.name] = tuple(dict.fromkeys(_MARK.findall(body)))
    return found


def torn(house: House, whole: Iterable[tuple[str, ...]]) -> list[str]:
    """The notes whose marks are not those of exactly one whole page."""
    known = set(whole)
    return [f"{name}: {marks}" for name, marks in marks_by_note(house).items() if marks not in known]


@contextmanager
def watched_vault(house: House, pages: list[TallPage]) -> Iterator[list[str]]:
    """Watch the vault from a thread; yields the list of the notes that were found torn (pages may be added)."""
    found: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY_SECONDS):
            found.extend(torn(house, [page.marks for page in list(pages)]))

    thread = threading.Thread(target=watch, name="vault watch")
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
