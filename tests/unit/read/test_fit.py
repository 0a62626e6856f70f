"""Cards are asked of ``nvidia-smi``, and what fits them is told by plain figures.

No card is needed: a script of that name stands in for the driver's program and prints what that is documented to print.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from notesyncd.read.fit import Card, Way, cards, finest, fits

GIB = 1 << 30

WAYS = (
    Way(model="qwen3-vl-8b", quantization="bf16", memory_bytes=19 * GIB),
    Way(model="qwen3-vl-8b", quantization="4bit", memory_bytes=8 * GIB),
    Way(model="qwen3-vl-4b", quantization="bf16", memory_bytes=10 * GIB),
    Way(model="qwen3-vl-4b", quantization="4bit", memory_bytes=5 * GIB),
)


def _driver(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_cards_are_listed_as_the_driver_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tmp_path / "asked"
    rows = "NVIDIA GeForce RTX 3060, 12288, 11020\\nNVIDIA RTX A6000, 49140, 48500\\n"
    _driver(tmp_path, monkeypatch, f'echo "$@" > {asked}; printf "{rows}"')
    assert cards() == [
        Card(name="NVIDIA GeForce RTX 3060", total_bytes=12288 << 20, free_bytes=11020 << 20),
        Card(name="NVIDIA RTX A6000", total_bytes=49140 << 20, free_bytes=48500 << 20),
    ]
    assert asked.read_text() == "--query-gpu=name,memory.total,memory.free --format=csv,noheader,nounits\n"


@pytest.mark.parametrize(
    "script",
    [
        # as it says without a driver, with its exit status
        'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."; exit 9',
        'echo "No devices were found"',
        'echo "NVIDIA GB10, [N/A], [N/A]"',
        "printf '\\377\\376 , 12 , \\n\\n'",
        "true",
    ],
)
def test_no_card_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    _driver(tmp_path, monkeypatch, script)
    assert cards() == []


def test_no_driver_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("notesyncd.read.fit._ELSEWHERE", str(tmp_path))
    assert cards() == []


def test_a_driver_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _driver(tmp_path, monkeypatch, "exec sleep 60")
    begin = time.monotonic()
    assert cards(patience=0.3) == []
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (24, [("qwen3-vl-8b", "bf16"), ("qwen3-vl-4b", "bf16")]),
        (12, [("qwen3-vl-8b", "4bit"), ("qwen3-vl-4b", "bf16")]),
        (8, [("qwen3-vl-4b", "4bit")]),
        (4, []),
    ],
)
def test_each_model_is_rounded_as_little_as_fits(memory: int, expected: list[tuple[str, str]]) -> None:
    for ways in (WAYS, tuple(reversed(WAYS))):
        found = [(way.model, way.quantization) for way in finest(ways, memory * GIB)]
        assert sorted(found) == sorted(expected)
    assert [(way.model, way.quantization) for way in finest(WAYS, memory * GIB)] == expected


def test_a_little_of_a_card_is_the_drivers() -> None:
    assert not fits(8 * GIB, 8 * GIB)
    assert fits(8 * GIB, 8 * GIB + GIB // 2)
