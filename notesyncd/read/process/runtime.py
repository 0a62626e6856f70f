"""What runs a model inside the reader process: mlx or torch behind one face. Imports neither."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from notesyncd.api import Pixels
from notesyncd.read.generation import Decoding, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """Which model is to be loaded, and how.

    Attributes:
        folder: of the model.
        adapter: folder of an adapter to lay over the weights.
        quantization: to bring the weights to while loading (``4bit``), or None: as they are.
        device: ``auto``, ``cpu``, ``gpu``.
        max_pixels: of a picture; the model's own processor must not enlarge or shrink below it.
        cache_bytes: of buffers that the runtime may keep between pages.
        thinks: the model thinks aloud unless it is told not to.
    """

    folder: Path
    adapter: Path | None = None
    quantization: str | None = None
    device: str = "auto"
    max_pixels: int = 2_097_152
    cache_bytes: int = 256 << 20
    thinks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeFacts:
    """What runs: ``version`` of the engine; ``quantization`` of the weights in memory; versions of ``packages``."""

    engine: str
    version: str
    device: str
    quantization: str | None
    packages: tuple[tuple[str, str], ...]


ProblemKind = Literal["config", "memory", "page", "failed"]
"""Config: this model can never be loaded here, the message says what helps. Memory: it does not fit. Page: this picture
can't be read. Failed: anything else."""


class RuntimeProblem(Exception):  # noqa: N818 - what happened, told over the pipe
    """A model can't be loaded or asked; ``kind`` says what can be done."""

    def __init__(self, kind: ProblemKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Runtime(Protocol):
    """One loaded model. All calls come from the one thread that made it.

    Attributes:
        ended: how the last answer ended, once its tokens are through.
        prompt_tokens: of the last question, picture included, once the first token is through.
    """

    ended: Literal["stop", "length"]
    prompt_tokens: int

    def facts(self) -> RuntimeFacts:
        """Say what runs."""

    def tokens(self, picture: Pixels, prompt: str, decoding: Decoding) -> Generator[Token, None, None]:
        """Answer, token by token; special tokens and the end are left out.

        Log-probabilities are raw: before penalties, at temperature 1; with the entropy over the whole vocabulary and
        the ``ALTERNATIVES`` most probable other tokens. Whoever iterates may stop at any token.

        Raises:
            RuntimeProblem: where this picture can't be read.
        """

    def rest(self) -> None:
        """Give back what is kept for the next page; called after each."""


ALTERNATIVES = 3
"""So many other tokens are kept of each: enough for the margin and for the words that could have stood there."""
