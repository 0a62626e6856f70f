"""Runs a model by mlx-vlm, on Apple's GPU, or on the processor: the inside of the ``mlx`` reader."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Generator, Iterator
from importlib.metadata import version
from typing import Any, Literal

from PIL import Image

from notesyncd.api import Pixels
from notesyncd.read.generation import Alternative, Decoding, Token
from notesyncd.read.process.runtime import ALTERNATIVES, LoadOrder, RuntimeFacts, RuntimeProblem
from notesyncd.read.process.token_bytes import TokenBytes

_GROUP = 64  # weights that share a scale when they are brought to 4 bits: mlx-vlm's own default
_PREFILL = 2048  # tokens of the prompt at a time; fixed, since other pieces give other last digits


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
        except (MemoryError, RuntimeError) as error:
            kind: Literal["memory", "config"] = "memory" if _is_memory(error) else "config"
            raise RuntimeProblem(kind, _not_loaded(order, error)) from error
        except Exception as error:
            raise RuntimeProblem("config", _not_loaded(order, error)) from error

    def facts(self) -> RuntimeFacts:
        """Say what runs."""
        import mlx.core as mx  # noqa: PLC0415

        names = ("mlx", "mlx-vlm", "transformers", "tokenizers")
        return RuntimeFacts(
            engine="mlx-vlm",
            version=version("mlx-vlm"),
            device=str(mx.default_device().type).removeprefix("DeviceType."),
            quantization=self._quantization,
            packages=tuple((name, version(name)) for name in names),
        )

    def tokens(self, picture: Pixels, prompt: str, decoding: Decoding) -> Generator[Token, None, None]:
        """Answer, token by token; see ``runtime.Runtime``.

        One token behind the model: its figures are worked out while the next one is.
        """
        height, width = picture.shape[:2]
        if height * width > self._order.max_pixels:
            raise RuntimeProblem(
                "page", f"a picture of {width} x {height} is more than the {self._order.max_pixels} pixels agreed on"
            )
        self.ended = "length"
        waiting: _Figures | None = None
        for number, figures in self._generated(picture, prompt, decoding):
            if waiting is not None:
                yield from self._token(*waiting)
            waiting = (number, *figures)
        if waiting is not None:
            yield from self._token(*waiting)

    def rest(self) -> None:
        """Give back the buffers that mlx keeps for the next page: it never does so by itself."""
        import mlx.core as mx  # noqa: PLC0415

        gc.collect()
        mx.clear_cache()

    # ------------------------------------------------------------------------------------------------------- loading

    def _load(self) -> None:
        import mlx.core as mx  # noqa: PLC0415
        from mlx_vlm import load  # noqa: PLC0415

        order = self._order
        if order.device == "cpu":
            mx.set_default_device(mx.cpu)
        elif order.device == "gpu" and mx.default_device() != mx.gpu:
            raise RuntimeProblem("config", "mlx finds no GPU here; set device to auto")
        mx.set_cache_limit(order.cache_bytes)
        adapter = None if order.adapter is None else str(order.adapter)
        # lazy: weights that are brought to 4 bits are never in memory as a whole
        self._model: Any
        self._processor: Any
        self._model, self._processor = load(str(order.folder), adapter_path=adapter, lazy=True)
        self._quantization = _quantization(self._model)
        if order.quantization == "4bit" and self._quantization is None:
            _to_4_bits(self._model)
            self._quantization = "4bit"
        mx.eval(self._model.parameters())
        self._model.eval()
        tokenizer = getattr(self._processor, "tokenizer", self._processor)
        self._bytes = TokenBytes(tokenizer)

    # ---------------------------------------------------------------------------------------------------- generating

    def _generated(
        self, picture: Pixels, prompt: str, decoding: Decoding
    ) -> Iterator[tuple[int, tuple[Any, Any, Any, Any]]]:
        """Yield each token's number with its figures, not worked out yet."""
        from mlx_vlm import stream_generate  # noqa: PLC0415

        raw: deque[Any] | None = None
        options: dict[str, Any] = {}
        if decoding.repetition_penalty is not None:
            raw = deque()
            options["logits_processors"] = [
                _penalty(decoding.repetition_penalty, decoding.repetition_context, raw.append)
            ]
        if str(self._model.config.model_type).startswith("qwen"):
            height, width = picture.shape[:2]
            options |= {"max_pixels": height * width, "min_pixels": height * width}  # nothing is left to be resized
        answer = stream_generate(
            self._model,
            self._processor,
            self._asked(prompt),
            image=[Image.fromarray(picture)],
            max_tokens=decoding.max_tokens,
            temperature=decoding.temperature,
            prefill_step_size=_PREFILL,
            **options,
        )
        try:
            for item in answer:
                if item.finish_reason is not None:  # repeats the last token, or is the end
                    self.ended = "stop" if item.finish_reason == "stop" else "length"
                    return
                self.prompt_tokens = item.prompt_tokens
                yield item.token, _figures(item.logprobs if raw is None else _normalised(raw.popleft()), item.token)
        except (MemoryError, RuntimeError) as error:
            if _is_memory(error):
                raise RuntimeProblem("memory", f"there is not enough memory for this page: {error}") from error
            raise
        finally:
            answer.close()

    def _asked(self, prompt: str) -> Any:
        from mlx_vlm.prompt_utils import apply_chat_template  # noqa: PLC0415

        return apply_chat_template(self._processor, self._model.config, prompt, num_images=1, enable_thinking=False)

    def _token(self, number: int, logprob: Any, entropy: Any, others: Any, their_logprobs: Any) -> Iterator[Token]:
        """Yield the token, unless it is a special one that is no part of the answer."""
        data = self._bytes.of(number)
        if data is None:
            return
        alternatives = sorted(
            zip(their_logprobs.tolist(), others.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1])
        )
        yield Token(
            data=data,
            logprob=logprob.item(),
            id=number,
            entropy=max(0.0, entropy.item()),
            alternatives=tuple(
                Alternative(data=self._bytes_of_other(other), logprob=score)
                for score, other in alternatives
                if other != number
            )[:ALTERNATIVES],
        )

    def _bytes_of_other(self, number: int) -> bytes:
        """Return an alternative's bytes; none where it is the end, another special token, or not the tokenizer's."""
        try:
            return self._bytes.of(number) or b""
        except LookupError:
            return b""


_Figures = tuple[int, Any, Any, Any, Any]


def _figures(logprobs: Any, token: int) -> tuple[Any, Any, Any, Any]:
    """Begin to work out log-probability and entropy of a token, and the most probable others with theirs."""
    import mlx.core as mx  # noqa: PLC0415

    logprobs = logprobs.reshape(-1).astype(mx.float32)
    # a token of probability 0 adds nothing, and minus infinity times 0 is no number
    entropy = -mx.sum(mx.where(mx.isinf(logprobs), 0.0, mx.exp(logprobs) * logprobs))
    count = min(ALTERNATIVES + 1, logprobs.size)
    best = mx.argpartition(-logprobs, kth=count - 1)[:count]
    figures = (logprobs[token], entropy, best, logprobs[best])
    mx.async_eval(*figures)  # type: ignore[no-untyped-call]
    return figures


def _normalised(logits: Any) -> Any:
    import mlx.core as mx  # noqa: PLC0415

    logits = logits.astype(mx.float32)
    return logits - mx.logsumexp(logits, axis=-1, keepdims=True)


def _penalty(penalty: float, context: int, keep: Callable[[Any], None]) -> Callable[[Any, Any], Any]:
    """Return a processor of logits that penalises what was generated lately, and keeps them as they were before.

    Logits above 0 are divided, those below are multiplied, once a token (Keskar et al. 2019, CTRL, section 4.1).
    """
    import mlx.core as mx  # noqa: PLC0415

    def process(tokens: Any, logits: Any) -> Any:
        keep(logits)
        recent = tokens[1:][-context:]  # the first is the prompt's last
        if recent.size == 0:
            return logits
        chosen = logits[:, recent]
        logits[:, recent] = mx.where(chosen < 0, chosen * penalty, chosen / penalty)
        return logits

    return process


def _to_4_bits(model: Any) -> None:
    """Bring the language model to 4 bits, as the converters of mlx-vlm do; what sees the picture stays as it is."""
    from mlx import nn  # noqa: PLC0415

    def can_be(_path: str, module: Any) -> bool:
        return hasattr(module, "to_quantized") and module.weight.shape[-1] % _GROUP == 0

    nn.quantize(model.language_model, group_size=_GROUP, bits=4, class_predicate=can_be)


def _quantization(model: Any) -> str | None:
    config = model.config
    told = getattr(config, "quantization", None) or getattr(config, "quantization_config", None)
    bits = told.get("bits") if isinstance(told, dict) else None
    return f"{bits}bit" if bits else None


def _is_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in ("out of memory", "malloc", "alloc"))


def _not_loaded(order: LoadOrder, error: BaseException) -> str:
    what = f"{order.folder.name} can't be loaded by mlx-vlm {version('mlx-vlm')}"
    return f"{what} ({type(error).__name__}: {str(error)[:500]}); fetch it again or take another model"
