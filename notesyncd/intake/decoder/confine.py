"""What the decoder process gives up before it sees the first file, and which of it the system really takes away.

A limit that does not hold stops nobody's work: it is told, and ``doctor`` shows it. What was readable before stays
readable, for a plain user and for root.

PR_SET_PDEATHSIG is left out on purpose: it fires when the *thread* ends that started the process, and the daemon's
threads come and go. Without it the child ends all the same, when its stdin does.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from notesyncd.intake.decoder import kernel
from notesyncd.intake.decoder.limits import ADDRESS_SPACE_BYTES
from notesyncd.intake.decoder.system_calls import refuse_system_calls

Confinement = Mapping[str, str | None]
"""Each limit by its name for people, with the reason why it does not hold; None where it holds."""

_OPEN_FILES = 32
"""Three pipes, the file, and what a library opens beside it (fonts, the list of mounts): fewer than ten were seen."""

_START_SECONDS = 60.0

# linux/sched.h, linux/prctl.h, linux/capability.h
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_ANY_FILE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: root reads other people's files by these
_LEASE = 1 << 28  # CAP_LEASE: and asks for leases on them

_NOT_HERE = "the system has no such limit"


def confine() -> dict[str, str | None]:
    """Give up, for good, what decoding does not need; returns a ``Confinement``.

    MUST be called while the process has one thread, and before it opens a file of somebody else's.
    """
    rights = _reading_rights()
    return {
        "memory": _tried(_limit_memory),
        "processor time": _tried(lambda: grant_processor_time(_START_SECONDS)),
        "written files": _tried(lambda: _limit(resource.RLIMIT_FSIZE, 0)),
        "open files": _tried(lambda: _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)),
        "core dumps": _tried(lambda: _limit(resource.RLIMIT_CORE, 0)),
        "end before others when memory is short": _tried(_volunteer),
        **_shut_off(),
        "rights": _tried(lambda: _keep_rights(rights)),
    }


def grant_processor_time(seconds: float) -> None:
    """Let this process use so much more processor time, all threads together; then the kernel ends it."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most))


def _tried(step: Callable[[], None]) -> str | None:
    try:
        step()
    except (OSError, ValueError) as error:  # ValueError: setrlimit beyond what the process is allowed
        return getattr(error, "strerror", None) or str(error)
    return None


def _limit(what: int, most: int) -> None:
    _, allowed = resource.getrlimit(what)
    least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (least, least))


def _limit_memory() -> None:
    if sys.platform == "darwin":
        raise OSError("macOS does not enforce it; the daemon looks at the memory four times a second instead")
    _limit(resource.RLIMIT_AS, ADDRESS_SPACE_BYTES)


def _volunteer() -> None:
    """Ask the kernel to end this process first when memory runs out."""
    if sys.platform != "linux":
        raise OSError(_NOT_HERE)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _shut_off() -> dict[str, str | None]:
    """Take away the network and other programs: by an empty network of one's own, and by refusing system calls."""
    if sys.platform != "linux":
        return dict.fromkeys(("network", "other programs"), _NOT_HERE)
    own_network = _tried(_leave_network)
    refused = _tried(_refuse_system_calls)
    return {"network": own_network and refused and f"{own_network}; {refused}", "other programs": refused}


def _leave_network() -> None:
    """Move to a network without any device, as root or inside a user namespace of one's own.

    Root would lose its right to read other people's files inside such a namespace, so it does without.
    """
    try:
        kernel.unshare(_NEW_NETWORK)
    except OSError:
        if kernel.effective_capabilities() & _ANY_FILE:
            raise
        kernel.unshare(_NEW_USER | _NEW_NETWORK)


def _refuse_system_calls() -> None:
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    refuse_system_calls()


def _reading_rights() -> int:
    """Return which rights of root this process reads files by; ask before a new namespace seems to give it all."""
    if sys.platform == "linux":
        with suppress(OSError):
            return kernel.effective_capabilities() & (_ANY_FILE | _LEASE)
    return 0


def _keep_rights(rights: int) -> None:
    """Keep, of all that root may do and others not, only what reading files takes."""
    if sys.platform == "linux":
        kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
        kernel.keep_capabilities(rights)
    elif os.geteuid() == 0:
        raise OSError("it runs as root")
