"""Progress of pages being read, from counts that come now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from notesyncd.cli.amounts import duration
from notesyncd.cli.progress import progress


@contextmanager
def pages_progress(*, quiet: bool) -> Iterator[Callable[[Mapping[str, int | None]], None] | None]:
    """Give a function that is told how many pages are read, of how many, and about how long the others take."""
    if quiet:
        yield None
        return
    with progress("reading pages") as bar:

        def show(counted: Mapping[str, int | None]) -> None:
            left = counted["seconds_left"]
            bar.update(counted["read"] or 0, counted["pages"], note=f"about {duration(left)} left" if left else "")

        yield show
