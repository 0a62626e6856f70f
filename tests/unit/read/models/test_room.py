"""What fits this machine."""

import os
from pathlib import Path

import pytest

from notesyncd.read.models.room import Room, room_for, runtime_here

GB = 1_000_000_000
NVIDIA_SMI = """#!/bin/sh
echo "NVIDIA One, 8188, 8000"
echo "NVIDIA Two, 24564, 100"
"""


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    room_for.cache_clear()


def test_a_model_may_take_three_quarters_of_the_machine() -> None:
    room = Room(total_bytes=16 * GB, is_card=False)
    assert room.fits(12 * GB)
    assert not room.fits(12 * GB + 1)


def test_a_card_is_filled_but_for_what_the_driver_keeps() -> None:
    room = Room(total_bytes=8 * GB, is_card=True)
    assert room.fits(7 * GB)
    assert not room.fits(8 * GB)


def test_the_largest_card_counts_for_cuda_and_the_machine_for_mlx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(NVIDIA_SMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert room_for("cuda") == Room(total_bytes=24564 << 20, is_card=True)
    assert not room_for("mlx").is_card
    room_for.cache_clear()


def test_without_a_card_the_machine_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notesyncd.read.fit._ELSEWHERE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert room_for("cuda") == room_for("mlx")
    room_for.cache_clear()


def test_there_is_always_a_runtime() -> None:
    assert runtime_here() in {"mlx", "cuda"}
