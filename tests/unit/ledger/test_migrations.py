from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

import notesyncd.ledger
from notesyncd.api import ConfigError
from notesyncd.ledger import store, tables
from notesyncd.ledger.store import SCHEMA, Ledger

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from sqlalchemy import Connection

MIGRATIONS = Path(notesyncd.ledger.__file__).parent / "migrations"
NEXT = "0004"
"""A migration that a later version might bring: it works, or fails halfway."""
LATER = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "0004", "0003", None, None


def upgrade():
    op.execute("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT")
    op.execute("DELETE FROM meta WHERE key = 'key'")
    {last}
"""


def current(path: Path) -> tuple[str, set[str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0], names


def kept(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT value FROM meta WHERE key = 'key'").fetchall()


# ------------------------------------------------------------------------------------------------ tables and migrations


def test_the_code_works_with_the_newest_migration() -> None:
    assert ScriptDirectory(MIGRATIONS).get_current_head() == SCHEMA


def test_the_tables_are_those_that_the_migrations_make(ledger: Ledger) -> None:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith("note_search"))

    with ledger.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": ours, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tables.metadata) == []


def test_tables_and_migrations_agree_to_the_letter(ledger: Ledger) -> None:
    """STRICT, and which indexes are partial, is not compared by Alembic."""
    with ledger.read() as connection:
        made = {_plain(sql) for sql in _statements(connection)}
    dialect = sqlite.dialect()
    for table in tables.metadata.tables.values():
        assert _plain(str(CreateTable(table).compile(dialect=dialect))) in made
        for index in table.indexes:
            assert _plain(str(CreateIndex(index).compile(dialect=dialect))) in made


def _statements(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return list(found.scalars())


def _plain(sql: str) -> str:
    return " ".join(sql.split()).replace("( ", "(").replace(" )", ")")


def test_every_table_is_strict(ledger: Ledger) -> None:
    with ledger.read() as connection:
        made = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").all()
    loose = {name for name, strict in made if not strict}
    assert {name for name in loose if not name.startswith(("sqlite_", "note_search"))} == {"alembic_version"}


# ------------------------------------------------------------------------------------------------------- an older ledger


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A later version of notesyncd with one migration more; returns the file of that migration."""
    scripts = shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "SCHEMA", NEXT)
    monkeypatch.setattr(store, "MIGRATIONS", str(scripts))
    return scripts / "versions" / f"{NEXT}_later.py"


@pytest.fixture
def old(path: Path) -> Path:
    """A ledger that this version left, with something in it."""
    with Ledger(path, daemon=True) as ledger, ledger.write() as connection:
        store.set_meta(connection, "key", "worth keeping")
    return path


def test_an_older_ledger_is_upgraded(old: Path, later: Path) -> None:
    later.write_text(LATER.format(last=""))
    with Ledger(old, daemon=True):
        pass
    schema, names = current(old)
    assert schema == NEXT
    assert "later" in names
    assert kept(old) == []


def test_a_backup_is_made_before_each_upgrade(old: Path, later: Path) -> None:
    later.write_text(LATER.format(last=""))
    with Ledger(old, daemon=True):
        pass
    (backup,) = (old.parent / "backups").iterdir()
    assert backup.name.startswith(f"before-{NEXT}-")
    assert current(backup)[0] == SCHEMA
    assert kept(backup) == [("worth keeping",)]


def test_no_backup_is_made_of_a_ledger_that_is_new_or_current(old: Path, tmp_path: Path) -> None:
    with Ledger(tmp_path / "new.sqlite3", daemon=True), Ledger(old, daemon=True):
        assert not (tmp_path / "backups").exists()
        assert not (old.parent / "backups").exists()


def test_a_migration_that_fails_leaves_the_old_ledger(old: Path, later: Path) -> None:
    later.write_text(LATER.format(last="raise ZeroDivisionError"))
    before = current(old)
    with pytest.raises(ZeroDivisionError):
        Ledger(old, daemon=True)
    assert current(old) == before
    assert kept(old) == [("worth keeping",)]
    later.write_text(LATER.format(last=""))
    with Ledger(old, daemon=True):
        assert current(old)[0] == NEXT


def test_a_first_migration_that_fails_leaves_no_half_ledger(
    tmp_path: Path, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later.write_text(LATER.format(last=""))
    first = later.with_name("0001_first.py")
    first.write_text(first.read_text() + "    raise ZeroDivisionError\n")
    with pytest.raises(ZeroDivisionError):
        Ledger(tmp_path / "new.sqlite3", daemon=True)
    monkeypatch.undo()
    with Ledger(tmp_path / "new.sqlite3", daemon=True) as ledger, ledger.read() as connection:
        assert store.get_meta(connection, "born_at") is not None


def test_pages_that_an_older_version_read_say_who_read_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.unlink()
    monkeypatch.setattr(store, "SCHEMA", "0002")
    with Ledger(path, daemon=True):
        pass
    body = json.dumps({"provenance": {"reader": {"name": "rapidocr"}}, "warnings": ["dim", "askew"]})
    with closing(sqlite3.connect(path)) as connection:
        for page, version, outcome in (("drawn", 1, "drawing"), ("read", 1, "text"), ("unread", 0, None)):
            connection.execute("INSERT INTO page (id, width, height) VALUES (?, 1, 1)", (page,))
            connection.execute(
                "INSERT INTO transcription (page_id, state, version, outcome) VALUES (?, 'done', ?, ?)",
                (page, version, outcome),
            )
            if version:
                connection.execute("INSERT INTO transcript VALUES (?, 1, 'read', ?, 0)", (page, body))
        connection.commit()
    monkeypatch.undo()
    with Ledger(path, daemon=True):
        pass
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT page_id, read_by, warnings, again FROM transcription ORDER BY page_id")
        assert rows.fetchall() == [
            ("drawn", "rapidocr", 0, None),
            ("read", "rapidocr", 2, None),
            ("unread", None, 0, None),
        ]


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    before = old.read_bytes()
    with pytest.raises(ConfigError, match=rf"{old}.*schema 0099; this one knows {SCHEMA}.*Install"):
        Ledger(old, daemon=True)
    assert old.read_bytes() == before
    assert not (old.parent / "backups").exists()


# ------------------------------------------------------------------------------------------------------ several processes


def _open(path: Path, writers_share_a_lock: bool, together: Barrier, results: Queue[str | None]) -> None:
    store.WAL_RESET_FIXED = (99,) if writers_share_a_lock else (0,)
    together.wait()
    try:
        with Ledger(path, daemon=False) as ledger, ledger.read() as connection:
            results.put(store.get_meta(connection, "born_at"))
    except BaseException as error:  # noqa: BLE001 - shown by the parent
        results.put(repr(error))


@pytest.mark.parametrize("writers_share_a_lock", [True, False])
def test_processes_that_meet_at_a_new_ledger_make_it_once(fast_folder: Path, *, writers_share_a_lock: bool) -> None:
    """With old versions of SQLite, where all writers share a lock anyway, and with new ones."""
    context = multiprocessing.get_context("spawn")
    together, results = context.Barrier(3), context.Queue()
    arguments = (fast_folder / "new.sqlite3", writers_share_a_lock, together, results)
    processes = [context.Process(target=_open, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    born = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert len(born) == 1
    assert float(born.pop())
