"""Runs a model by mlx-vlm, on Apple's GPU or, slowly, on the processor: the inside of the ``mlx`` reader."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import closing
from importlib.metadata import version
from typing import Literal

from notesyncd.api import Pixels
from notesyncd.read.generation import Decoding, Token
from notesyncd.read.process.mlx import place, problems
from notesyncd.read.process.mlx.inputs import Inputs
from notesyncd.read.process.mlx.loading import load_model
from notesyncd.read.process.mlx.picking import Picker
from notesyncd.read.process.picked import token_of
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.read.process.token_bytes import TokenBytes
from notesyncd.read.process.words import check_size, failed

_PREFILL = 2048  # tokens of the prompt at a time: mlx-vlm's own figure; other pieces give other last digits


class MlxRuntime:
    """One model of mlx-vlm; see ``runtime.Runtime``."""

    ended: Literal["stop", "length"]
    prompt_tokens: int

    def __init__(self, order: LoadOrder) -> None:
        """Load a model, from its folder alone.

        Raises:
            RuntimeProblem: it can't be loaded here, and why.
        """
        self.ended = "stop"
        self.prompt_tokens = 0
        self._order = order
        try:
            self._load()
        except RuntimeProblem:
            raise
        except Exception as error:
            raise problems.not_loaded(order.folder, error) from error

    def facts(self) -> RuntimeFacts:
        """Say what runs."""
        names = ("mlx", "mlx-vlm", "transformers", "tokenizers")
        return RuntimeFacts(
            engine="mlx-vlm",
            version=version("mlx-vlm"),
            device=self._place.shown,
            quantization=self._loaded.quantization,
            packages=tuple((name, version(name)) for name in names),
        )

    def tokens(self, picture: Pixels, prompt: str, decoding: Decoding) -> Generator[Token, None, None]:
        """Answer, token by token; see ``runtime.Runtime``."""
        check_size(picture, self._order)
        try:
            yield from self._answer(picture, prompt, decoding)
        except RuntimeProblem:
            raise
        except Exception as error:
            if problems.is_memory(error):
                height, width = picture.shape[:2]
                raise problems.no_room_for_page(width, height) from error
            raise failed(error) from error

    def rest(self) -> None:
        """Give back the buffers that mlx keeps for the next page: it never does so by itself."""
        import mlx.core as mx  # noqa: PLC0415

        mx.clear_cache()

    def _load(self) -> None:
        self._place = place.choose(self._order.device)
        self._loaded = load_model(self._order, self._place)
        import mlx.core as mx  # noqa: PLC0415

        mx.set_cache_limit(self._order.cache_bytes)
        model, processor = self._loaded.model, self._loaded.processor
        self._inputs = Inputs(model, processor, max_pixels=self._order.max_pixels)
        self._bytes = TokenBytes(getattr(processor, "tokenizer", processor))

    def _answer(self, picture: Pixels, prompt: str, decoding: Decoding) -> Generator[Token, None, None]:
        from mlx_vlm import stream_generate  # noqa: PLC0415

        picker = Picker(decoding)
        inputs = self._inputs.of(picture, prompt)
        self.ended = "length"
        answer = stream_generate(
            self._loaded.model,
            self._loaded.processor,
            **inputs,
            max_tokens=decoding.max_tokens,
            # what is left unset here comes from the checkpoint: published ones switch sampling on
            temperature=0.0,
            sampler=picker.sample,
            logits_processors=[picker.process],
            prefill_step_size=_PREFILL,
        )
        with closing(answer):
            for item in answer:
                self.prompt_tokens = item.prompt_tokens
                if item.finish_reason is not None:  # repeats the last token, or is the end
                    self.ended = "stop" if item.finish_reason == "stop" else "length"
                    return
                picked = picker.picked()
                if not math.isfinite(picked.logprob):
                    raise RuntimeProblem("failed", _OVERFLOWN)
                token = token_of(picked, self._bytes)
                if token is not None:
                    yield token


_OVERFLOWN = (
    "the model's figures overflowed (they are no numbers): its weights are damaged; fetch the model again, or another "
    "one"
)
