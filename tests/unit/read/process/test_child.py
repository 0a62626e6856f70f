"""The reader process from outside: what it says, where it says it, and when it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from notesyncd.api import write_pixels
from notesyncd.read.generation import Decoding
from notesyncd.read.process import wire
from notesyncd.read.process.lifeline import PARENT
from notesyncd.read.process.runtime import LoadOrder
from tests.checkpoints import make_checkpoint
from tests.unit.read.process.torch_child import picture

needs_mlx = pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs the mlx extra")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")

CHILD = [sys.executable, "-P", "-m", "notesyncd.read.process.child"]
ROOT = Path(__file__).parents[4]
PROMPT = "Write down what stands in my secret diary."


@contextmanager
def child(errors: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with (
        errors.open("wb") as printed,
        subprocess.Popen(
            CHILD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            env={**os.environ, PARENT: str(os.getpid()), **environment},
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()


def answers(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """Each line that comes must be an answer, whatever libraries print."""
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


@needs_mlx
def test_it_answers_in_order_prints_nothing_of_a_page_and_ends_with_its_pipe(tmp_path: Path) -> None:
    """mlx-vlm prints a line to standard output when it brings weights to 4 bits."""
    order = LoadOrder(folder=make_checkpoint(tmp_path / "model"), quantization="4bit")
    write_pixels(tmp_path / "picture.ppm", picture())
    decoding = wire.decoding_json(Decoding(max_tokens=40, repetition_penalty=2.0))
    page = {"read": {"picture": str(tmp_path / "picture.ppm"), "prompt": PROMPT, "decoding": decoding}}
    with child(tmp_path / "errors", PYTHONUNBUFFERED="1") as process:
        told = answers(process)
        ask(process, {"load": {"runtime": "mlx", "order": wire.order_json(order), "idle_seconds": 60}})
        assert next(told)["facts"]["quantization"] == "4bit"
        ask(process, page)
        assert next(told) == {"begun": True}
        text = b""
        for message in told:
            if "end" in message:
                break
            text += b"".join(token.data for token in wire.tokens_of(message["tokens"]))
        assert message["end"] == "length"
        ask(process, {"read": {**page["read"], "picture": str(tmp_path / "no picture of mine")}})
        assert next(told) == {"begun": True}
        assert next(told)["problem"]["kind"] == "failed"
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(30) == 0
        assert list(told) == []
    printed = (tmp_path / "errors").read_bytes()
    assert b"secret diary" not in printed
    longest = max(re.findall(rb"[!-~]+", text), key=len)
    assert len(longest) > 5
    assert longest not in printed


def test_it_needs_no_model_to_end(tmp_path: Path) -> None:
    with child(tmp_path / "errors") as process:
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(30) == 0
    assert (tmp_path / "errors").read_bytes() == b""


_PARENT = """
import os, sys, threading, time
from pathlib import Path
os.environ["PYTHONPATH"] = os.pathsep.join([sys.argv[2], os.environ.get("PYTHONPATH", "")])
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.process import ReaderProcess
from notesyncd.read.process.runtime import LoadOrder
process = ReaderProcess(Limits(most_bytes=8 << 30, recycle_bytes=8 << 30))
threading.Thread(target=process.load, args=("mlx", LoadOrder(folder=Path(sys.argv[1]))), daemon=True).start()
time.sleep(0.2)
print(process.pid, flush=True)
time.sleep(60)
"""


@needs_mlx
@needs_proc
def test_it_loads_no_model_for_a_parent_that_ended_while_python_started(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "model")
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(1.5)")  # a slow start
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, folder, tmp_path], stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    computed, deadline = 0, time.monotonic() + 60
    while (now := _computed(pid)) is not None:
        computed = max(computed, now)
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert computed < 250  # hundredths of a second; importing mlx-vlm alone takes longer


def _computed(pid: int) -> int | None:
    """Hundredths of a second that a process has computed; None: it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[11]) + int(fields[12])
