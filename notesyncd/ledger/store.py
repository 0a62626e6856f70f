"""Opens the ledger: one writer connection, readers that can't write, backups and migrations."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from notesyncd.domain.errors import ConfigError, NotesyncdError, TransientError
from notesyncd.ledger import tables
from notesyncd.ledger.lock import DaemonLock, file_lock
from notesyncd.ledger.room import no_room, wait_for_room
from notesyncd.system.mounts import network_file_system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMA = "0003"
"""The Alembic revision that this code works with."""
MIGRATIONS = "notesyncd:ledger/migrations"
APPLICATION_ID = 0x6E737964  # "nsyd"
_NOT_NOW = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY),
)
WAL_RESET_FIXED = (3, 51, 3)  # sqlite.org/releaselog: two connections that write or checkpoint at once could lose pages


class LedgerDamaged(NotesyncdError):  # noqa: N818 - named by what it is
    """The ledger file is no ledger or fails its checks; the message says what to do."""


class Ledger:
    """The ledger file, opened.

    ``write`` gives a transaction that nobody else writes beside; ``read`` a snapshot. Both hand out a connection that
    the other modules of this folder take.
    """

    def __init__(self, path: Path, *, daemon: bool, announce: Callable[[], None] = lambda: None) -> None:
        """Open the ledger at ``path``, made or migrated first if need be.

        Args:
            path: the SQLite file; its folder exists.
            daemon: this process holds the daemon lock; only then are checkpoints made.
            announce: called after each commit.

        Raises:
            ConfigError: for a network file system or a ledger from a newer version.
            LedgerDamaged: if the file is not a sound ledger.
            TransientError: if it can't be opened now (in use for too long, disk full, no permission).
        """
        share = network_file_system(path.parent)
        if share:
            raise ConfigError(
                f"{path.parent} is on a network file system ({share}); SQLite can't keep a ledger there safely. "
                "Set NOTESYNCD_STATE_DIR to a folder on a local disk."
            )
        try:
            path.touch(mode=0o600)  # what people wrote is nobody else's business; SQLite gives its other files the same
        except OSError as error:
            raise TransientError(f"{path} can't be opened now: {error.strerror}") from error
        self.path = path
        self.announce = announce
        self._daemon = daemon
        self._mutex = threading.Lock()
        self._watching: list[sqlite3.Connection] = []
        self._shared_lock = (
            path.with_name(path.name + ".writer") if sqlite3.sqlite_version_info < WAL_RESET_FIXED else None
        )
        self._writer = self._engine(read_only=False)
        self._readers = self._engine(read_only=True)
        try:
            self._bring_up_to_date()
        except DatabaseError as error:
            self.close()
            raise _opening_failed(path, error) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        with self._writing():
            for watching in self._watching:
                watching.close()
            self._readers.dispose()
            self._writer.dispose()

    # ---------------------------------------------------------------------------------------------------- transactions

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a writing transaction: committed at the end, rolled back upon any exception.

        Raises:
            TransientError: if the disk is full. The daemon's workers wait for room before they begin (see ``room``).
        """
        wait_for_room(self.path.parent)
        try:
            with self._writing(), self._writer.begin() as connection:
                yield connection
        except DatabaseError as error:
            if _kind(error) != sqlite3.SQLITE_FULL:
                raise
            problem = no_room(self.path.parent) or f"the disk of {self.path.parent} is full"
            raise TransientError(problem) from error
        self.announce()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a reading transaction: one snapshot, no writes possible."""
        with self._readers.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[None]:
        shared = file_lock(self._shared_lock) if self._shared_lock else nullcontext()
        with self._mutex, shared:
            yield

    def watch_other_writers(self) -> Callable[[], bool]:
        """Return a function that tells whether anybody, another process included, committed since it was last asked.

        The function must not be called from two threads at once.
        """
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._watching.append(connection)
        seen: list[int] = [connection.execute("PRAGMA data_version").fetchone()[0]]

        def changed() -> bool:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            different: bool = version != seen[0]
            seen[0] = version
            return different

        return changed

    def _engine(self, *, read_only: bool) -> Engine:
        url = URL.create("sqlite", database=str(self.path))
        bounds = {} if read_only else {"pool_size": 1, "max_overflow": 0}
        engine = create_engine(url, hide_parameters=True, **bounds)  # page text belongs into no error and no log
        timeout = 5_000 if self._daemon else 30_000

        @event.listens_for(engine, "connect")
        def set_up(connection: Any, _: object) -> None:
            connection.isolation_level = None  # transactions are begun by the listener below, DDL included
            pragmas = [
                f"busy_timeout={timeout}",
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "trusted_schema=OFF",
                "journal_size_limit=8388608",
            ]
            if read_only or not self._daemon:
                pragmas.append("wal_autocheckpoint=0")
            if sys.platform == "darwin":
                pragmas += ["fullfsync=1", "checkpoint_fullfsync=1"]
            if read_only:
                pragmas.append("query_only=1")
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

        return engine

    # ------------------------------------------------------------------------------------------- birth and migrations

    def _bring_up_to_date(self) -> None:
        if self._schema() == SCHEMA:
            return
        with file_lock(self.path.with_name(self.path.name + ".upgrade")):
            self._upgrade(self._schema())

    def _upgrade(self, current: str | None) -> None:
        if current == SCHEMA:
            return  # another process was faster
        if current is not None and current > SCHEMA:
            raise ConfigError(
                f"{self.path} was written by a newer notesyncd (schema {current}; this one knows {SCHEMA}). "
                "Install that version again, or restore an older backup into another NOTESYNCD_STATE_DIR."
            )
        if current is not None:
            if not self._daemon and DaemonLock.holder(self.path.with_name("daemon.lock")) is not None:
                raise NotesyncdError(
                    f"{self.path} needs an upgrade while a daemon of another version is running: "
                    "restart the daemon first."
                )
            name = f"before-{SCHEMA}-{time.strftime('%Y%m%d-%H%M%S')}.sqlite3"
            backup(self.path, self.path.parent / "backups" / name)
        self._migrate()

    def _schema(self) -> str | None:
        with self._writing(), self._writer.connect() as connection:
            names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").scalars())
            if not names:
                return None
            if "alembic_version" not in names or not self._is_ours(connection):
                raise LedgerDamaged(f"{self.path} is a database, but no ledger of notesyncd. Move it aside.")
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()

    @staticmethod
    def _is_ours(connection: Connection) -> bool:
        return bool(connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID)

    def _migrate(self) -> None:
        from alembic import command  # noqa: PLC0415 - 40 ms that only a new or old ledger needs
        from alembic.config import Config  # noqa: PLC0415

        settings = Config()
        settings.set_main_option("script_location", MIGRATIONS)
        # foreign_keys=ON would delete child rows when a table is rebuilt, and can't be changed inside a transaction
        engine = create_engine(URL.create("sqlite", database=str(self.path)), poolclass=NullPool)

        @event.listens_for(engine, "connect")
        def set_up(connection: Any, _: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        with self._writing(), engine.connect() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, SCHEMA)
        engine.dispose()


def _kind(error: DatabaseError) -> int:
    """Return SQLite's code of what went wrong; the lowest byte tells the kind."""
    return int(getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _opening_failed(path: Path, error: DatabaseError) -> NotesyncdError:
    if _kind(error) in _NOT_NOW:
        reason = "; ".join(filter(None, (str(error.orig), no_room(path.parent))))
        return TransientError(f"{path} can't be opened now: {reason}")
    return LedgerDamaged(
        f"{path} is not a sound ledger ({error.orig}). Move it aside and run `notesyncd restore` "
        "to go back to the newest backup."
    )


def backup(source: Path, target: Path) -> Path:
    """Copy a ledger that may be in use to ``target``, consistently, and check the copy.

    Raises:
        LedgerDamaged: if the ledger can't be read whole or the copy fails its check.
        TransientError: if there is no room for the copy.
    """
    unfinished = target.with_name(target.name + ".tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(unfinished)) as there,
        ):
            here.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")
            verdict = there.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise LedgerDamaged(f"the backup of {source} fails its check: {verdict}")
        unfinished.replace(target)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise TransientError(f"no space left for a backup of {source} in {target.parent}") from error
        raise LedgerDamaged(f"{source} can't be backed up: {error}") from error
    except OSError as error:
        raise TransientError(f"a backup of {source} can't be written in {target.parent}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Keep one fact about the ledger itself."""
    statement = upsert(tables.meta).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def get_meta(connection: Connection, key: str) -> str | None:
    """Return one fact about the ledger itself."""
    return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar_one_or_none()


def record_attempt(
    connection: Connection,
    *,
    kind: str,
    subject: str,
    claim: int,
    run_tag: str | None,
    now: float,
    outcome: str,
    error: str | None = None,
) -> None:
    """Add one line to the audit of attempts."""
    connection.execute(
        insert(tables.attempt).values(
            kind=kind, subject=subject, claim=claim, run_tag=run_tag, ended_at=now, outcome=outcome, error=error
        )
    )
