"""Progress of pages being read, from counts that come now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from notesyncd.cli.progress import progress


@contextmanager
def pages_progress(*, quiet: bool) -> Iterator[Callable[[Mapping[str, int]], None] | None]:
    """Give a function that is told how many pages are read, of how many."""
    if quiet:
        yield None
        return
    with progress("reading pages") as bar:
        yield lambda counted: bar.update(counted["read"], counted["pages"])
