"""Linux calls that Python 3.11 has no name for; each raises OSError where the kernel refuses."""

from __future__ import annotations

import ctypes
import errno
import os

_CAPABILITY_VERSION = 0x20080522  # linux/capability.h: 64 bits, in two halves


def prctl(option: int, first: int, second: int = 0) -> None:
    """Set something for this thread, and for all that it starts (prctl(2))."""
    _call("prctl", *map(ctypes.c_ulong, (option, first, second, 0, 0)))


def unshare(namespaces: int) -> None:
    """Leave namespaces for new ones (unshare(2)); a new user namespace needs a process of one thread."""
    _call("unshare", ctypes.c_int(namespaces))


def effective_capabilities() -> int:
    """Return what this thread may do of what else only root may, as a bit mask (capabilities(7))."""
    halves = _capabilities()
    return halves[0] | halves[3] << 32


def keep_capabilities(mask: int) -> None:
    """Give up every capability, for good, that is not in ``mask``."""
    halves = _capabilities()
    for half, kept in ((0, mask & 0xFFFFFFFF), (3, mask >> 32)):
        halves[half] &= kept
        halves[half + 1] &= kept  # permitted
        halves[half + 2] = 0  # inheritable
    _call("capset", _capability_header(), halves)


def _capabilities() -> ctypes.Array[ctypes.c_uint32]:
    halves = (ctypes.c_uint32 * 6)()
    _call("capget", _capability_header(), halves)
    return halves


def _capability_header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)


def _call(name: str, *arguments: object) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        raise OSError(errno.ENOSYS, f"the C library has no {name}")
    if function(*arguments):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
