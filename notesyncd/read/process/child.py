"""The reader process: loads one model and reads with it, all in its main thread. Run by ``python -m``.

    daemon                        this process
    {"load": …}            ──▶
                           ◀──    {"facts": …} or {"problem": …}
    {"read": …}            ──▶
                           ◀──    {"begun": true} at once, {"tokens": […]} …, then {"end": …} or {"problem": …}

It ends when the daemon does, and when nothing was asked for ``idle_seconds``.
"""

from __future__ import annotations

import codecs
import json
import os
import select
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from notesyncd.api import read_pixels
from notesyncd.read.generation import Token
from notesyncd.read.guards.loops import LoopWatch
from notesyncd.read.process import wire
from notesyncd.read.process.lifeline import end_with_parent
from notesyncd.read.process.runtime import Runtime, RuntimeProblem

RUNTIMES = {
    "mlx": "notesyncd.read.process.mlx_runtime:MlxRuntime",
    "cuda": "notesyncd.read.process.torch_runtime:TorchRuntime",
}

_FLUSH_SECONDS = 0.1
_FLUSH_TOKENS = 16


class ReaderChild:
    """One model, asked over a pipe."""

    def __init__(self, questions: BinaryIO, answers: BinaryIO) -> None:
        self._questions = questions
        self._answers = answers
        self._runtime: Runtime | None = None
        self._idle_seconds: float | None = None

    def serve(self) -> None:
        """Answer until the pipe ends, or until nothing was asked for the idle time."""
        while self._is_asked() and (line := self._questions.readline()):
            message = json.loads(line)
            try:
                if "load" in message:
                    self._load(message["load"])
                else:
                    self._read(message["read"])
            except RuntimeProblem as problem:
                self._tell({"problem": wire.problem_json(problem.kind, str(problem))})
            except MemoryError:
                self._tell({"problem": wire.problem_json("memory", "there is not enough memory")})
            except Exception as error:  # noqa: BLE001 - whatever a library raises is the answer, not the end
                self._tell({"problem": wire.problem_json("failed", f"{type(error).__name__}: {error}")})

    def _is_asked(self) -> bool:
        ready, _, _ = select.select([self._questions], [], [], self._idle_seconds)
        return bool(ready)

    def _load(self, told: dict[str, Any]) -> None:
        module, _, name = RUNTIMES[told["runtime"]].partition(":")
        self._runtime = getattr(import_module(module), name)(wire.order_of(told["order"]))
        assert self._runtime is not None
        self._idle_seconds = float(told["idle_seconds"])
        self._tell({"facts": wire.facts_json(self._runtime.facts())})

    def _read(self, told: dict[str, Any]) -> None:
        assert self._runtime is not None
        runtime = self._runtime
        self._tell({"begun": True})
        picture = read_pixels(Path(told["picture"]))
        tokens = runtime.tokens(picture, str(told["prompt"]), wire.decoding_of(told["decoding"]))
        try:
            looped = self._pass_on(tokens)
        finally:
            tokens.close()  # it may have been stopped in the middle
            runtime.rest()
        self._tell({"end": "loop" if looped else runtime.ended, "prompt_tokens": runtime.prompt_tokens})

    def _pass_on(self, tokens: Iterator[Token]) -> bool:
        """Send tokens as they come, until they end or run in a loop; returns whether they did."""
        watch, decoder = LoopWatch(), codecs.getincrementaldecoder("utf-8")("replace")
        waiting: list[Token] = []
        sent = 0.0  # the first token goes at once
        looped = False
        for token in tokens:
            waiting.append(token)
            looped = watch.feed(decoder.decode(token.data))
            if looped or len(waiting) >= _FLUSH_TOKENS or time.monotonic() - sent >= _FLUSH_SECONDS:
                self._tell({"tokens": wire.tokens_json(waiting)})
                waiting, sent = [], time.monotonic()
            if looped:
                break
        if waiting:
            self._tell({"tokens": wire.tokens_json(waiting)})
        return looped

    def _tell(self, message: dict[str, Any]) -> None:
        self._answers.write(json.dumps(message, allow_nan=False).encode("ascii") + b"\n")
        self._answers.flush()


def main() -> None:
    """Serve one daemon by its pipes, which no library sees: what they print goes to standard error."""
    end_with_parent()
    # unbuffered: select must see a question that Python would have taken in already
    questions = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    ReaderChild(questions, answers).serve()


if __name__ == "__main__":
    main()
