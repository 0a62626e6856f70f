"""Where a model runs, with which kind of numbers, and how runs are made to repeat."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from notesyncd.read.process.runtime import RuntimeProblem

_SHORT_NAMES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A device that torch can compute on.

    Attributes:
        device: as torch names it: ``cuda:0``, ``cpu``.
        shown: for people and for the record; the same model gives other figures on another card or number of threads.
        memory_bytes: all that it has.
        dtype: to bring a model's weights to; ``auto``: as they are.
    """

    device: str
    shown: str
    memory_bytes: int
    dtype: Any

    @property
    def is_card(self) -> bool:
        """It is a graphics card."""
        return self.device != "cpu"


def make_repeatable() -> None:
    """Let torch choose only ways to compute that give the same bytes each time; says so before CUDA begins.

    Where torch knows no such way for an operation it warns and goes on.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by torch.use_deterministic_algorithms
    import torch  # noqa: PLC0415

    torch.manual_seed(0)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # finds faults in programs, and costs time
    torch.set_num_threads(torch.get_num_threads())  # fixed now: one for each core, or as OMP_NUM_THREADS says
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False  # would time several kernels and take the quickest of the day


def choose(device: str) -> Place:
    """Return the place for a ``LoadOrder``'s device: the card with most memory, else the processor.

    The card becomes torch's own choice too.

    Raises:
        RuntimeProblem: a card is asked for, and torch sees none.
    """
    import torch  # noqa: PLC0415

    seen = device != "cpu" and torch.cuda.is_available()
    if device == "gpu" and not seen:
        raise RuntimeProblem("config", _no_card(torch))
    if not seen:
        threads = torch.get_num_threads()
        shown = f"cpu ({threads} {'thread' if threads == 1 else 'threads'})"
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return Place(device="cpu", shown=shown, memory_bytes=memory, dtype="auto")
    cards = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    largest = max(range(len(cards)), key=lambda number: int(cards[number].total_memory))
    torch.cuda.set_device(largest)
    half = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return Place(
        device=f"cuda:{largest}",
        shown=f"cuda ({cards[largest].name})",
        memory_bytes=int(cards[largest].total_memory),
        dtype=half,
    )


def short_name(dtype: Any) -> str:
    """Return ``bf16`` for ``torch.bfloat16``."""
    name = str(dtype).removeprefix("torch.")
    return _SHORT_NAMES.get(name, name)


def _no_card(torch: Any) -> str:
    if torch.version.cuda is None and torch.version.hip is None:
        return (
            f"torch {torch.__version__} is built without CUDA: install the build for your card "
            '(https://pytorch.org/get-started/locally/), or set device = "cpu"'
        )
    return 'torch sees no graphics card: install its driver (nvidia-smi must list the card), or set device = "cpu"'
