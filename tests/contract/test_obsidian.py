"""The Obsidian sink keeps the contract of every sink, in both of its modes."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from notesyncd.api import Sink, SinkContext
from notesyncd.testing.sink_contract import SinkContract
from notesyncd_obsidian.plugin import notesyncd_sinks


class ObsidianContract(SinkContract):
    editable = True
    mode = "note"

    @pytest.fixture(autouse=True)
    def vault(self, tmp_path: Path) -> None:
        self.root = tmp_path / "My Vault"
        (self.root / ".obsidian").mkdir(parents=True)
        self.cache = tmp_path / "cache"

    def make_sink(self) -> Sink:
        (spec,) = notesyncd_sinks()
        settings = spec.settings.model_validate({"vault": self.root, "mode": self.mode})
        return spec.open(settings, SinkContext(name="obsidian", cache=self.cache))

    def files(self, note_id: str) -> list[Path]:
        begin = re.compile(rf"^%% notesyncd:begin {note_id} ", re.MULTILINE)
        return [
            path for path in sorted(self.root.rglob("*.md")) for _ in begin.findall(path.read_text(encoding="utf-8"))
        ]

    def copies(self, note_id: str) -> int:
        assert not list(self.root.rglob("*.nsd-tmp")), "a temporary file was left behind"
        return len(self.files(note_id))

    def text_of(self, note_id: str) -> str:
        (path,) = self.files(note_id)
        return path.read_text(encoding="utf-8")

    def delete_copy(self, note_id: str) -> None:
        (path,) = self.files(note_id)
        path.unlink()

    def make_unreachable(self) -> None:
        self.root.rename(self.root.with_name("unmounted"))

    def edit_copy(self, note_id: str, before: str, after: str) -> None:
        (path,) = self.files(note_id)
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), encoding="utf-8")

    def attachments(self, note_id: str) -> int:
        return len(list(self.root.rglob("*.jpg")))


class TestNotes(ObsidianContract):
    pass


class TestDailyNotes(ObsidianContract):
    mode = "daily"


class TestDailyNoteThatIsThere(ObsidianContract):
    """The user keeps the daily note himself; deleting our copy is deleting our section."""

    mode = "daily"

    @pytest.fixture(autouse=True)
    def daily(self, vault: None) -> None:
        (self.root / "2026-11-20.md").write_text("- 9:00 coffee\n", encoding="utf-8")

    def delete_copy(self, note_id: str) -> None:
        (path,) = self.files(note_id)
        text = path.read_text(encoding="utf-8")
        section = re.compile(rf"%% notesyncd:begin {note_id} .*?%% notesyncd:end {note_id} %%\n", re.DOTALL)
        path.write_text(section.sub("", text), encoding="utf-8")
        assert path.read_text(encoding="utf-8").strip() == "- 9:00 coffee"
        os.utime(path, (time.time() - 60, time.time() - 60))  # not in the middle of being saved
