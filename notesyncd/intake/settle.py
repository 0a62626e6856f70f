"""When a file has been left alone for long enough to be opened: a pure rule, without clock or thread."""

from __future__ import annotations

from dataclasses import dataclass

from notesyncd.intake.sweep import FileIdentity, FoundFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """A file between two looks.

    Attributes:
        identity: as it was seen last.
        settled: it has been quiet for the whole settling time.
        look_again: reading of the caller's monotonic clock at which it is settled, unless it changes before.
    """

    identity: FileIdentity
    settled: bool
    look_again: float


def settle(
    before: Settling | None,
    found: FoundFile,
    *,
    monotonic: float,
    wall: float,
    settle_seconds: float,
    hinted: bool = False,
    believe_times: bool = True,
) -> Settling:
    """Take one more look at a file into account.

    A file is settled when its identity stayed equal, and no event named it, for ``settle_seconds``. At the very first
    look that was not brought about by an event, its own times are believed as well: what was last changed (mtime and
    ctime, so neither a copy nor a rename that keeps the mtime deceives) that long ago is settled at once. Times in the
    future prove nothing, and those of another machine (a network folder) nothing either.

    Args:
        before: what this function returned at the last look; None at the first one.
        found: the file as it stands now.
        monotonic: reading of a clock that never jumps, in seconds.
        wall: Unix time, in seconds.
        settle_seconds: how long a file must be left alone.
        hinted: an event named the file since the last look.
        believe_times: the file's times are of this machine's clock; else two equal looks are asked for.
    """
    if before is None:
        age = wall - max(found.mtime_ns, found.ctime_ns) / 1e9
        quiet = believe_times and not hinted and age >= settle_seconds
        look_again = monotonic if quiet else monotonic + settle_seconds
    elif hinted or before.identity != found.identity:
        look_again = monotonic + settle_seconds
    else:
        look_again = before.look_again
    return Settling(identity=found.identity, settled=monotonic >= look_again, look_again=look_again)
