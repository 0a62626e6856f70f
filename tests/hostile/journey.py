"""The daemon as a process of its own, that meets one corpus after the other, and what was seen meanwhile."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from tests.hostile.cases import ABSENT, Case, place
from tests.hostile.corpus import corpus, put_all
from tests.house import House

PATIENCE = 240.0

File = tuple[str, str | None]
"""State and reason."""


@dataclass(slots=True, kw_only=True)
class Round:
    """One corpus in a folder of its own; figures are of the daemon process alone, at rest afterwards."""

    folder: Path
    cases: list[Case]
    before: dict[bytes, str] = field(default_factory=dict)
    files: dict[bytes, File] = field(default_factory=dict)
    seconds: float = 0.0
    resident_mb: float = 0.0
    peak_mb: float = 0.0
    open_files: int = 0
    threads: int = 0

    def ended(self, case: Case) -> File:
        """Return how a case stands in the ledger."""
        return self.files.get(os.fsencode(place(self.folder, case).relative_to(self.folder)), (ABSENT, None))

    def changed(self) -> list[bytes]:
        """Return what is no longer what was put there."""
        now = {name: _fingerprint(self.folder, name) for name in self.before}
        return [name for name in self.before if now[name] != self.before[name]]


@dataclass(slots=True, kw_only=True)
class Journey:
    """All that the tests look at."""

    house: House
    pid: int
    rounds: list[Round] = field(default_factory=list)
    status: dict = field(default_factory=dict)
    died_with: int | None = None
    ended_with: int | None = None
    children_left: list[str] = field(default_factory=list)
    log: str = ""

    def problems(self, *, predictable: bool) -> list[str]:
        """Say what is wrong with how the cases ended, once for each case."""
        found: dict[str, str] = {}
        for one, case in self.cases:
            if case.predictable == predictable and (problem := case.problem(*one.ended(case))):
                found.setdefault(case.label, problem)
        return list(found.values())

    @property
    def cases(self) -> list[tuple[Round, Case]]:
        return [(one, case) for one in self.rounds for case in one.cases]


def travel(root: Path, seeds: tuple[int, ...]) -> Journey:
    """Start a daemon, let it meet a corpus a seed, and end it in order."""
    house = House(root, settle=0.2)
    log = root / "daemon.log"
    with log.open("w") as out:  # a pipe that nobody empties would stop the daemon after some hundred warnings
        command = [sys.executable, "-m", "notesyncd", "run"]
        daemon = subprocess.Popen(command, env=house.environment(), cwd=root, stdout=out, stderr=out, text=True)
    journey = Journey(house=house, pid=daemon.pid)
    try:
        _until(daemon, lambda: (house.state / "ledger.sqlite3").exists() and house.status()["daemon"]["running"])
        for seed in seeds:
            one = _put_all(house, seed, root / f"outside {seed}", once=seed == seeds[0])
            journey.rounds.append(one)
            begun = time.monotonic()
            with Watch(daemon.pid) as watch:
                _until(daemon, lambda one=one: _at_rest(house, one))
            one.seconds = time.monotonic() - begun
            time.sleep(1.5)
            one.resident_mb, one.peak_mb = watch.resident_mb(), watch.peak_mb
            one.open_files, one.threads = watch.process.num_fds(), watch.process.num_threads()
        journey.status = house.status()
        for one in journey.rounds:
            one.files = _files(house, one.folder)
        journey.died_with = daemon.poll()
        children = psutil.Process(daemon.pid).children(recursive=True)
        daemon.send_signal(signal.SIGTERM)
        journey.ended_with = daemon.wait(timeout=40)
        _, alive = psutil.wait_procs(children, timeout=3)
        journey.children_left = [str(child) for child in alive]
    finally:
        daemon.kill()
        daemon.wait()
    journey.log = log.read_text(errors="replace")
    return journey


class Watch:
    """Looks at the memory of one process, children left out, while it works."""

    def __init__(self, pid: int) -> None:
        self.process = psutil.Process(pid)
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def resident_mb(self) -> float:
        return self.process.memory_info().rss / 2**20

    def _look(self) -> None:
        while not self._over.wait(0.1):
            try:
                self.peak_mb = max(self.peak_mb, self.resident_mb())
            except psutil.NoSuchProcess:
                return


def _put_all(house: House, seed: int, outside: Path, *, once: bool) -> Round:
    """Put the files of a corpus into a folder of the inbox, in no order, a few at a time."""
    cases = [case for case in corpus(seed, outside) if once or not case.heavy]
    random.Random(seed).shuffle(cases)
    one = Round(folder=house.inbox / f"round {seed}", cases=[])
    one.folder.mkdir()
    for start in range(0, len(cases), 10):
        one.cases += put_all(cases[start : start + 10], one.folder)
        time.sleep(0.05)
    one.before = {case.name: _fingerprint(one.folder, case.name) for case in one.cases}
    return one


def _fingerprint(folder: Path, name: bytes) -> str:
    path = os.path.join(os.fsencode(folder), name)
    status = os.lstat(path)
    told = f"{stat.filemode(status.st_mode)} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
    if not stat.S_ISREG(status.st_mode) or status.st_size > 64 << 20:
        return told
    try:
        data = Path(os.fsdecode(path)).read_bytes()
    except PermissionError:
        return told
    return f"{told} {hashlib.sha256(data).hexdigest()}"


def _files(house: House, folder: Path) -> dict[bytes, File]:
    below = os.fsencode(folder.relative_to(house.inbox)) + b"/"
    rows = house.query("SELECT raw_path, state, reason FROM source_file")
    return {path.removeprefix(below): (state, reason) for path, state, reason in rows if path.startswith(below)}


def _at_rest(house: House, one: Round) -> bool:
    """Tell whether each file of the round was looked at, and all that came of it is read and delivered."""
    files = _files(house, one.folder)
    expected = [case.name for case in one.cases if not case.never_opened]
    if any(files.get(name, ("settling", None)) == ("settling", None) for name in expected):
        return False
    undone = "SELECT count(*) FROM {} WHERE state IN ('queued', 'running')"
    return not any(house.query(undone.format(table))[0][0] for table in ("transcription", "note", "delivery"))


def _until(daemon: subprocess.Popen[str], condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert daemon.poll() is None, f"the daemon ended with {daemon.returncode}"
        assert time.monotonic() < end, "it did not come to rest in time"
        time.sleep(0.3)
