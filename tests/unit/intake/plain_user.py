"""Runs Python as a user without any right of root's, also where the tests themselves run as root."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
OUR_PYTHON = (sys.executable,)

# The whole way of a decoder: its modules can be read, and this Python can start another.
_PROBE = """
import subprocess, sys
import notesyncd.intake.decoder.decoder, notesyncd.intake.decoder.child
subprocess.run([sys.executable, "-c", ""], check=True)
"""


def answer_of(code: str, *arguments: object, python: tuple[str, ...] = OUR_PYTHON) -> Any:
    """Run ``code`` in a process of its own by the command ``python``; returns the JSON that it prints."""
    command = [*python, "-c", code, *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@cache
def plain_users_python() -> tuple[str, ...]:
    """Return the command that runs Python as a plain user; skips where there is none.

    Our own Python may lie where root alone may look; then the system's may do, with our libraries.
    """
    if os.geteuid() != 0:
        return OUR_PYTHON
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, to become a plain user")
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    libraries = os.pathsep.join(path for path in sys.path if path)
    for python in (
        (*become, sys.executable),
        (*become, "env", f"PYTHONPATH={libraries}", f"/usr/bin/python{version}"),
    ):
        if subprocess.run([*python, "-c", _PROBE], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("needs a Python that a plain user may run")


@contextmanager
def folder_of_plain_user() -> Iterator[Path]:
    """Make a folder that a plain user may look into; pytest's own belong to root alone."""
    with tempfile.TemporaryDirectory(prefix="notesyncd-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def give_away(*paths: Path) -> None:
    """Make files or folders belong to the plain user alone."""
    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
