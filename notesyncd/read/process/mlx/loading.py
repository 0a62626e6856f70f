"""Loads a model by mlx-vlm: all of its weights, nothing that is not in its folder, and no code that lies there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notesyncd.read.models.contents import Contents, UnusableModel, contents_of
from notesyncd.read.process.mlx import problems
from notesyncd.read.process.mlx.place import Place
from notesyncd.read.process.runtime import LoadOrder, RuntimeProblem

_GROUP, _BITS = 64, 4
"""Weights that share a scale, and bits of each: what mlx-vlm's converter takes by itself."""
_FOUR_BITS = 4.5  # bits that a weight takes then: each group has a scale and an offset of 16 bits
_BITS_OF = {"fp32": 32, "bf16": 16, "fp16": 16, "fp8": 8}

_RUN_ITS_CODE = frozenset({"inkling", "internvl_chat", "minicpmo", "moondream2"})
"""Types of models whose processors in mlx-vlm 0.7.10 always trust Python files beside a tokenizer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model with its processor; ``quantization`` as the weights stand in memory: ``4bit``, ``bf16``."""

    model: Any
    processor: Any
    quantization: str | None


def load_model(order: LoadOrder, place: Place) -> Loaded:
    """Return a model of mlx-vlm, ready to generate.

    Raises:
        RuntimeProblem: parts of it are missing, it does not fit, or it would run code of its own.
        Exception: of any kind, from the libraries.
    """
    try:
        contents = contents_of(order.folder)
    except UnusableModel as error:
        raise RuntimeProblem("config", str(error)) from error
    quantizes = _quantizes(order, contents)
    _check_room(contents, place, quantizes=quantizes)
    import mlx.core as mx  # noqa: PLC0415
    from mlx_vlm import load  # noqa: PLC0415
    from mlx_vlm.utils import load_config  # noqa: PLC0415

    _check_code(order.folder)
    # lazy: weights that are brought to 4 bits are never in memory all at once
    model, processor = load(str(order.folder), lazy=True, trust_remote_code=False)
    if quantizes:
        _to_4_bits(model, load_config(order.folder))
    if order.adapter is not None:
        _lay_over(model, order.adapter)
    mx.eval(model.parameters())
    model.eval()
    return Loaded(model=model, processor=processor, quantization="4bit" if quantizes else contents.quantization)


def _quantizes(order: LoadOrder, contents: Contents) -> bool:
    """Tell whether the weights are to be brought to 4 bits now; those that were converted before stay as they are."""
    if order.quantization is None:
        return False
    if order.quantization != "4bit":
        raise RuntimeProblem("config", f'the mlx reader knows quantization = "4bit", not "{order.quantization}"')
    return contents.quantization in _BITS_OF


def _check_room(contents: Contents, place: Place, *, quantizes: bool) -> None:
    bits = _BITS_OF.get(contents.quantization or "")
    smaller = None if bits is None else int(contents.weights_bytes * _FOUR_BITS / bits)
    needs = smaller if quantizes and smaller is not None else contents.weights_bytes
    if needs > place.memory_bytes:
        raise problems.no_room(
            contents.folder, needs=needs, has=place.memory_bytes, smaller=None if quantizes else smaller
        )


def _check_code(folder: Path) -> None:
    """Refuse a model that mlx-vlm would run Python files of."""
    from mlx_vlm.utils import get_model_type  # noqa: PLC0415

    config = json.loads((folder / "config.json").read_bytes())
    runs = "model_file" in config or (get_model_type(config) in _RUN_ITS_CODE and any(folder.glob("*.py")))
    if runs:
        raise RuntimeProblem(
            "config", f"{folder.name} brings code of its own, which is never run here: choose another model"
        )


def _to_4_bits(model: Any, config: dict[str, Any]) -> None:
    """Bring weights to 4 bits by the rules of mlx-vlm's converter: what sees the picture stays as it is."""
    from mlx_vlm.quant_utils import quantize_model  # noqa: PLC0415
    from mlx_vlm.utils import skip_multimodal_module  # noqa: PLC0415

    own = getattr(model, "quant_predicate", None)

    def chosen(path: str, module: Any) -> Any:
        if skip_multimodal_module(path):
            return False
        return True if own is None else own(path, module)

    quantize_model(model, config, _GROUP, _BITS, mode="affine", quant_predicate=chosen)


def _lay_over(model: Any, adapter: Path) -> None:
    if not (adapter / "adapter_config.json").is_file() or not (adapter / "adapters.safetensors").is_file():
        raise RuntimeProblem(
            "config",
            f"{adapter} is no adapter for mlx: it needs adapters.safetensors and adapter_config.json, as mlx_vlm.train "
            "writes them",
        )
    from mlx_vlm.trainer.peft.utils import apply_lora_layers  # noqa: PLC0415

    try:
        apply_lora_layers(model, adapter)
    except Exception as error:
        raise RuntimeProblem(
            "config", f"the adapter {adapter} does not fit this model ({type(error).__name__}: {error})"[:500]
        ) from error
