"""A child is asked, given so much time and memory, and ended; whatever it does, its parent goes on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notesyncd.system.child_process import ChildFailed, ChildGrew, ChildProcess
from notesyncd.system.memory import resident_bytes

ECHO = """
import json, os, sys
for line in sys.stdin.buffer:
    asked = json.loads(line)
    print(json.dumps({"asked": asked, "environment": dict(os.environ)}), flush=True)
"""
BYTES = """
import sys
sys.stdin.readline()
sys.stdout.buffer.write(b'{"bytes": 300000}\\n' + bytes(range(250)) * 1200 + b'{"more": true}\\n')
sys.stdout.flush()
sys.stdin.read()
"""
SILENT = "import sys, time; print('loading …', file=sys.stderr, flush=True); time.sleep(60)"
DYING = """
import os, signal, sys
sys.stdin.readline()
print('the last', 'words', file=sys.stderr, flush=True)
os.kill(os.getpid(), signal.SIGABRT)
"""
FAILING = "import sys; sys.stdin.readline(); raise ValueError('no such picture')"
GROWING = """
import sys, time
sys.stdin.readline()
held = []
while True:
    held.append(b'x' * (8 << 20))
    time.sleep(0.005)
"""
PRINTING = """
import sys
sys.stdin.readline()
for _ in range(3000):
    print('warning ' * 20, file=sys.stderr)
print('{"done": true}', flush=True)
sys.stdin.read()
"""
DEAF = "import time; time.sleep(60)"
ENDLESS = "import sys\nwhile True: sys.stdout.write('x' * 65536)"

Start = Callable[..., ChildProcess]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts children that run the given text."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    children: list[ChildProcess] = []

    def start(program: str, *, seconds: float = 20.0, most_bytes: int = 1 << 30, **others: object) -> ChildProcess:
        (tmp_path / "its_program.py").write_text(program, encoding="utf-8")
        children.append(ChildProcess("its_program", seconds=seconds, most_bytes=most_bytes, **others))  # type: ignore[arg-type]
        return children[-1]

    yield start
    for child in children:
        child.close()


def test_messages_go_to_and_fro(start: Start) -> None:
    child = start(ECHO)
    for number in range(3):
        child.send({"number": number, "text": "Grüße\nand a second line"})
        assert child.receive()["asked"] == {"number": number, "text": "Grüße\nand a second line"}
    assert child.alive
    assert 1 << 20 < child.resident_bytes() < 200 << 20


def test_a_child_gets_the_named_variables_and_no_secret(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", "a secret")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    names = ("PATH", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "NOT_SET_AT_ALL")
    child = start(ECHO, environment=names, settings={"HF_HUB_OFFLINE": "1"})
    child.send({})
    seen = child.receive()["environment"]
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"
    assert seen["HF_HUB_OFFLINE"] == "1"
    assert set(seen) <= {"PATH", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "HF_HUB_OFFLINE", "LC_CTYPE"}


def test_raw_bytes_may_follow_a_message(start: Start) -> None:
    child = start(BYTES)
    child.send({})
    wanted = bytearray(child.receive()["bytes"])
    child.receive_into(memoryview(wanted))
    assert bytes(wanted) == bytes(range(250)) * 1200
    assert child.receive() == {"more": True}


def test_waiting_ends_at_the_deadline_and_the_deadline_can_be_moved_on(start: Start) -> None:
    child = start(SILENT, seconds=0.3)
    with pytest.raises(ChildFailed, match="took too long"):
        child.receive()
    begun = time.monotonic()
    child.deadline = begun + 0.5
    with pytest.raises(ChildFailed, match="took too long"):
        child.receive()
    assert 0.4 < time.monotonic() - begun < 5


def test_a_child_that_stands_still_is_ended(start: Start) -> None:
    child = start(ECHO)
    child.send({})
    child.receive()
    os.kill(child.pid, signal.SIGSTOP)
    child.deadline = time.monotonic() + 0.3
    child.send({})
    with pytest.raises(ChildFailed, match="took too long"):
        child.receive()
    child.close()
    assert resident_bytes(child.pid) is None


def test_a_child_that_takes_no_questions_is_not_waited_for_longer(start: Start) -> None:
    child = start(DEAF, seconds=0.5)
    with pytest.raises(ChildFailed, match="took too long"):
        child.send({"text": "x" * (1 << 20)})  # more than a pipe holds


def test_a_death_is_told_with_its_signal_and_the_last_words(start: Start) -> None:
    child = start(DYING)
    child.send({})
    with pytest.raises(ChildFailed, match=r"died \(signal 6\)") as caught:
        child.receive()
    assert "Fatal Python error: Aborted" in str(caught.value)  # faulthandler's, which says more than the last line
    assert "it may have wanted more than 1 GB of memory" in str(caught.value)
    assert not child.alive


def test_an_exception_is_told_by_its_last_line(start: Start) -> None:
    child = start(FAILING)
    child.send({})
    with pytest.raises(ChildFailed, match=r"died \(exit code 1\): ValueError: no such picture"):
        child.receive()


def test_a_child_that_grows_is_ended_at_once(start: Start) -> None:
    child = start(GROWING, most_bytes=200 << 20, seconds=60)
    child.send({})
    with pytest.raises(ChildGrew, match=r"took more than 0\.195 GB of memory"):
        child.receive()
    child.close()
    assert resident_bytes(child.pid) is None


def test_what_is_printed_never_holds_a_child_up(start: Start) -> None:
    child = start(PRINTING)
    child.send({})
    assert child.receive() == {"done": True}


def test_a_child_that_dies_before_it_is_asked_is_found_dead(start: Start) -> None:
    child = start(ECHO)
    child.send({})
    child.receive()
    child.kill()
    with pytest.raises(ChildFailed, match=r"died \(signal 9\)"):
        for _ in range(2):  # the first question may still fit in the pipe
            child.send({})
            child.receive()


@pytest.mark.parametrize("line", ["nonsense", "[1, 2]", "{", '{"a": 1} {"b": 2}'])
def test_nonsense_is_no_answer(start: Start, line: str) -> None:
    child = start(f"import sys; print({line!r}, flush=True); sys.stdin.read()")
    with pytest.raises(ChildFailed, match="answered nonsense"):
        child.receive()


def test_an_answer_without_end_is_no_answer(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notesyncd.system.child_process._LONGEST_LINE", 1 << 20)
    with pytest.raises(ChildFailed, match="answered without end"):
        start(ENDLESS).receive()


def test_another_thread_may_end_it_while_it_is_waited_for(start: Start) -> None:
    child = start(SILENT)
    threading.Timer(0.3, child.kill).start()
    begun = time.monotonic()
    with pytest.raises(ChildFailed, match="died"):
        child.receive()
    assert time.monotonic() - begun < 10


def test_a_program_that_is_not_there_is_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(OSError, match="nowhere"):
        start(ECHO)
