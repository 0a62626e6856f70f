"""Twenty kill -9 at random moments over sixty pages: each page's mark ends in exactly one note."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pytest

from notesyncd.testing.pages import mark_text, render_marked_page, save_page
from tests.house import House

PAGES, ROUNDS = 60, 20
LONGEST_HUNT = 8.0
"""Seconds that a round waits for the daemon to be at the work it wants to interrupt."""


def running(house: House, table: str) -> int:
    try:
        return house.query(f"SELECT count(*) FROM {table} WHERE state = 'running'")[0][0]
    except sqlite3.OperationalError:  # the daemon is just making the ledger
        return 0


def hunt(house: House, table: str, chance: random.Random) -> None:
    """Wait until such work runs, and then a random moment more."""
    until = time.monotonic() + LONGEST_HUNT
    while time.monotonic() < until and not running(house, table):
        time.sleep(0.002)
    time.sleep(chance.random() * (0.005 if table == "delivery" else 0.4))


@pytest.mark.slow
def test_twenty_kills_over_sixty_pages_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    house = House(tmp_path)
    marks = [mark_text(number) for number in range(PAGES)]
    for number, mark in enumerate(marks):
        save_page(render_marked_page(mark, seed=number), house.inbox / f"{number:02}.jpg")
    hit = {"transcription": 0, "delivery": 0}
    for turn in range(ROUNDS):
        daemon = house.start("run", "--quiet")
        try:
            hunt(house, "delivery" if turn % 2 else "transcription", chance)
        finally:
            daemon.kill()
            daemon.communicate()
        for table in hit:
            hit[table] += bool(running(house, table))
        if turn == ROUNDS // 2 and not house.query("SELECT 1 FROM delivery WHERE state = 'queued'"):
            # a person asks for everything once more, so that the second half has work as well
            for (note_id,) in house.query("SELECT id FROM note WHERE revision > 0"):
                house.run("redeliver", note_id)
    house.run("run", "--once")
    found = {mark: len(paths) for mark, paths in house.marks().items()}
    print(f"kills while a transcription ran: {hit['transcription']}, while a delivery ran: {hit['delivery']}")
    assert found == dict.fromkeys(marks, 1)
    assert len(house.notes()) == PAGES
    assert house.parked() == 0
    assert house.integrity() == "ok"
    assert hit["transcription"] >= 10
    assert hit["delivery"] >= 3
