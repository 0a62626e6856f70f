"""Ledgers for tests: made by the migrations once, then copied, because Alembic takes a while."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notesyncd.ledger import store
from notesyncd.ledger.store import Ledger
from tests.unit.ledger.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger that was born long before the moment at which tests take place."""
    made = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    with Ledger(made, daemon=True) as ledger, ledger.write() as connection:
        store.set_meta(connection, "born_at", repr(NOW - 1e6))
    return store.backup(made, made.with_name("template.sqlite3"))


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: each commit is synced."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def path(template: Path, fast_folder: Path) -> Path:
    """Path of an empty ledger."""
    return shutil.copy(template, fast_folder / "ledger.sqlite3")


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An empty ledger, opened as the daemon does."""
    with Ledger(path, daemon=True) as opened:
        yield opened
