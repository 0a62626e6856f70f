"""The reader process as seen from the daemon: started with a model, asked, judged by its progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notesyncd.api import TransientError
from notesyncd.read.generation import Decoding, Ended, Token
from notesyncd.read.process import wire
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.system.child_process import PYTHON_NEEDS, ChildFailed, ChildProcess

# What chooses and tunes a card, or the processor's threads; nothing that holds a secret.
_RUNTIMES_NEED = (
    *("CUDA_DEVICE_ORDER", "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
    *("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
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


class ReaderProcess(ChildProcess):
    """One reader process with a loaded model.

    Attributes:
        facts: what runs in it.
        pages: asked about so far.
        ended: how the last answer ended, once its tokens are through.
        prompt_tokens: of the last question, once its tokens are through.
    """

    def __init__(self, runtime: str, order: LoadOrder, limits: Limits) -> None:
        """Start the child and load the model.

        Raises:
            ChildFailed: if it died, hung or grew over the model.
            RuntimeProblem: if the model can't be loaded.
            TransientError: if no process can be started.
        """
        try:
            super().__init__(
                "notesyncd.read.process.child",
                seconds=limits.load_seconds,
                most_bytes=limits.most_bytes,
                environment=(*PYTHON_NEEDS, *_RUNTIMES_NEED),
                settings=_SETTINGS,
            )
        except OSError as error:
            raise TransientError(f"the reader process can't be started: {error}") from error
        self._limits = limits
        self.pages = 0
        self.ended: Ended = "stop"
        self.prompt_tokens = 0
        load = {"runtime": runtime, "order": wire.order_json(order), "idle_seconds": limits.idle_seconds}
        try:
            self.send({"load": load})
            self.facts: RuntimeFacts = wire.facts_of(_message(self)["facts"])
        except BaseException:
            self.close()
            raise

    @property
    def is_spent(self) -> bool:
        """Whether the next page is to get a new process."""
        limits = self._limits
        return self.pages >= limits.recycle_pages or self.resident_bytes() > limits.recycle_bytes

    def tokens(self, picture: Path, prompt: str, decoding: Decoding) -> Iterator[Token]:
        """Ask about a picture and yield the answer's tokens as they come.

        Raises:
            ChildFailed: if the process died, hung or grew; ``deadline`` moves on with each token.
            RuntimeProblem: if this picture can't be read.
        """
        self.pages += 1
        self.deadline = time.monotonic() + self._limits.first_token_seconds
        self.send({"read": {"picture": str(picture), "prompt": prompt, "decoding": wire.decoding_json(decoding)}})
        count = 0
        while "tokens" in (message := _message(self)):
            self.deadline = time.monotonic() + self._limits.between_tokens_seconds
            tokens = wire.tokens_of(message["tokens"])
            count += len(tokens)
            if count > decoding.max_tokens:
                raise ChildFailed("answered without end")
            yield from tokens
        self.ended = message["end"]
        self.prompt_tokens = int(message["prompt_tokens"])


def _message(child: ReaderProcess) -> dict[str, Any]:
    message = child.receive()
    if "problem" in message:
        told = message["problem"]
        raise RuntimeProblem(told["kind"], str(told["message"]))
    return message
