"""How much memory another process really holds."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process; None if it is gone or the system does not tell."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError, IndexError):
        return _by_proc(pid) if sys.platform == "linux" else _by_ps(pid)
    return None


def _by_proc(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _by_ps(pid: int) -> int:
    command = ["/bin/ps", "-o", "rss=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603 - a number
    return int(answer.stdout) * 1024
