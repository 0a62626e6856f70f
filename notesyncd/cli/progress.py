"""Progress on stderr: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from notesyncd.cli.output import console, is_terminal, printable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_PAUSE = 5.0  # seconds between two plain lines: a log stays short, and a person sees that it goes on


class Progress(Protocol):
    """How far a piece of work is; told from one thread."""

    def update(self, done: int, total: int | None = None, *, note: str = "") -> None:
        """Say that ``done`` of ``total`` (None: not known) is done, and, as ``note``, what is being done."""


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show how far a piece of work is, in the way that fits stderr, while the ``with`` block runs."""
    if is_terminal(sys.stderr):
        with _bar(title) as bar:
            yield bar
        return
    lines = ProgressLines(title, sys.stderr)
    try:
        yield lines
    finally:
        lines.show()


class ProgressLines:
    """Prints a line when something changed, at most every few seconds; ``show`` prints the last state at the end."""

    def __init__(self, title: str, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._stream = stream
        self._clock = clock
        self._shown_at = clock()
        self._line = self._shown = ""

    def update(self, done: int, total: int | None = None, *, note: str = "") -> None:
        """Note the state, and print it if the last line is old enough."""
        count = f"{done}" if total is None else f"{done} of {total}"
        self._line = f"{self._title}: {count}{f' ({_on_one_line(note)})' if note else ''}"
        if self._clock() - self._shown_at >= _PAUSE:
            self.show()

    def show(self) -> None:
        """Print the state, if it is not the one last printed."""
        self._shown_at = self._clock()
        if self._line != self._shown:
            self._shown = self._line
            print(self._line, file=self._stream, flush=True)


class _Bar:
    def __init__(self, bar: RichProgress, title: str) -> None:
        self._bar = bar
        self._task = bar.add_task(title, total=None, note="")

    def update(self, done: int, total: int | None = None, *, note: str = "") -> None:
        self._bar.update(self._task, completed=done, total=total, note=_on_one_line(note))


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich import progress as rich

    with rich.Progress(
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeRemainingColumn(),
        rich.TextColumn("{task.fields[note]}", markup=False),
        console=console(stderr=True),
    ) as bar:
        yield _Bar(bar, title)


def _on_one_line(text: str) -> str:
    return printable(text).replace("\n", " ")
