"""Runs a model by transformers, on an NVIDIA card or, slowly, on the processor: the inside of the ``cuda`` reader."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from importlib.metadata import version
from typing import Any, Literal

from notesyncd.api import Pixels
from notesyncd.read.generation import Decoding, Token
from notesyncd.read.process.picked import token_of
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.read.process.token_bytes import TokenBytes
from notesyncd.read.process.torch import place, problems
from notesyncd.read.process.torch.checkpoint import Checkpoint
from notesyncd.read.process.torch.decoding import pick_tokens, take_over
from notesyncd.read.process.torch.inputs import Inputs
from notesyncd.read.process.torch.loading import load_model, quantization_of
from notesyncd.read.process.words import check_size, failed


class TorchRuntime:
    """One model of transformers; see ``runtime.Runtime``."""

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
        checkpoint = Checkpoint.of(order.folder)
        try:
            _keep_to_this_machine()
            place.make_repeatable()
            _silence()
            self._place = place.choose(order.device)
            self._load(checkpoint)
        except RuntimeProblem:
            raise
        except Exception as error:
            raise problems.not_loaded(checkpoint, error) from error

    def facts(self) -> RuntimeFacts:
        """Say what runs."""
        names = ["torch", "transformers", "tokenizers"]
        if self._quantization == "4bit":
            names.append("bitsandbytes")
        if self._order.adapter is not None:
            names.append("peft")
        return RuntimeFacts(
            engine="transformers",
            version=version("transformers"),
            device=self._place.shown,
            quantization=self._quantization,
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
                raise problems.no_room_for_page(self._place, width, height) from error
            raise failed(error) from error

    def rest(self) -> None:
        """Give back the buffers beyond what may be kept between pages; the processor keeps none."""
        if not self._place.is_card:
            return
        import torch  # noqa: PLC0415

        gc.collect()
        if torch.cuda.memory_reserved() - torch.cuda.memory_allocated() > self._order.cache_bytes:
            torch.cuda.empty_cache()

    def _load(self, checkpoint: Checkpoint) -> None:
        order = self._order
        if checkpoint.loaded_bytes(order.quantization) > self._place.memory_bytes:
            raise problems.no_room(checkpoint, self._place, order.quantization)
        try:
            self._model: Any = load_model(checkpoint, order, self._place)
        except Exception as error:
            if problems.is_memory(error):
                raise problems.no_room(checkpoint, self._place, order.quantization) from error
            raise
        self._inputs = Inputs(checkpoint, self._model.config)
        self._bytes = TokenBytes(self._inputs.tokenizer)
        self._ends = take_over(self._model, self._inputs.tokenizer)
        self._quantization = quantization_of(self._model, checkpoint)
        text = self._model.config.get_text_config(decoder=True)
        self._context = getattr(text, "max_position_embeddings", None) or math.inf

    def _answer(self, picture: Pixels, prompt: str, decoding: Decoding) -> Iterator[Token]:
        inputs = self._inputs.of(picture, prompt).to(self._place.device, dtype=self._model.dtype)
        if "input_ids" in inputs and inputs["input_ids"].shape[1] >= self._context:
            raise RuntimeProblem(
                "page",
                f"picture and prompt are {inputs['input_ids'].shape[1]} tokens, the model bears {self._context:.0f}: "
                "lower max_pixels",
            )
        self.ended = "length"
        with closing(pick_tokens(self._model, inputs, decoding)) as steps:
            for count, (picked, before) in enumerate(steps, start=1):
                if count == 1:
                    self.prompt_tokens = before
                if not math.isfinite(picked.logprob):
                    raise RuntimeProblem("failed", _OVERFLOWN)
                if picked.number in self._ends:
                    self.ended = "stop"
                    return
                token = token_of(picked, self._bytes)
                if token is not None:
                    yield token
                if count == decoding.max_tokens or before + 1 >= self._context:
                    return


_OVERFLOWN = (
    "the model's figures overflowed (they are no numbers): its weights are damaged, or the card is too old for them "
    '(it lacks bfloat16); try quantization = "4bit", device = "cpu" or another model'
)


def _keep_to_this_machine() -> None:
    """Let no library fetch anything: the variable is read when huggingface_hub is imported, which comes later."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def _silence() -> None:
    """Let transformers write errors only: the progress of loading is of no use in a log."""
    from transformers.utils import logging  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
