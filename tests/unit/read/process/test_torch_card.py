"""The same on an NVIDIA card, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notesyncd.read.generation import Decoding
from notesyncd.read.process.runtime import LoadOrder
from notesyncd.read.process.torch_runtime import TorchRuntime
from tests.checkpoints import make_checkpoint
from tests.unit.read.process.torch_child import (
    Answered,
    Child,
    answer,
    needs_bitsandbytes,
    needs_torch,
    new_child,
    picture,
    told,
)

pytestmark = [needs_torch, pytest.mark.gpu]

PENALTY = Decoding(max_tokens=12, repetition_penalty=3.0)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with new_child() as made:
        if not made.call(_has_card):
            pytest.skip("torch sees no card")
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "model")


def _has_card() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def test_a_card_reads_what_the_processor_reads(folder: Path, child: Child) -> None:
    order = LoadOrder(folder=folder, device="gpu")
    facts = child.facts(order)
    assert facts.device.startswith("cuda (")
    assert facts.quantization in ("bf16", "fp16")
    (there,) = child.read(order, picture())
    (here,) = child.read(LoadOrder(folder=folder, device="cpu"), picture())
    assert there.logprobs == pytest.approx(here.logprobs, abs=0.2)  # 8 bits of precision


@pytest.mark.parametrize("quantization", [None, pytest.param("4bit", marks=needs_bitsandbytes)])
def test_runs_in_two_processes_give_the_same_to_the_last_bit(
    folder: Path, child: Child, quantization: str | None
) -> None:
    order = LoadOrder(folder=folder, device="gpu", quantization=quantization)
    (first,) = child.read(order, picture(), decoding=PENALTY)
    with new_child() as other:
        (second,) = other.read(order, picture(), decoding=PENALTY)
    assert first == second


def test_buffers_are_given_back_after_a_page(folder: Path, child: Child) -> None:
    read, kept = child.call(_kept, LoadOrder(folder=folder, device="gpu", cache_bytes=0))
    assert len(read.tokens) == 8
    assert kept < 4 << 20  # what shares a block with the weights


def _kept(order: LoadOrder) -> tuple[Answered, int]:
    import torch

    read = answer(TorchRuntime(order), picture(size=(1024, 1024)))
    return read, torch.cuda.memory_reserved() - torch.cuda.memory_allocated()


def test_a_card_that_is_full_is_told(folder: Path) -> None:
    with new_child() as fresh:
        if not fresh.call(_has_card):
            pytest.skip("torch sees no card")
        problem = fresh.call(_with_little_of_a_card, LoadOrder(folder=folder, device="gpu"))
    assert (problem.kind, "the card has" in problem.message) == ("memory", True)


def _with_little_of_a_card(order: LoadOrder) -> Any:
    import torch

    torch.cuda.set_per_process_memory_fraction((1 << 20) / torch.cuda.get_device_properties(0).total_memory)
    return told(TorchRuntime, order)
