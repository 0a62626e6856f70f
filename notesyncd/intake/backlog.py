"""Files that lay in a folder before notesyncd first saw it: which they are, what may be chosen, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

MOST_AT_ONCE = 50
"""So many old files are taken in unasked; more of them may be an archive that nobody wants read in one go."""

OLD_SECONDS = 600.0
"""What was changed later than that was put there now, not long ago."""

BacklogChoice = Literal["ask", "all", "none"] | date
"""``ask``: hold the files until a person chooses; a date: read what was last changed on that day or later."""

BacklogOrder = Literal["newest", "oldest", "name"]


class Dated(Protocol):
    """A file with a name and a time (Unix time in nanoseconds)."""

    @property
    def raw_path(self) -> bytes:
        """Path below the root."""

    @property
    def mtime_ns(self) -> int:
        """When it was last changed."""


_File = TypeVar("_File", bound=Dated)


def parse_choice(text: str) -> BacklogChoice:
    """Return the choice that ``text`` names.

    Raises:
        ValueError: if it is none.
    """
    match text:
        case "ask" | "all" | "none":
            return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is none of: ask, all, none, or a date such as 2026-01-31") from None


def backlog_of(files: Iterable[_File], *, wall: float) -> tuple[_File, ...]:
    """Return the old ones among the files of a folder that is seen for the first time; ``()`` where they are few.

    Their modification times count, which copying programs keep: a folder that was just filled from an archive is as
    much a backlog as one that has been lying there.
    """
    old = tuple(file for file in files if wall - file.mtime_ns / 1e9 > OLD_SECONDS)
    return old if len(old) > MOST_AT_ONCE else ()


def is_chosen(file: Dated, choice: BacklogChoice) -> bool:
    """Tell whether a file of the backlog is to be read."""
    if isinstance(choice, date):
        return datetime.fromtimestamp(file.mtime_ns / 1e9).date() >= choice  # noqa: DTZ006 - the user's own calendar
    return choice == "all"


def in_order(files: Sequence[_File], order: BacklogOrder) -> list[_File]:
    """Return the files in the order in which they are to be read."""
    if order == "name":
        return sorted(files, key=lambda file: file.raw_path)
    return sorted(files, key=lambda file: (file.mtime_ns, file.raw_path), reverse=order == "newest")
