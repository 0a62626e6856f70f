"""Real mounts for tests; a test that asks for one where none can be made is skipped with the reason."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.system import far_folder


@contextmanager
def mounted_tmpfs(folder: Path, options: str = "size=64m") -> Iterator[None]:
    """Mount an empty file system in memory on ``folder``, which is made; whatever is mounted there ends with it."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux, to mount a file system")
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "none", folder]
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def mounted_far_folder(folder: Path, file: bytes | None = None) -> Iterator[str]:
    """Mount what ``far_folder`` serves, empty or with one file; yields how the system calls the file system."""
    if sys.platform != "linux" or os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("needs root and FUSE of Linux")
    folder.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, far_folder.__file__, folder, *([file] if file else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            if server.stdout.readline() != b"mounted\n":
                pytest.skip(f"needs the right to mount: {server.stderr.read().decode().strip()}")
            yield far_folder.KIND
        finally:
            server.kill()
            subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)
