"""What torch says of too little memory is understood, and told with what would fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from notesyncd.read.process.torch.checkpoint import Checkpoint
from notesyncd.read.process.torch.place import Place
from notesyncd.read.process.torch.problems import is_memory, no_room, no_room_for_page
from notesyncd.read.process.words import failed

GIB = 1 << 30


def _model(gib: float, quantized_by: str | None = None, model_type: str = "qwen3_vl") -> Checkpoint:
    return Checkpoint(
        folder=Path("/models/Qwen3-VL-8B"),
        model_type=model_type,
        weights_bytes=int(gib * GIB),
        dtype="bfloat16",
        quantized_by=quantized_by,
        processor=None,
    )


def _card(gib: float) -> Place:
    return Place(device="cuda:0", shown="cuda (RTX 3060)", memory_bytes=int(gib * GIB), dtype="auto")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        # as torch words it (c10/cuda/CUDACachingAllocator.cpp, c10/core/impl/alloc_cpu.cpp)
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 11.63 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_too_little_memory_is_told_apart(error: Exception) -> None:
    assert is_memory(error)
    wrapped = ValueError("could not convert a weight")
    wrapped.__cause__ = error
    assert is_memory(wrapped)


@pytest.mark.parametrize("error", [ValueError("size mismatch"), RuntimeError("CUDA error: device-side assert")])
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not is_memory(error)


def test_4_bits_are_offered_where_they_fit() -> None:
    problem = no_room(_model(16.3), _card(12), None)
    assert problem.kind == "memory"
    assert str(problem) == (
        "Qwen3-VL-8B does not fit: its weights take 16.3 GiB and a page some 2 GiB more, the card has 12.0 GiB in all; "
        'with quantization = "4bit" the weights take 4.9 GiB'
    )


@pytest.mark.parametrize(
    ("model", "card", "quantization"),
    [
        (_model(16.3), _card(6), None),
        (_model(62), _card(12), "4bit"),
        (_model(6, "gptq"), _card(6), None),
        (_model(62, model_type="qwen3_vl_moe"), _card(24), None),  # its experts would stay as they are
    ],
)
def test_a_smaller_model_is_offered_where_4_bits_do_not_help(
    model: Checkpoint, card: Place, quantization: str | None
) -> None:
    told = str(no_room(model, card, quantization))
    assert "choose a smaller model" in told
    assert "4bit" not in told


def test_a_page_that_is_too_large_says_what_to_lower() -> None:
    problem = no_room_for_page(_card(8), 1024, 2048)
    assert problem.kind == "memory"
    assert "1024 x 2048 pixels" in str(problem)
    assert "lower max_pixels" in str(problem)


def test_a_librarys_words_are_kept_short() -> None:
    problem = failed(RuntimeError("no\n" * 10_000))
    assert problem.kind == "failed"
    assert str(problem).startswith("RuntimeError: no no no")
    assert len(str(problem)) < 350
