"""A stand-in for the reader process: a real process that Python finds first, and that misbehaves as a test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

_BEGINNING = """
import json, os, signal, sys, time
from pathlib import Path

FACTS = {"engine": "stand-in", "version": "1", "device": "cpu", "quantization": None, "packages": []}
MARK = Path(__file__).with_name("lived")
FIRST = not MARK.exists()
MARK.touch()


def tell(**message):
    print(json.dumps(message), flush=True)


def say(token="fine"):
    tell(tokens=[[7, token, -0.5, 0.25, [["x", -1.5]]]])


def asked():
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    return json.loads(line)


def load():
    asked()
    tell(facts=FACTS)


def begin():
    asked()
    tell(begun=True)


def answer(token="fine"):
    say(token)
    tell(end="stop", prompt_tokens=3)


def well_behaved():
    load()
    while True:
        begin()
        answer()

"""

_END = """

well_behaved()
"""

ONCE = "if FIRST:\n"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let reader processes run a program instead, whose functions are those above; after it they behave well."""
    package = folder / "notesyncd" / "read" / "process"
    package.mkdir(parents=True, exist_ok=True)
    for each in (package, package.parent, package.parent.parent):
        (each / "__init__.py").touch()
    (package / "child.py").write_text(_BEGINNING + program + _END, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def in_first_life(program: str) -> str:
    """Return a program for the first process alone; later ones behave well."""
    return ONCE + "".join(f"    {line}\n" for line in program.strip().splitlines())
