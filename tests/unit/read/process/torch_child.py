"""A process of its own for tests that need torch: what it sets up for a whole process stays there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from notesyncd.read.generation import Decoding, Token
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.read.process.torch_runtime import TorchRuntime

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("transformers") is None, reason="needs the cuda extra"
)

needs_bitsandbytes = pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="needs bitsandbytes")

PROMPT = "Transcribe."
DECODING = Decoding(max_tokens=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a runtime answered to one picture."""

    tokens: list[Token]
    ended: str
    prompt_tokens: int

    @property
    def ids(self) -> list[int | None]:
        return [token.id for token in self.tokens]

    @property
    def logprobs(self) -> list[float]:
        return [token.logprob for token in self.tokens if token.logprob is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A RuntimeProblem, as it can be sent between processes."""

    kind: str
    message: str


class Child:
    """Calls functions in another process, one after the other."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        return self._pool.submit(function, *args).result(timeout=240)

    def read(
        self,
        order: LoadOrder,
        *pictures: np.ndarray,
        prompt: str = PROMPT,
        decoding: Decoding = DECODING,
        runtime: type = TorchRuntime,
    ) -> list[Answered]:
        read = self.call(_read, runtime, order, pictures, prompt, decoding)
        assert not isinstance(read, Told), read
        return list(read)

    def problem(self, order: LoadOrder, *pictures: np.ndarray, decoding: Decoding = DECODING) -> Told:
        told = self.call(_read, TorchRuntime, order, pictures, PROMPT, decoding)
        assert isinstance(told, Told), told
        return told

    def facts(self, order: LoadOrder) -> RuntimeFacts:
        facts = self.call(_facts, order)
        assert isinstance(facts, RuntimeFacts)
        return facts


@contextmanager
def new_child() -> Iterator[Child]:
    """Start a process with nothing of torch in it; fork would copy the threads' locks of this one."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Child(pool)


def picture(text: str = "hello world", size: tuple[int, int] = (320, 128)) -> np.ndarray:
    """Black words on white."""
    paper = Image.new("RGB", size, "white")
    ImageDraw.Draw(paper).text((20, size[1] // 3), text, fill="black", font=ImageFont.load_default(size[1] // 4))
    return np.asarray(paper)


def told(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in the child; a RuntimeProblem comes back as what it tells."""
    try:
        return function(*args)
    except RuntimeProblem as problem:
        return Told(kind=problem.kind, message=str(problem))


def answer(runtime: Any, shown: np.ndarray, prompt: str = PROMPT, decoding: Decoding = DECODING) -> Answered:
    tokens = list(runtime.tokens(shown, prompt, decoding))
    runtime.rest()
    return Answered(tokens=tokens, ended=runtime.ended, prompt_tokens=runtime.prompt_tokens)


def _read(
    kind: type, order: LoadOrder, pictures: tuple[np.ndarray, ...], prompt: str, decoding: Decoding
) -> list[Answered] | Told:
    def read() -> list[Answered]:
        runtime = kind(order)
        return [answer(runtime, shown, prompt, decoding) for shown in pictures]

    return told(read)


def _facts(order: LoadOrder) -> RuntimeFacts:
    return TorchRuntime(order).facts()


def edit_json(file: Path, **values: Any) -> None:
    """Set keys of a JSON file; None removes one."""
    import json

    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known.update(values)
    file.write_text(json.dumps({key: value for key, value in known.items() if value is not None}), encoding="utf-8")
