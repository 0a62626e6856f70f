"""What the files of a model tell before torch is asked to load them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notesyncd.read.models.contents import UnusableModel, contents_of
from notesyncd.read.process.runtime import RuntimeProblem

_LONGEST = 16 << 20  # bytes of a JSON file; published ones have some kilobytes, a chat template included

# Where the class of a model's processor is named, in the order in which transformers looks it up.
_NAMES_PROCESSOR = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")

_FOUR_BITS = 0.6
"""Bytes that a weight of 4 bits takes: half a byte, and for nf4 one float32 for every 64 weights (bitsandbytes)."""
_SIXTEEN_BITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model's folder.

    Attributes:
        model_type: of ``config.json``: ``qwen3_vl``.
        weights_bytes: size of its weights on disk.
        dtype: of its weights, as ``config.json`` says: ``bfloat16``.
        quantized_by: the method that its weights were quantized with (``bitsandbytes``, ``gptq``), or None.
        processor: name of the class that makes a model's inputs, where the files name one.
    """

    folder: Path
    model_type: str
    weights_bytes: int
    dtype: str | None
    quantized_by: str | None
    processor: str | None

    @classmethod
    def of(cls, folder: Path) -> Checkpoint:
        """Look at a folder.

        Raises:
            RuntimeProblem: it holds no model that transformers could load, and why.
        """
        if (folder / "adapter_config.json").exists():  # transformers would load the model that it names instead
            raise RuntimeProblem("config", f"{folder} holds an adapter, no model: set it as adapter, beside a model")
        try:
            contents = contents_of(folder)
        except UnusableModel as error:
            raise RuntimeProblem("config", str(error)) from error
        config = _json(folder / "config.json")
        quantized = config.get("quantization_config")
        method = quantized.get("quant_method") if isinstance(quantized, dict) else None
        if method is None and (quantized or config.get("quantization")):
            raise RuntimeProblem(
                "config", f"{folder} was converted for mlx, which the cuda reader can't load: fetch the original model"
            )
        names = (_json(folder / name).get("processor_class") for name in _NAMES_PROCESSOR)
        return cls(
            folder=folder,
            model_type=str(contents.model_type),
            weights_bytes=contents.weights_bytes,
            dtype=_dtype(config),
            quantized_by=method if method is None else str(method),
            processor=next((name for name in names if isinstance(name, str)), None),
        )

    def loaded_bytes(self, quantization: str | None) -> int:
        """Return about how much memory the weights take; with ``4bit``, as if all of 16 bits became 4.

        bitsandbytes leaves the experts of a mixture as they are, and these are nearly all of its weights.
        """
        if quantization == "4bit" and self.quantized_by is None and not self.model_type.endswith("_moe"):
            return int(self.weights_bytes * _FOUR_BITS / _SIXTEEN_BITS)
        return self.weights_bytes


def _dtype(config: dict[str, Any]) -> str | None:
    """Return the type of the weights; the key was renamed, and some models keep it beside their text settings."""
    inner = config.get("text_config")
    for part in (config, inner if isinstance(inner, dict) else {}):
        for key in ("dtype", "torch_dtype"):
            if isinstance(part.get(key), str):
                return str(part[key])
    return None


def _json(file: Path) -> dict[str, Any]:
    """Return the object of a JSON file; empty where it is missing, damaged, too long or no object."""
    try:
        if file.stat().st_size > _LONGEST:
            return {}
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
