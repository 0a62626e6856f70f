"""How much memory another process really holds."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import subprocess
import sys
from pathlib import Path

# <libproc.h>, <sys/resource.h> of macOS: rusage_info_v0 is a UUID of 16 bytes and ten numbers of 64 bits, of which the
# eighth is the footprint.
_RUSAGE_INFO_V0 = 0
_RUSAGE_BYTES, _FOOTPRINT_AT = 16 + 10 * 8, 16 + 7 * 8


def resident_bytes(pid: int) -> int | None:
    """Return the memory that a process holds; None if it is gone or the system does not tell.

    Linux: its resident memory. macOS: its footprint, which counts what it holds for the GPU too; resident memory does
    not.
    """
    for ask in (_by_proc,) if sys.platform == "linux" else (_by_footprint, _by_ps):
        with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError, IndexError, AttributeError):
            return ask(pid)
    return None


def _by_proc(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _by_footprint(pid: int) -> int:
    answer = ctypes.create_string_buffer(_RUSAGE_BYTES)
    if ctypes.CDLL("/usr/lib/libproc.dylib").proc_pid_rusage(pid, _RUSAGE_INFO_V0, answer) != 0:
        raise ProcessLookupError(pid)
    return int(struct.unpack_from("=Q", answer, _FOOTPRINT_AT)[0])


def _by_ps(pid: int) -> int:
    command = ["/bin/ps", "-o", "rss=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603 - a number
    return int(answer.stdout) * 1024
