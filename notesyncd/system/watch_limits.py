"""How many folders this user may watch, and how many we really watch: a watch too many is refused in silence."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# The second one is that of the user namespace (containers); the smaller of the two holds.
_LIMITS = (Path("/proc/sys/fs/inotify/max_user_watches"), Path("/proc/sys/user/max_inotify_watches"))


def watch_limit() -> int | None:
    """Return how many folders this user may watch, all his programs together; None where there is no inotify."""
    limits = []
    for file in _LIMITS:
        with suppress(OSError):
            limits.append(int(file.read_text(encoding="ascii")))
    return min(limits, default=None)


def inotify_descriptors() -> set[int]:
    """Return the descriptors of this process that are inotify's; none where there is no inotify."""
    found = set()
    with suppress(OSError):
        for link in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # closed since it was listed
                if str(link.readlink()) == "anon_inode:inotify":
                    found.add(int(link.name))
    return found


def watches_held(descriptors: Iterable[int]) -> int:
    """Count the folders and files that these inotify descriptors watch now; one that is closed watches nothing.

    A watch ends with what it watches: once a file system is unmounted, none of those on it is left.
    """
    held = 0
    for descriptor in descriptors:
        with suppress(OSError):
            facts = Path(f"/proc/self/fdinfo/{descriptor}").read_bytes()
            held += sum(line.startswith(b"inotify wd:") for line in facts.splitlines())
    return held
