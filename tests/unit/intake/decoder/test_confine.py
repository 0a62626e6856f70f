"""A decoder that a hostile file has taken over reaches no network, no other program and no file to write."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notesyncd.intake.decoder.limits import ADDRESS_SPACE_BYTES
from notesyncd.intake.decoder.process import DecoderProcess
from tests.unit.intake.plain_user import OUR_PYTHON, answer_of, folder_of_plain_user, give_away, plain_users_python

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="macOS keeps fewer limits")
root_only = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to take away some of its rights"
)

# What a program could do that took the decoder over; each answer is an error's name, or what it got.
MISDEEDS = """
import ctypes, errno, json, os, platform, socket, sys
from notesyncd.intake.decoder.confine import confine

libc, taken = ctypes.CDLL(None, use_errno=True), []

def tried(misdeed):
    try:
        return str(misdeed())
    except OSError as error:
        return errno.errorcode[error.errno]
    except MemoryError:
        return "MemoryError"

def written():
    with open(sys.argv[1], "wb") as file:
        file.write(b"x")

def appended():
    with open(sys.argv[2], "ab") as file:
        file.write(b"x")

def called(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")

misdeeds = {
    "internet": lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
    "loopback": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), timeout=1),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "new file": written,
    "old file": appended,
    "program": lambda: os.execv(sys.executable, [sys.executable, "-c", "print('{}')"]),
    "many files": lambda: [taken.append(open(os.devnull)) for _ in range(40)],
    "memory": lambda: len(bytearray(int(sys.argv[4]))),
    "another's memory": lambda: called({"x86_64": 101, "aarch64": 117}[platform.machine()], 0, 0, 0, 0),  # ptrace
    "ring": lambda: called(425, 4, ctypes.create_string_buffer(120)),  # io_uring_setup
}
limits = confine()
print(json.dumps({"limits": limits, **{name: tried(misdeed) for name, misdeed in misdeeds.items()}}))
"""

# Makes the kernel refuse some system calls to a program and to all that it starts.
REFUSING = """
import os, platform, sys
from notesyncd.intake.decoder import kernel, system_calls
x86 = platform.machine() == "x86_64"
numbers = {"unshare": 272 if x86 else 97, "prctl": 157 if x86 else 167}
system_calls._REFUSED = {0xC000003E if x86 else 0xC00000B7: tuple(numbers[name] for name in sys.argv[1].split(","))}
kernel.prctl(38, 1)
system_calls.refuse_system_calls()
os.execv(sys.argv[2], sys.argv[2:])
"""

# Without the right to make a network of its own, without a namespace, or as root in a container has it.
WITHOUT_NAMESPACES = (
    *("unshare", "--user", "--map-root-user", "sh", "-c"),
    'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
    "sh",
)
CONTAINERS_ROOT = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all")


def python_behind(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return what runs Python behind ``command``, which takes rights away; skips where that can't be done."""
    python = (*command, *OUR_PYTHON)
    probe = subprocess.run([*python, "-c", ""], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"needs the right to give up rights: {probe.stderr.strip()}")
    return python


@pytest.fixture
def listening() -> Iterator[int]:
    """Yield a port on which somebody really answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def misdeeds(port: int, python: tuple[str, ...]) -> dict[str, str]:
    with folder_of_plain_user() as folder:
        old = folder / "old"
        old.write_bytes(b"old")
        give_away(folder, old)
        answer: dict[str, str] = answer_of(MISDEEDS, folder / "new", old, port, ADDRESS_SPACE_BYTES, python=python)
        assert old.read_bytes() == b"old"
    return answer


@linux_only
@pytest.mark.parametrize("who", ["as we are", "plain user", "root of a container", "without namespaces"])
def test_nothing_but_reading_is_left(listening: int, who: str) -> None:
    python = OUR_PYTHON
    if who == "plain user":
        python = plain_users_python()
    elif who == "root of a container":
        python = python_behind(CONTAINERS_ROOT)
    elif who == "without namespaces":
        python = python_behind(WITHOUT_NAMESPACES)
    answer = misdeeds(listening, python)
    limits = answer.pop("limits")
    assert list(limits.values()) == [None] * 9, limits
    assert answer.pop("new file") in {"EFBIG", "EACCES"}
    assert answer.pop("old file") in {"EFBIG", "EACCES"}
    assert answer.pop("many files") == "EMFILE"
    assert answer.pop("memory") == "MemoryError"
    assert answer == dict.fromkeys(
        ("internet", "loopback", "unix socket", "program", "another's memory", "ring"), "EPERM"
    )


@linux_only
def test_the_network_is_empty_even_without_the_refused_calls() -> None:
    code = """
import json, os, socket
from notesyncd.intake.decoder import confine, kernel
confine._leave_network()
sockets = socket.socket()
try:
    sockets.connect(("192.0.2.1", 80))
except OSError as error:
    print(json.dumps([os.readlink("/proc/self/ns/net"), error.errno]))
"""
    for python in (OUR_PYTHON, plain_users_python()):
        network, error = answer_of(code, python=python)
        assert network != os.readlink("/proc/self/ns/net")
        assert error == errno.ENETUNREACH


@linux_only
@pytest.mark.parametrize(
    ("refused", "missing"),
    [
        ("unshare", set()),
        ("prctl", {"other programs", "rights"}),
        ("unshare,prctl", {"network", "other programs", "rights"}),
    ],
)
def test_what_does_not_hold_is_told(refused: str, missing: set[str]) -> None:
    code = "import json; from notesyncd.intake.decoder.confine import confine; print(json.dumps(confine()))"
    limits = answer_of(code, python=(*OUR_PYTHON, "-c", REFUSING, refused, *OUR_PYTHON))
    assert {name for name, reason in limits.items() if reason is not None} == missing
    assert all("not permitted" in limits[name] for name in missing)


@linux_only
def test_processor_time_is_granted_step_by_step() -> None:
    """Three steps of 0.7 s each are within one second a step; a step without end is ended."""
    code = """
import time
from notesyncd.intake.decoder.confine import confine, grant_processor_time
def work(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
confine()
for step in range(3):
    grant_processor_time(1)
    work(0.7)
print("steps done", flush=True)
work(5)
print("never ended", flush=True)
"""
    answer = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=60)
    assert answer.stdout == b"steps done\n"
    assert answer.returncode == -24  # SIGXCPU


@linux_only
def test_the_decoder_is_confined_before_it_is_asked_anything() -> None:
    child = DecoderProcess()
    try:
        process = Path(f"/proc/{child.pid}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        assert list(child.confinement.values()) == [None] * 9
        assert (process / "oom_score_adj").read_text() == "1000\n"
        assert (process / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
        assert int(status["CapEff"], 16) & ~0x10000006 == 0
        assert int(status["SigIgn"], 16) & 1 << 28  # SIGIO, which has_writer may bring about
        held = len(list((process / "fd").iterdir()))
        assert held < 10
    finally:
        child.close()


INSPECTS = """
import json, sys
from pathlib import Path
from notesyncd.intake.decoder.decoder import Decoder
with Decoder() as decoder:
    decoded = decoder.inspect(Path(sys.argv[1]))
    decoder.pixels(Path(sys.argv[1]), 1, page_id=decoded.pages[0].page.id)
print(json.dumps(decoded.media_type))
"""


@pytest.mark.parametrize("name", ["jpeg", "heic", "pdf"])
def test_a_plain_user_decodes_what_is_readable_for_nobody_else(
    whole_files: dict[str, tuple[str, bytes]], name: str
) -> None:
    with folder_of_plain_user() as folder:
        path = folder / "scan"
        path.write_bytes(whole_files[name][1])
        give_away(folder, path)
        assert answer_of(INSPECTS, path, python=plain_users_python()) == whole_files[name][0]


@root_only
@pytest.mark.parametrize("command", [(), CONTAINERS_ROOT], ids=["root", "root of a container"])
def test_root_still_reads_other_peoples_files(
    whole_files: dict[str, tuple[str, bytes]], command: tuple[str, ...]
) -> None:
    """Inside a user namespace of its own root could not."""
    with folder_of_plain_user() as folder:
        path = folder / "scan"
        path.write_bytes(whole_files["jpeg"][1])
        give_away(folder, path)
        assert answer_of(INSPECTS, path, python=python_behind(command)) == "image/jpeg"
