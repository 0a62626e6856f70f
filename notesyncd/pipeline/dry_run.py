"""What a run would take in, and where it would send that; nothing is opened, written or asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from notesyncd.api import TransientError
from notesyncd.intake.backlog import backlog_of, in_order, is_chosen
from notesyncd.intake.sweep import FoundFile, KnownFile, compare, sweep
from notesyncd.ledger import files, folders

if TYPE_CHECKING:
    from notesyncd.ledger.store import Ledger
    from notesyncd.pipeline.services import WatchedRoot

Plan = Literal["read", "hold", "pass over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file that is new, changed or held, what would be done with it, and the sinks its note would go to."""

    path: str
    plan: Plan
    size_bytes: int
    sinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """All of it, and the folders that can't be gone through."""

    files: tuple[PlannedFile, ...]
    problems: tuple[str, ...]


def plan_run(
    roots: Sequence[WatchedRoot], ledger: Ledger | None, *, sinks: Mapping[str, bool], wall: float
) -> PlannedRun:
    """Compare the folders with what is known of them.

    Args:
        ledger: None where there is none yet.
        sinks: each configured sink, with whether it announces what it gets.
        wall: Unix time, in seconds.
    """
    planned: list[PlannedFile] = []
    problems: list[str] = []
    for root in roots:
        try:
            planned += _planned(root, ledger, sinks, wall)
        except TransientError as error:
            problems.append(str(error))
    return PlannedRun(files=tuple(planned), problems=tuple(problems))


def _planned(root: WatchedRoot, ledger: Ledger | None, sinks: Mapping[str, bool], wall: float) -> Iterator[PlannedFile]:
    name = str(root.path)
    known, undecided, seen_before = _known(ledger, name)
    walk = sweep(root.path)
    found = {file.raw_path: file for file in walk.files}
    changes = compare(found.values(), known, unreadable_folders=walk.unreadable_folders, device=walk.device)
    backlog = [found[path] for path in undecided if path in found]
    if not seen_before:
        backlog += backlog_of(changes.appeared, wall=wall)
    old = {file.raw_path for file in backlog}
    for file in (*changes.appeared, *changes.changed):
        if file.raw_path not in old:
            yield _file(name, file, "read", tuple(sinks))
    quiet = tuple(sink for sink, announces in sinks.items() if not announces or sink in root.backlog_sinks)
    for file in in_order(backlog, root.backlog_order):
        if root.backlog == "ask":
            yield _file(name, file, "hold", ())
        elif is_chosen(file, root.backlog):
            yield _file(name, file, "read", quiet)
        else:
            yield _file(name, file, "pass over", ())


def _known(ledger: Ledger | None, name: str) -> tuple[dict[bytes, KnownFile], list[bytes], bool]:
    if ledger is None:
        return {}, [], False
    with ledger.read() as connection:
        known = {path: KnownFile(*file) for path, file in files.known(connection, name).items()}
        undecided = [file.raw_path for file in folders.undecided(connection, name)]
        return known, undecided, folders.get(connection, name) is not None


def _file(root: str, file: FoundFile, plan: Plan, sinks: tuple[str, ...]) -> PlannedFile:
    path = os.path.join(root, os.fsdecode(file.raw_path))  # noqa: PTH118 - the raw name must survive
    return PlannedFile(path=path, plan=plan, size_bytes=file.size, sinks=sinks)
