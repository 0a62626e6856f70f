"""Checks of the folders that the configuration names: they are there, and none feeds what comes out back in."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from notesyncd.config.paths import STATE_VARIABLE, StatePaths
from notesyncd.config.problems import Problem, did_you_mean
from notesyncd.config.schema import Config


def folder_problems(config: Config, *, seen_before: Collection[str] = ()) -> Iterator[Problem]:
    """Find what keeps a daemon from watching: no folder at all, or one that isn't there and never was.

    One of ``seen_before`` that is missing now will be back: its disk is not mounted, or it is being replaced.
    """
    if not config.watch:
        yield Problem(key=("watch",), message='no folder is watched; add [[watch]] and below it folder = "…"')
    for number, watch in enumerate(config.watch):
        key = ("watch", number, "folder")
        if not watch.folder.exists() and str(watch.folder) in seen_before:
            continue
        if not watch.folder.exists():
            message = f"the folder {watch.folder} does not exist; make it: mkdir -p '{watch.folder}'"
            yield Problem(key=key, message=f"{message} (or mount the disk it is on)")
        elif not watch.folder.is_dir():
            yield Problem(key=key, message=f"{watch.folder} is a file; name a folder")


def loop_problems(config: Config, sinks: Mapping[str, BaseModel], state: StatePaths) -> Iterator[Problem]:
    """Find folders that would feed notesyncd its own output, or a page twice."""
    roots = [watch.folder for watch in config.watch]
    for number, watch in enumerate(config.watch):
        root = watch.folder
        key = ("watch", number, "folder")
        others = [other for other in roots[:number] if is_inside(root, other) or is_inside(other, root)]
        if others:
            yield Problem(key=key, message=f"{root} and {others[0]}, watched too, are one inside the other; keep one")
        if is_inside(state.root, root) or is_inside(root, state.root):
            message = f"{root} and notesyncd's own folder {state.root} are one inside the other"
            yield Problem(key=key, message=f"{message}; watch another folder, or set {STATE_VARIABLE}")
        if watch.move_to is not None and any(is_inside(watch.move_to, other) for other in roots):
            message = f"{watch.move_to} is inside a watched folder, so that what is moved there would be read again"
            yield Problem(key=("watch", number, "move_to"), message=f"{message}; name a folder beside it")
    for name, settings in sinks.items():
        for setting, value in settings:
            if isinstance(value, Path) and not value.is_file() and any(is_inside(value, root) for root in roots):
                message = f"{value} is inside a watched folder, so that what is written there would be read as pages"
                yield Problem(key=("sinks", name, setting), message=f"{message}; keep them apart")


def backlog_sink_problems(config: Config, sinks: Collection[str]) -> Iterator[Problem]:
    """Find names of sinks that there are none of."""
    for number, watch in enumerate(config.watch):
        for place, name in enumerate(watch.backlog_sinks):
            if name not in sinks:
                message = f"no sink of this name is configured{did_you_mean(name, sinks)}"
                yield Problem(key=("watch", number, "backlog_sinks", place), message=message)


def is_inside(path: Path, folder: Path) -> bool:
    """Say whether ``path`` is ``folder`` or lies below it, also by way of links or of another spelling of a name."""
    real = Path(os.path.realpath(path))
    return any(_is_same(place, folder) for place in (real, *real.parents))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == Path(os.path.realpath(other))
