"""How the ledger's own cost of a page grows with the number of pages it holds."""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from notesyncd.api import Note, Page, Provenance, ReaderId, Receipt, Scan, Transcript
from notesyncd.ledger import counts, notes, outbox, scans, transcriptions, work
from notesyncd.ledger.store import Ledger

SIZES = (1_000, 10_000, 100_000)
PLACE = outbox.Place("obsidian", "vault")
SAMPLES = 60
_PROVENANCE = Provenance(notesyncd="0", reader=ReaderId(name="none", version="0"))


def main() -> None:
    print("\nthe ledger's cost of one page, by pages in it (median ms)")
    rows: dict[str, list[float]] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="notesyncd-bench-") as folder:
            with Ledger(Path(folder) / "ledger.sqlite3", daemon=True) as ledger:
                _fill(ledger, size)
                for name, taken in _measure(ledger, size).items():
                    rows.setdefault(name, []).append(taken)
    print(f"{'':28}" + "".join(f"{size:>10,}" for size in SIZES))
    for name, taken in rows.items():
        print(f"{name:28}" + "".join(f"{1000 * value:10.2f}" for value in taken))


def _fill(ledger: Ledger, size: int) -> None:
    """Carry one page through all commits and multiply its finished rows."""
    with ledger.write() as connection:
        _a_page(connection, 0, done=True)
        for table, keys in _ROWS.items():
            columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            row = dict(zip(columns, connection.exec_driver_sql(f"SELECT * FROM {table}").one(), strict=True))
            rows = [
                tuple(keys[column](number) if column in keys else row[column] for column in columns)
                for number in range(1, size)
            ]
            places = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({places})", rows)
        for number in range(1, size):
            values = (number + 1, _note_id(number), f"Note {number} of the market", "")
            connection.exec_driver_sql(
                "INSERT INTO note_search (rowid, note_id, title, body) VALUES (?, ?, ?, ?)", values
            )


def _page_id(number: int) -> str:
    return f"{number:064x}"


def _digest(number: int) -> str:
    return f"{number:063x}f"


def _note_id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, _digest(number)))


_ROWS: dict[str, dict[str, Callable[[int], object]]] = {
    "page": {"id": _page_id},
    "scan": {"digest": _digest},
    "scan_page": {"scan_digest": _digest, "page_id": _page_id},
    "transcription": {"page_id": _page_id},
    "transcript": {"page_id": _page_id},
    "note": {"rowid": lambda number: number + 1, "id": _note_id},
    "note_page": {"note_id": _note_id, "scan_digest": _digest, "page_id": _page_id},
    "note_revision": {"note_id": _note_id},
    "remote_copy": {"note_id": _note_id},
    "delivery": {"id": lambda number: number + 1, "note_id": _note_id},
}


def _a_page(connection: object, number: int, *, done: bool) -> str:
    """Carry one page through all five commits in one transaction, or only register it."""
    now = time.time()
    page_id, digest, note_id = _page_id(number), _digest(number), _note_id(number)
    scan = Scan(
        digest=digest,
        media_type="image/jpeg",
        size_bytes=1,
        captured_at=None,
        camera=None,
        received_at=datetime.now().astimezone(),
    )
    facts = scans.ScanFacts(scan=scan, name=f"{number}.jpg", modified_at=now, appeared_at=now)
    place = scans.ScanPage(page=Page(id=page_id, width=10, height=10, dpi=None), number=1, orientation=1)
    scans.add(connection, facts, [place], now=now)
    scans.add_note(connection, note_id, group_kind="file", group_key="/inbox", closes_at=now, now=now)
    scans.put_in(connection, note_id, digest, [place])
    notes.queue(connection, note_id, now=now)
    if done:
        _read(connection, page_id)
        _compose(connection, note_id, number)
        _deliver(connection)
    return note_id


def _read(connection: object, page_id: str) -> None:
    claim = work.begin(connection, "transcription", page_id, now=time.time(), run_tag="bench")
    transcript = Transcript(
        page_id=page_id, version=1, regions=(), provenance=_PROVENANCE, width=10, height=10, next_word=1, next_line=1
    )
    transcriptions.finish(connection, claim, outcome="text", transcript=transcript, to_raster=None, now=time.time())


def _compose(connection: object, note_id: str, number: int) -> None:
    claim = work.begin(connection, "note", note_id, now=time.time(), run_tag="bench")
    notes.pages(connection, note_id)
    note = Note(
        id=note_id,
        revision=1,
        digest=note_id,
        title=f"Note {number} of the market",
        path=f"Note {number}",
        blocks=(),
        pages=(),
    )
    notes.finish(connection, claim, note=note, routed=[PLACE], configured=[PLACE], now=time.time())


def _deliver(connection: object) -> None:
    delivery = outbox.due(connection, PLACE, now=time.time())[0]
    claim, _ = outbox.begin(connection, delivery, digest=delivery.note_id, now=time.time(), run_tag="bench")
    receipt = Receipt(remote_id=delivery.note_id)
    outbox.finish(connection, delivery, claim, receipt=receipt, digest=delivery.note_id, now=time.time())


def _measure(ledger: Ledger, size: int) -> dict[str, float]:
    numbers = iter(range(size, size + 10 * SAMPLES))
    taken: dict[str, list[float]] = {}

    def clocked(name: str, act: Callable[[], object]) -> object:
        begin = time.perf_counter()
        result = act()
        taken.setdefault(name, []).append(time.perf_counter() - begin)
        return result

    def written(act: Callable[[object], object]) -> Callable[[], object]:
        def run() -> object:
            with ledger.write() as connection:
                return act(connection)

        return run

    def asked(act: Callable[[object], object]) -> Callable[[], object]:
        def run() -> object:
            with ledger.read() as connection:
                return act(connection)

        return run

    for _ in range(SAMPLES):
        number = next(numbers)
        note_id = clocked(
            "register", written(lambda connection, number=number: _a_page(connection, number, done=False))
        )
        due = clocked(
            "what page is due",
            asked(lambda connection: work.due(connection, "transcription", now=time.time(), limit=1)),
        )
        clocked("read", written(lambda connection, due=due: _read(connection, due[0])))
        clocked(
            "compose", written(lambda connection, note_id=note_id, number=number: _compose(connection, note_id, number))
        )
        clocked("deliver", written(_deliver))
    for _ in range(5):
        clocked(
            "status (counts)",
            asked(
                lambda connection: (
                    counts.files(connection),
                    counts.transcriptions(connection),
                    counts.notes(connection),
                    counts.deliveries(connection),
                )
            ),
        )
        clocked("status (what waits)", asked(lambda connection: counts.waiting(connection)))
        clocked("list 50 notes", asked(lambda connection: notes.find(connection, limit=50)))
    return {name: statistics.median(values) for name, values in taken.items()}
