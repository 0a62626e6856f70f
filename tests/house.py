"""A notesyncd of its own in a temporary folder: inbox, vault, state and the real command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

KILLER = Path(__file__).parent / "crash" / "killer"
CONFIG = """\
[[watch]]
folder = {inbox!r}
settle_seconds = {settle}
{watch}
[read]
reader = "rapidocr"

[note]
group = {group!r}
burst_seconds = {burst}

[sinks.obsidian]
vault = {vault!r}
"""


class House:
    def __init__(
        self, root: Path, *, group: str = "file", settle: float = 0.0, burst: float = 120.0, watch: str = ""
    ) -> None:
        self.root = root
        self.inbox, self.vault, self.state = root / "inbox", root / "vault", root / "state"
        self.inbox.mkdir()
        (self.vault / ".obsidian").mkdir(parents=True)
        self.config = root / "config.toml"
        self.config.write_text(
            CONFIG.format(
                inbox=str(self.inbox), vault=str(self.vault), group=group, settle=settle, burst=burst, watch=watch
            )
        )

    def environment(self, kill_at: str | None = None) -> dict[str, str]:
        environment = {**os.environ, "NOTESYNCD_CONFIG": str(self.config), "NOTESYNCD_STATE_DIR": str(self.state)}
        if kill_at:
            environment |= {"KILL_AT": kill_at, "PYTHONPATH": str(KILLER)}
        return environment

    def start(self, *arguments: str, kill_at: str | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "notesyncd", *arguments],
            env=self.environment(kill_at),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, kill_at: str | None = None, expect: int | None = 0) -> str:
        process = self.start(*arguments, kill_at=kill_at)
        out, err = process.communicate(timeout=240)
        if expect is not None:
            assert process.returncode == expect, f"{arguments} ended with {process.returncode}\n{out}\n{err}"
        return out

    def status(self) -> dict:
        return json.loads(self.run("status", "--json"))

    def query(self, sql: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(f"file:{self.state / 'ledger.sqlite3'}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def integrity(self) -> str:
        return self.query("PRAGMA integrity_check")[0][0]

    def notes(self) -> list[Path]:
        return sorted(path for path in self.vault.rglob("*.md") if ".obsidian" not in path.parts)

    def marks(self) -> dict[str, list[Path]]:
        """Which mark stands in which notes."""
        found: dict[str, list[Path]] = {}
        for path in self.notes():
            for mark in set(re.findall(r"MARK \d{4} [A-Z]{5}", path.read_text())):
                found.setdefault(mark, []).append(path)
        return found

    def parked(self) -> int:
        return sum(
            self.query(f"SELECT count(*) FROM {table} WHERE state IN ('parked', 'failed')")[0][0]
            for table in ("transcription", "note", "delivery")
        )
