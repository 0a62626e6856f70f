"""A reader process ends with the daemon, also in the middle of a page and however the daemon ended."""

from __future__ import annotations

import os
import threading
import time

PARENT = "NOTESYNCD_PARENT"
"""Variable of the environment: the process that the reader process ends with."""

_LOOK_SECONDS = 0.5


def end_with_parent() -> None:
    """Start a thread that ends this process once its parent is gone; at once, if it went while Python started.

    The kernel's own signal for that (Linux, PR_SET_PDEATHSIG) comes when the *thread* ends that started the process,
    and macOS has none; so the parent's number is looked at. Runtimes let go of Python's lock while they compute.
    """
    parent = int(os.environ[PARENT])

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)  # the main thread may be deep in a library

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
