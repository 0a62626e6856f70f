from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from notesyncd.api import ConfigError, NotesyncdError, TransientError
from notesyncd.ledger import scans, store
from notesyncd.ledger.lock import DaemonLock
from notesyncd.ledger.store import Ledger, LedgerDamaged, backup
from notesyncd.system import mounts
from tests.unit.ledger.builders import NOW, facts, page, placed, register

if TYPE_CHECKING:
    from pathlib import Path


def meta(ledger: Ledger, key: str) -> str | None:
    with ledger.read() as connection:
        return store.get_meta(connection, key)


def keep(ledger: Ledger, key: str, value: str = "x") -> None:
    with ledger.write() as connection:
        store.set_meta(connection, key, value)


# ---------------------------------------------------------------------------------------------------------- transactions


def test_what_is_written_is_all_there_or_nothing_of_it(ledger: Ledger) -> None:
    keep(ledger, "first", "1")
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        store.set_meta(connection, "first", "2")
        store.set_meta(connection, "second", "2")
        raise ZeroDivisionError
    assert (meta(ledger, "first"), meta(ledger, "second")) == ("1", None)


def test_readers_can_not_write(ledger: Ledger) -> None:
    with pytest.raises(OperationalError, match="readonly"), ledger.read() as connection:
        store.set_meta(connection, "key", "value")


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    keep(ledger, "key", "before")
    with ledger.read() as connection:
        assert store.get_meta(connection, "key") == "before"
        keep(ledger, "key", "after")
        assert store.get_meta(connection, "key") == "before"
    assert meta(ledger, "key") == "after"


def test_writers_of_several_threads_take_turns(ledger: Ledger) -> None:
    keep(ledger, "count", "0")

    def add() -> None:
        for _ in range(20):
            with ledger.write() as connection:
                store.set_meta(connection, "count", str(int(store.get_meta(connection, "count") or 0) + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meta(ledger, "count") == "80"


def test_a_writer_holds_the_turn_from_its_beginning(ledger: Ledger) -> None:
    """Not only from its first write: what it read before it writes is still true."""
    with ledger.write(), closing(sqlite3.connect(ledger.path, timeout=0)) as other:  # noqa: SIM117
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_each_commit_is_announced_after_it_was_made(path: Path) -> None:
    seen: list[str | None] = []
    with Ledger(path, daemon=True) as ledger:
        ledger.announce = lambda: seen.append(meta(ledger, "key"))
        keep(ledger, "key", "1")
        with pytest.raises(ZeroDivisionError), ledger.write() as connection:
            store.set_meta(connection, "key", "2")
            raise ZeroDivisionError
        keep(ledger, "key", "3")
    assert seen == ["1", "3"]


def test_no_error_shows_what_a_person_wrote(ledger: Ledger) -> None:
    with ledger.write() as connection:
        register(connection, "page")
    with pytest.raises(IntegrityError) as caught, ledger.write() as connection:
        connection.execute(scans.tables.page.insert().values(id=page("page").id, width="my secret diary", height=1))
    assert "secret" not in str(caught.value)


# -------------------------------------------------------------------------------------------------------------- settings


def pragma(ledger: Ledger, name: str, *, reader: bool = False) -> object:
    with ledger.read() if reader else ledger.write() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize("reader", [False, True])
@pytest.mark.parametrize("daemon", [False, True])
def test_commits_survive_a_power_cut(path: Path, *, daemon: bool, reader: bool) -> None:
    with Ledger(path, daemon=daemon) as ledger:
        assert pragma(ledger, "journal_mode", reader=reader) == "wal"
        assert pragma(ledger, "synchronous", reader=reader) == 2  # FULL
        assert pragma(ledger, "foreign_keys", reader=reader) == 1
        assert pragma(ledger, "trusted_schema", reader=reader) == 0


def test_only_the_daemon_makes_checkpoints(path: Path) -> None:
    with Ledger(path, daemon=True) as daemon, Ledger(path, daemon=False) as other:
        assert pragma(daemon, "wal_autocheckpoint") == 1000
        assert pragma(daemon, "wal_autocheckpoint", reader=True) == 0
        assert pragma(other, "wal_autocheckpoint") == 0
        assert (pragma(daemon, "busy_timeout"), pragma(other, "busy_timeout")) == (5_000, 30_000)


def test_a_row_needs_what_it_refers_to(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), ledger.write() as connection:
        scans.put_in(connection, "no such note", facts().scan.digest, placed([page()]))


def test_only_its_owner_may_read_the_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "new.sqlite3", daemon=True) as ledger:
        keep(ledger, "key")
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? [state] 会議"
    folder.mkdir()
    with Ledger(folder / "ledger.sqlite3", daemon=True) as ledger:
        changed = ledger.watch_other_writers()
        keep(ledger, "key")
        assert changed()
        backup(ledger.path, folder / "backup.sqlite3")
    assert {file.name for file in folder.iterdir()} >= {"ledger.sqlite3", "backup.sqlite3"}


# ------------------------------------------------------------------------------------------------------- other processes

WRITE = """
import sys
from pathlib import Path
from notesyncd.ledger import store
with store.Ledger(Path(sys.argv[1]), daemon=False) as ledger, ledger.write() as connection:
    store.set_meta(connection, "key", "from outside")
"""


def outside(script: str, path: Path) -> None:
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)


def test_the_commit_of_another_process_is_noticed(ledger: Ledger) -> None:
    changed = ledger.watch_other_writers()
    assert not changed()
    outside(WRITE, ledger.path)
    assert changed()
    assert not changed()
    assert meta(ledger, "key") == "from outside"


def test_a_second_process_reads_beside_a_writer(ledger: Ledger) -> None:
    with ledger.write() as connection:
        store.set_meta(connection, "key", "unfinished")
        with closing(sqlite3.connect(f"file:{ledger.path}?mode=ro", uri=True)) as other:
            assert other.execute("SELECT count(*) FROM meta WHERE key = 'key'").fetchone() == (0,)


DIE_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from notesyncd.ledger import store
ledger = store.Ledger(Path(sys.argv[1]), daemon=True)
with ledger.write() as connection:
    store.set_meta(connection, "first", "committed")
with ledger.write() as connection:
    store.set_meta(connection, "second", "never committed")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_what_it_committed_and_holds_nobody_up(path: Path) -> None:
    process = subprocess.run([sys.executable, "-c", DIE_WHILE_WRITING, str(path)], check=False, timeout=60)
    assert process.returncode == -9
    with Ledger(path, daemon=True) as ledger:
        assert (meta(ledger, "first"), meta(ledger, "second")) == ("committed", None)
        keep(ledger, "third")
        assert pragma(ledger, "integrity_check") == "ok"


# --------------------------------------------------------------------------------------------------------------- refusals


def test_a_new_ledger_knows_when_it_was_born(tmp_path: Path) -> None:
    with Ledger(tmp_path / "new.sqlite3", daemon=False) as ledger:
        born = float(meta(ledger, "born_at") or 0)
        assert abs(born - (tmp_path / "new.sqlite3").stat().st_mtime) < 60


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "_by_mount_id", lambda _: "nfs4")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ConfigError, match=r"network file system \(nfs4\).*NOTESYNCD_STATE_DIR"):
        Ledger(tmp_path / "ledger.sqlite3", daemon=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"missing/ledger\.sqlite3 can't be opened"):
        Ledger(tmp_path / "missing" / "ledger.sqlite3", daemon=True)


@pytest.mark.parametrize("content", [b"this is no database at all, " * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_ledger_is_refused_with_a_remedy_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)
    with pytest.raises(LedgerDamaged, match=r"ledger\.sqlite3 .*notesyncd restore"):
        Ledger(path, daemon=True)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.executescript("CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE bookmarks (url TEXT);")
    with pytest.raises(LedgerDamaged, match="no ledger of notesyncd"):
        Ledger(path, daemon=True)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (2,)


def test_a_ledger_in_use_is_not_called_damaged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hurry(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA busy_timeout=1")

    monkeypatch.setattr(Ledger, "_engine", _with_listener(Ledger._engine, hurry))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match="locked"):
            Ledger(path, daemon=True)


def _with_listener(make, listener):
    def made(ledger: Ledger, **values: bool):
        engine = make(ledger, **values)
        store.event.listen(engine, "connect", listener)
        return engine

    return made


# ---------------------------------------------------------------------------------------------------------------- backups


def test_a_backup_made_while_others_write_is_consistent(ledger: Ledger, tmp_path: Path) -> None:
    """Each commit adds one page to two tables: a copy in which they differ would be torn."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with ledger.write() as connection:
                scans.add(connection, facts(f"{number}"), placed([page(f"{number}")]), now=NOW)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [backup(ledger.path, tmp_path / f"backup{number}.sqlite3") for number in range(8)]
    finally:
        stop.set()
        writer.join()
    sizes = []
    for path in backups:
        with closing(sqlite3.connect(path)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (scanned,) = copy.execute("SELECT count(*) FROM scan").fetchone()
            assert copy.execute("SELECT count(*) FROM transcription").fetchone() == (scanned,)
            sizes.append(scanned)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 0


def test_a_backup_is_a_ledger_of_its_own(ledger: Ledger, tmp_path: Path) -> None:
    keep(ledger, "key", "kept")
    copy = backup(ledger.path, tmp_path / "backups" / "one.sqlite3")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert [file.name for file in copy.parent.iterdir()] == ["one.sqlite3"]
    keep(ledger, "key", "changed since")
    with Ledger(copy, daemon=False) as restored:
        assert meta(restored, "key") == "kept"


def test_a_damaged_ledger_gives_no_backup(tmp_path: Path) -> None:
    broken = tmp_path / "ledger.sqlite3"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    with pytest.raises(LedgerDamaged, match="can't be backed up"):
        backup(broken, tmp_path / "backup.sqlite3")
    assert list(tmp_path.iterdir()) == [broken]


def test_an_old_backup_survives_a_backup_that_fails(ledger: Ledger, tmp_path: Path) -> None:
    keep(ledger, "key", "good")
    copy = backup(ledger.path, tmp_path / "backup.sqlite3")
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    with pytest.raises(NotesyncdError):
        backup(broken, copy)
    with Ledger(copy, daemon=False) as restored:
        assert meta(restored, "key") == "good"


def test_a_running_daemon_of_an_older_version_is_not_upgraded_under_its_feet(path: Path) -> None:
    with closing(sqlite3.connect(path)) as older:
        older.execute("UPDATE alembic_version SET version_num = '0000'")
        older.commit()
    with DaemonLock(path.with_name("daemon.lock")), pytest.raises(NotesyncdError, match="restart the daemon first"):
        Ledger(path, daemon=False)


def test_a_command_may_be_faster_than_a_daemon_that_starts_for_the_first_time(tmp_path: Path) -> None:
    with DaemonLock(tmp_path / "daemon.lock"), Ledger(tmp_path / "ledger.sqlite3", daemon=False) as ledger:
        assert meta(ledger, "born_at") is not None
