"""A file that another program has open for writing is found out, without harm to that program or to us."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notesyncd.intake.writer import has_writer
from tests.unit.intake.plain_user import answer_of, folder_of_plain_user, plain_users_python

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells by a lease")

APPENDS = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
READS = "import sys; file = open(sys.argv[1], 'rb'); print('open', flush=True); sys.stdin.read()"
MAPS = """
import mmap, sys
with open(sys.argv[1], "r+b") as file:
    view = mmap.mmap(file.fileno(), 0)
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_program(code: str, path: Path) -> Iterator[None]:
    """Run a process that holds ``path`` open until the block ends, and see it end in peace."""
    process = subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
    assert process.returncode == 0


def asked(path: Path) -> bool | None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return has_writer(descriptor)
    finally:
        os.close(descriptor)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.jpg"
    path.write_bytes(b"x" * 5000)
    return path


@linux_only
@pytest.mark.parametrize("code", [APPENDS, MAPS], ids=["open", "mapped"])
def test_a_writer_is_seen_for_as_long_as_it_writes(scan: Path, code: str) -> None:
    assert asked(scan) is False
    with another_program(code, scan):
        assert asked(scan) is True
    assert asked(scan) is False


@linux_only
def test_readers_are_no_writers(scan: Path) -> None:
    with another_program(READS, scan):
        assert asked(scan) is False


@linux_only
def test_the_lease_is_given_back(scan: Path) -> None:
    """Else the writer would have to wait for us: 45 seconds."""
    descriptor = os.open(scan, os.O_RDONLY)
    assert has_writer(descriptor) is False
    writer = os.open(scan, os.O_WRONLY | os.O_NONBLOCK)
    os.close(writer)
    os.close(descriptor)


@linux_only
def test_of_other_peoples_files_nothing_is_told() -> None:
    code = """
import json, os, sys
from notesyncd.intake.writer import has_writer
print(json.dumps(has_writer(os.open(sys.argv[1], os.O_RDONLY))))
"""
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a file of somebody else's")
    with folder_of_plain_user() as folder:
        path = folder / "scan.jpg"
        path.write_bytes(b"x")
        path.chmod(0o644)
        assert answer_of(code, path, python=plain_users_python()) is None


STRIVES = """
import json, os, signal, subprocess, sys, time
from notesyncd.intake.writer import has_writer
if sys.argv[2] == "ignoring":
    signal.signal(signal.SIGIO, signal.SIG_IGN)
descriptor = os.open(sys.argv[1], os.O_RDONLY)
writes = "import sys, time; end = time.time() + 1.5\\nwhile time.time() < end: open(sys.argv[1], 'ab').close()"
seen = set()
with subprocess.Popen([sys.executable, "-c", writes, sys.argv[1]]) as writer:
    while writer.poll() is None:
        seen.add(has_writer(descriptor))
assert writer.returncode == 0
print(json.dumps(sorted(seen)))
"""


@linux_only
def test_a_writer_that_comes_at_that_very_moment_harms_nobody(scan: Path) -> None:
    """The kernel's signal for it would end us, were it not ignored: that is why the caller must do so."""
    assert answer_of(STRIVES, scan, "ignoring") == [False, True]


if sys.platform != "linux":

    def test_nothing_is_told_here(scan: Path) -> None:
        assert asked(scan) is None
