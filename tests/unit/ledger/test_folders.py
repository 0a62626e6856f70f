from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine

from notesyncd.ledger import delivered_files, files, folders, notes, pace, store, work
from notesyncd.ledger.store import Ledger
from tests.unit.ledger.builders import NOW, sha

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

ROOT = "/inbox"


def saw(connection: Connection, *names: bytes, state: str = "settling", size: int = 10, root: str = ROOT) -> None:
    rows = [(name, 1, number, size, 1000 + number) for number, name in enumerate(names)]
    files.saw(connection, root, rows, now=NOW, due_at=NOW, state=state, backlog=state == "held")


def state_of(connection: Connection, name: bytes, root: str = ROOT) -> str:
    found = files.get(connection, root, name)
    assert found is not None
    return found.state


def test_a_folder_is_seen_for_the_first_time_once(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert folders.get(connection, ROOT) is None
        folders.first_seen(connection, ROOT, now=NOW)
        folders.first_seen(connection, ROOT, now=NOW + 5)
        seen = folders.get(connection, ROOT)
        assert seen is not None
        assert (seen.first_seen, seen.backlog, seen.backlog_sinks) == (NOW, None, ())
        assert folders.all_seen(connection) == {ROOT}


def test_held_files_are_counted_released_and_passed_over(ledger: Ledger) -> None:
    with ledger.write() as connection:
        folders.first_seen(connection, ROOT, now=NOW)
        saw(connection, b"a", b"b", b"c", state="held", size=7)
        saw(connection, b"d", state="held", root="/elsewhere")
        assert folders.held(connection, ROOT) == folders.Held(files=3, size_bytes=21)
        assert files.due(connection, now=NOW + 1e6, limit=9) == []
        a, b, c = sorted(folders.undecided(connection, ROOT), key=lambda file: file.raw_path)
        files.release(connection, [c.id, a.id], now=NOW)
        files.pass_over(connection, [b.id], reason=folders.PASSED_OVER)
        assert [file.raw_path for file in files.due(connection, now=NOW + 1, limit=9)] == [b"c", b"a"]
        assert [file.raw_path for file in folders.undecided(connection, ROOT)] == [b"b"]
        assert folders.held(connection, ROOT).files == 0


def test_a_note_is_of_the_backlog_only_if_all_of_its_files_are(ledger: Ledger) -> None:
    with ledger.write() as connection:
        folders.first_seen(connection, ROOT, now=NOW)
        folders.chose(connection, ROOT, "all", ["slack"])
        saw(connection, b"old", state="held")
        saw(connection, b"new")
        for name in (b"old", b"new"):
            file = files.get(connection, ROOT, name)
            assert file is not None
            files.settle(connection, file.id, state="registered", digest=sha(name.decode()))
        assert folders.sinks_of_backlog(connection, [sha("old")]) == {"slack"}
        assert folders.sinks_of_backlog(connection, [sha("new")]) is None
        assert folders.sinks_of_backlog(connection, [sha("old"), sha("new")]) is None
        assert folders.sinks_of_backlog(connection, [sha("never seen")]) is None


def test_what_returns_is_known_only_if_its_digest_was_of_those_bytes(ledger: Ledger) -> None:
    with ledger.write() as connection:
        saw(connection, b"known", b"changed", b"never")
        for name in (b"known", b"changed"):
            file = files.get(connection, ROOT, name)
            assert file is not None
            files.settle(connection, file.id, state="registered", digest=sha(name.decode()))
        files.saw(connection, ROOT, [(b"changed", 1, 1, 99, 99)], now=NOW, due_at=NOW)
        files.gone(connection, ROOT, [b"known", b"changed", b"never"])
        files.returned(connection, ROOT, [b"known", b"changed", b"never"], now=NOW)
        assert [state_of(connection, name) for name in (b"known", b"changed", b"never")] == [
            "registered",
            "settling",
            "settling",
        ]


def test_a_clock_set_back_moves_only_what_is_still_to_come(ledger: Ledger) -> None:
    with ledger.write() as connection:
        saw(connection, b"due", b"later", b"soon")
        for name, due_at in ((b"due", NOW - 5000), (b"later", NOW + 300), (b"soon", NOW + 4000)):
            file = files.get(connection, ROOT, name)
            assert file is not None
            files.look_at(connection, [file.id], due_at=due_at)
        files.clock_fell_back(connection, 3600, now=NOW)
        work.clock_fell_back(connection, 3600, now=NOW)
        due = {file.raw_path: file.due_at for file in files.due(connection, now=NOW + 1e9, limit=9)}
    assert due == {b"due": NOW - 5000, b"later": NOW, b"soon": NOW + 400}


def test_the_pace_is_a_mean_that_follows_and_is_unknown_at_first(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert pace.seconds_for(connection, 10, readers=2) is None
        assert pace.seconds_left(connection, readers=2) is None
        pace.page_took(connection, 2.0)
        assert pace.seconds_for(connection, 10, readers=2) == 10.0
        pace.page_took(connection, 12.0)
        assert pace.seconds_for(connection, 10, readers=1) == 30.0
        assert pace.seconds_left(connection, readers=1) == 0


def test_nothing_is_done_with_before_it_was_delivered(ledger: Ledger) -> None:
    with ledger.write() as connection:
        saw(connection, b"a")
        file = files.get(connection, ROOT, b"a")
        assert file is not None
        files.settle(connection, file.id, state="registered", digest=sha("a"))
        assert delivered_files.delivered(connection, [ROOT]) == []


def test_moved_files_queue_their_notes_and_no_others(ledger: Ledger) -> None:
    with ledger.write() as connection:
        saw(connection, b"a")
        notes.queue_for_files(connection, ROOT, [b"a", b"unknown"], now=NOW)
        assert notes.find(connection) == []


# ---------------------------------------------------------------------------------------- the migration that made them


def test_folders_of_an_older_ledger_have_no_backlog_and_their_files_are_known(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    engine = create_engine(URL.create("sqlite", database=str(path)))
    settings = Config()
    settings.set_main_option("script_location", store.MIGRATIONS)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA application_id={store.APPLICATION_ID}")
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        for name, state in ((b"a.jpg", "registered"), (b"b.jpg", "unreadable")):
            connection.exec_driver_sql(
                "INSERT INTO source_file (root, raw_path, dev, ino, size, mtime_ns, digest, state, first_seen, changed_at)"
                " VALUES (?, ?, 1, 2, 3, 4, ?, ?, ?, ?)",
                (ROOT, name, sha("a"), state, NOW, NOW),
            )
        connection.commit()
    engine.dispose()
    with Ledger(path, daemon=True) as ledger, ledger.read() as connection:
        seen = folders.get(connection, ROOT)
        assert seen is not None
        assert (seen.first_seen, seen.backlog) == (NOW, "all")
        known = connection.exec_driver_sql(
            "SELECT state, digest_is_current, backlog FROM source_file ORDER BY id"
        ).all()
        assert [tuple(row) for row in known] == [("registered", 1, 0), ("unreadable", 0, 0)]
    (backup,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(backup)) as before:
        assert before.execute("SELECT count(*) FROM source_file").fetchone() == (2,)
