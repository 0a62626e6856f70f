"""A real daemon under fault: started, waited for, asked; what it says lies in a file, for nobody drains a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.tiny import Drops
from tests.house import House

PATIENCE = 60.0
UNSOUND = {"held", "incomplete", "unreadable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A daemon that runs, and the house it works in."""

    house: House
    process: subprocess.Popen[bytes]
    log: Path

    def until(
        self, condition: Callable[[], object], what: str, *, seconds: float = PATIENCE, every: float = 0.05
    ) -> float:
        """Wait for ``condition``, asked ``every`` so many seconds; returns how many seconds that took."""
        begin = time.monotonic()
        while not condition():
            waited = time.monotonic() - begin
            assert self.process.poll() is None, f"the daemon ended\n{self.log.read_text()}"
            assert waited < seconds, f"{what}: not within {seconds} s\n{self._told()}"
            time.sleep(every)
        return time.monotonic() - begin

    def registered(self, path: Path) -> bool:
        """Tell whether the file at ``path`` was taken in."""
        return self._row(path) == ("registered",)

    def takes_in(self, path: Path, *, seconds: float = PATIENCE) -> float:
        """Wait until the file at ``path`` is taken in; returns how many seconds that took."""
        return self.until(lambda: self.registered(path), f"{path} registered", seconds=seconds)

    def folder(self, root: Path) -> dict:
        """Return what ``notesyncd status --json`` says of a watched folder."""
        return next(folder for folder in self.house.status()["folders"] if folder["path"] == str(root))

    def becomes(self, root: Path, **wanted: str) -> dict:
        """Wait until the status of ``root`` is as wanted; returns it."""
        self.until(lambda: wanted.items() <= self.folder(root).items(), f"{root} is {wanted}")
        return self.folder(root)

    def states(self) -> Counter[str]:
        """Count the files by state."""
        return Counter(dict(self.house.query("SELECT state, count(*) FROM source_file GROUP BY state")))

    def _row(self, path: Path) -> tuple[str] | None:
        raw = os.fsencode(path)
        rows = self.house.query("SELECT root, raw_path, state FROM source_file")
        return next(((state,) for root, name, state in rows if os.path.join(os.fsencode(root), name) == raw), None)

    def _told(self) -> str:
        return f"{self.states()}\n{self.folder(self.house.inbox)}\n{self.log.read_text()[-4000:]}"


@contextmanager
def running(house: House, command: Sequence[str] = (sys.executable, "-m", "notesyncd", "run")) -> Iterator[Running]:
    """Run the daemon by ``command`` until the block ends; begins once every watched folder was gone through."""
    log = house.root / "daemon.log"
    with log.open("ab") as told:
        process = subprocess.Popen(
            [*command], env=house.environment(), cwd=house.root, stdout=subprocess.DEVNULL, stderr=told
        )
    daemon = Running(house=house, process=process, log=log)
    roots = house.config.read_text().count("[[watch]]")
    try:
        daemon.until((house.state / "ledger.sqlite3").exists, "a ledger")
        daemon.until(lambda: _seen(house) == roots, "every folder was seen")
        yield daemon
    finally:
        process.kill()
        process.wait()


def _seen(house: House) -> int:
    if not house.query("SELECT name FROM sqlite_master WHERE name = 'watched_folder'"):
        return 0
    return house.query("SELECT count(*) FROM watched_folder")[0][0]


def set_up(house: House, *, watch: Sequence[Mapping[str, object]], rescan_seconds: float | None = None) -> None:
    """Write other watched folders into the configuration, each with its settings."""
    text = house.config.read_text()
    rest = text[text.index("[read]") :]
    blocks = ["[[watch]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in one.items()) for one in watch]
    rescan = f"[daemon]\nrescan_seconds = {rescan_seconds}\n\n" if rescan_seconds else ""
    house.config.write_text("\n".join(blocks) + "\n" + rescan + rest)


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, (str, Path)) else str(value)


def assert_each_once(daemon: Running, drops: Drops, *, besides: set[str] = frozenset()) -> None:
    """Every picture that stands was taken in: one row, one scan, one page, one note; and no file is in doubt.

    Args:
        besides: states in which other files, that stand no more, may be.
    """
    house = daemon.house
    rows = Counter()
    digests = {}
    for root, name, state, digest in house.query("SELECT root, raw_path, state, digest FROM source_file"):
        assert state in {"registered", *besides}, (name, state)
        path = Path(root) / os.fsdecode(name)
        rows[path] += 1
        if state == "registered":
            digests[path] = digest
    standing = drops.standing()
    assert digests == standing, f"{digests.items() ^ standing.items()}\n{daemon.log.read_text()}"
    assert set(rows.values()) <= {1}
    scans = Counter(digest for (digest,) in house.query("SELECT scan_digest FROM scan_page"))
    notes = Counter(digest for (digest,) in house.query("SELECT scan_digest FROM note_page"))
    for digest in digests.values():
        assert (scans[digest], notes[digest]) == (1, 1)
    pages = house.query("SELECT count(*), count(DISTINCT page_id) FROM scan_page")[0]
    assert pages == (len(scans), len(scans))
