"""However slowly, in whatever pieces and over whatever else a file is written: its note shows the whole of it."""

from __future__ import annotations

import hashlib
import re
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.faults.slow_writers import Writers
from tests.faults.standing_daemon import count, originals, standing_daemon, wait_for
from tests.faults.tall_pages import FORMATS, TallPage, tall_page
from tests.faults.vault_watch import marks_by_note, watched_vault
from tests.house import House

GAPS = (1.0, 3.0, 6.5, 15.0, 30.0)
"""Below, about and far above the settling time of five seconds; the last takes 90 s for one page."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, whose leases tell that a file is being written"),
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with the settling time that everybody has who sets none."""
    house = House(tmp_path)
    house.config.write_text(re.sub(r"(?m)^settle_seconds = .*\n", "", house.config.read_text()))
    return house


def ways(writers: Writers) -> list[Callable[[], object]]:
    """All that is done to the folder, each by a thread of its own."""

    def page(number: int, *, enlarged: int = 1) -> TallPage:
        return tall_page(FORMATS[number % len(FORMATS)], enlarged=enlarged)

    found: list[Callable[[], object]] = []
    for number, gap in enumerate(GAPS):
        for way, shift in ((writers.keep_open, 0), (writers.reopen, 2)):
            made = page(number + shift)
            found.append(partial(way, made, f"{way.__name__} {gap}.{made.suffix}", gap))
    for number, suffix in enumerate(FORMATS):
        made = page(number)
        found.append(partial(writers.preallocate, made, f"zeros open.{suffix}", 6.5, closed=False, holes=number > 2))
        made = page(number)
        found.append(partial(writers.preallocate, made, f"zeros closed.{suffix}", 6.5, closed=True, holes=number < 2))
    often = [tall_page("jpg") for _ in range(20)]
    found.append(partial(writers.replace_again_and_again, often, "often.jpg"))
    slow = [tall_page("png", enlarged=4) for _ in range(4)]
    found.append(partial(writers.replace_while_read, slow, "slow to decode.png"))
    for in_place in (True, False):
        again = [tall_page("jpg") for _ in range(3)]
        found.append(partial(writers.use_name_again, again, f"scan {in_place}.jpg", in_place=in_place))
    found.append(partial(writers.use_name_while_settling, tall_page("png"), tall_page("png"), "soon.png"))
    found.append(partial(writers.use_name_while_reading, tall_page("webp"), tall_page("webp"), "later.webp"))
    found.append(partial(writers.rename_into_place, tall_page("jpg"), "download.jpg"))
    found.append(partial(writers.hard_link, tall_page("tif"), "linked.tif", "linked again.tif"))
    return found


@pytest.mark.timeout(420)
def test_every_page_has_its_note_and_every_note_the_whole_of_its_page(house: House) -> None:
    writers = Writers(house)
    todo = ways(writers)
    with standing_daemon(house) as daemon:
        time.sleep(1)
        with watched_vault(house, writers.whole) as torn, ThreadPoolExecutor(len(todo)) as threads:
            futures = {way: threads.submit(way) for way in todo}
            for future in futures.values():
                future.result(timeout=240)
            due = {page.marks for page in writers.due}
            wait_for(lambda: due <= set(marks_by_note(house).values()), 90, lambda: missing(house, due))
            wait_for(lambda: house.status()["waiting"] == [], 60, lambda: house.status()["waiting"])
        daemon.end()
    caught = next(futures[way].result() for way in todo if way.func == writers.replace_while_read)  # type: ignore[attr-defined]
    print(f"{len(due)} pages, {len(house.notes())} notes; replaced while the decoder had them open: {caught}")
    assert torn == []
    assert caught >= 2
    found = list(marks_by_note(house).values())
    assert sorted(set(found)) == sorted(found), "a page has two notes"
    assert due <= set(found)
    assert set(found) <= {page.marks for page in writers.whole}
    kept = originals(house)
    assert {hashlib.sha256(page.data).hexdigest() for page in writers.due} <= kept.keys()
    assert kept.keys() <= {hashlib.sha256(page.data).hexdigest() for page in writers.whole}
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == name for name, path in kept.items())
    assert house.parked() == 0
    assert set(house.status()["files"]) <= {"registered"}
    assert count(house, "source_file", "unreadable") == 0
    assert house.integrity() == "ok"


def test_one_pass_waits_for_a_file_that_is_still_being_written(house: House) -> None:
    page, other = tall_page("jpg"), tall_page("pdf")
    chunks = page.chunks(9)
    (house.inbox / "quiet.pdf").write_bytes(other.data)
    path = house.inbox / "slow.jpg"
    path.write_bytes(chunks[0])

    def write() -> None:
        for chunk in chunks[1:]:
            time.sleep(1)
            with path.open("ab") as file:
                file.write(chunk)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        house.run("run", "--once")
    finally:
        writer.join()
    assert sorted(marks_by_note(house).values()) == sorted([page.marks, other.marks])
    assert originals(house).keys() == {hashlib.sha256(one.data).hexdigest() for one in (page, other)}
    assert house.status()["files"] == {"registered": 2}


def missing(house: House, due: set[tuple[str, ...]]) -> object:
    return sorted(due - set(marks_by_note(house).values())), house.status()["waiting"]
