"""The reader process as seen from the daemon: started with a model, asked, judged by its progress."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from notesyncd.api import TransientError
from notesyncd.read.generation import Decoding, Ended, Token
from notesyncd.read.process import wire
from notesyncd.read.process.lifeline import PARENT
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts
from notesyncd.system.child_process import PYTHON_NEEDS, ChildFailed, ChildProcess

# What chooses and tunes a card, or the processor's threads; nothing that holds a secret.
_RUNTIMES_NEED = (
    *("CUDA_DEVICE_ORDER", "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
    *("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("MLX_DISABLE_COMPILE", "MLX_MAX_MB_PER_BUFFER", "MLX_MAX_OPS_PER_BUFFER", "MLX_METAL_FAST_SYNCH"),
    *("XDG_CACHE_HOME", "TORCHINDUCTOR_CACHE_DIR"),
)
_SETTINGS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",  # models are fetched by `notesyncd models pull` alone
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    # what cuBLAS needs to give the same figures each time (its documentation, "Results reproducibility")
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


_BEGIN_SECONDS = 60.0
"""For a process that waits to take a question: a machine that is short of memory may have to fetch it from disk."""

_GROWN = 1.1
"""Times what it held after its first page: a large model may hold more than it is recycled at from the start."""


class NeverBegan(ChildFailed):
    """The process was gone before it took the question, as when it had been idle for long; no page is to blame."""


class ReaderProcess(ChildProcess):
    """One reader process; after ``load``, one with a model.

    Attributes:
        pages: asked about so far.
        ended: how the last answer ended, once its tokens are through.
        prompt_tokens: of the last question, once its tokens are through.
    """

    def __init__(self, limits: Limits) -> None:
        """Start the child.

        Raises:
            TransientError: if no process can be started.
        """
        try:
            super().__init__(
                "notesyncd.read.process.child",
                seconds=limits.load_seconds,
                most_bytes=limits.most_bytes,
                environment=(*PYTHON_NEEDS, *_RUNTIMES_NEED),
                settings={**_SETTINGS, PARENT: str(os.getpid())},
            )
        except OSError as error:
            raise TransientError(f"the reader process can't be started: {error}") from error
        self._limits = limits
        self.pages = 0
        self._first_bytes = 0
        self.ended: Ended = "stop"
        self.prompt_tokens = 0

    def load(self, runtime: str, order: LoadOrder) -> RuntimeFacts:
        """Load the model and say what runs.

        Raises:
            ChildFailed: if the process died, hung or grew over the model.
            RuntimeProblem: if the model can't be loaded.
        """
        self.deadline = time.monotonic() + self._limits.load_seconds
        told = {"runtime": runtime, "order": wire.order_json(order), "idle_seconds": self._limits.idle_seconds}
        self.send({"load": told})
        with _sense():
            return wire.facts_of(self._message()["facts"])

    @property
    def is_spent(self) -> bool:
        """Whether the next page is to get a new process."""
        most = max(self._limits.recycle_bytes, _GROWN * self._first_bytes)
        return self.pages >= self._limits.recycle_pages or self.resident_bytes() > most

    def tokens(self, picture: Path, prompt: str, decoding: Decoding) -> Iterator[Token]:
        """Ask about a picture and yield the answer's tokens as they come.

        Raises:
            NeverBegan: if the process ended or hung before it was asked.
            ChildFailed: if the process died, hung or grew; ``deadline`` moves on with each token.
            RuntimeProblem: if this picture can't be read.
        """
        self._begin({"picture": str(picture), "prompt": prompt, "decoding": wire.decoding_json(decoding)})
        self.deadline = time.monotonic() + self._limits.first_token_seconds
        self.pages += 1
        count = 0
        while tokens := self._next_tokens():
            self.deadline = time.monotonic() + self._limits.between_tokens_seconds
            count += len(tokens)
            if count > decoding.max_tokens:
                raise ChildFailed("answered without end")
            yield from tokens
        if self.pages == 1:
            self._first_bytes = self.resident_bytes()

    def _begin(self, question: dict[str, Any]) -> None:
        self.deadline = time.monotonic() + _BEGIN_SECONDS
        try:
            self.send({"read": question})
            answer = self.receive()
        except ChildFailed as error:
            raise NeverBegan(str(error)) from error
        if "begun" not in answer:
            raise ChildFailed("answered nonsense")

    def _next_tokens(self) -> list[Token]:
        """Return some tokens; none at the end, of which ``ended`` and ``prompt_tokens`` tell then."""
        with _sense():
            message = self._message()
            if tokens := wire.tokens_of(message.get("tokens", ())):
                return tokens
            self.ended = wire.ended_of(message["end"])
            self.prompt_tokens = int(message["prompt_tokens"])
            return []

    def _message(self) -> dict[str, Any]:
        message = self.receive()
        if "problem" in message:
            raise wire.problem_of(message["problem"])
        return message


@contextmanager
def _sense() -> Iterator[None]:
    """Turn what the wire raises over an answer into ChildFailed."""
    try:
        yield
    except wire.NONSENSE as error:
        raise ChildFailed("answered nonsense") from error
