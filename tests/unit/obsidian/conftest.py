"""A vault, a sink for it, and the core's part."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from notesyncd.api import SinkContext
from notesyncd.testing.sink_contract import Courier
from notesyncd_obsidian.settings import ObsidianSettings
from notesyncd_obsidian.sink import ObsidianSink


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    root = tmp_path / "My Vault"
    (root / ".obsidian").mkdir(parents=True)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def open_sink(vault: Path, cache: Path) -> Callable[..., ObsidianSink]:
    def make(**settings: object) -> ObsidianSink:
        return ObsidianSink(
            ObsidianSettings.model_validate({"vault": vault, **settings}), SinkContext(name="obsidian", cache=cache)
        )

    return make


@pytest.fixture
def sink(open_sink: Callable[..., ObsidianSink]) -> ObsidianSink:
    return open_sink()


@pytest.fixture
def courier(tmp_path: Path) -> Courier:
    (tmp_path / "artifacts").mkdir()
    return Courier(tmp_path / "artifacts")


@pytest.fixture
def save() -> Callable[[Path, str], None]:
    """Write a file as its user does, some time ago: not in the middle of being saved."""
    clock = time.time() - 10_000

    def write(path: Path, text: str) -> None:
        nonlocal clock
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        clock += 1.5
        os.utime(path, (clock, clock))

    return write
