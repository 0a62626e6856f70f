"""What a model's folder holds: its configuration, whole weights, and how they were quantized."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notesyncd.read.models.tensors import DamagedFile, Tensor, tensors_of

_LONGEST_JSON = 64 << 20  # bytes; the index of a mixture of experts has some megabytes
_WORD = re.compile(r"[a-z0-9_.-]{1,32}")
_KINDS = {"BF16": "bf16", "F16": "fp16", "F32": "fp32", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}

_SEEING = re.compile(r"visual|vision|image|(^|\.)(vit|sam_model)\.|patch_embed")
"""Names of weights that see a picture, in the families of the catalogue and their conversions. A text model, or a
conversion that dropped them, has none."""


class UnusableModel(Exception):  # noqa: N818 - named by what it is
    """A folder that holds no whole model that can read a picture; ``str()`` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A model's folder.

    Attributes:
        model_type: of its ``config.json``: ``qwen3_vl``.
        quantization: ``4bit`` and the like as its ``config.json`` says, else the type of most of its weights.
        weights_bytes: size of its weights.
    """

    folder: Path
    model_type: str | None
    quantization: str | None
    weights_bytes: int


def contents_of(folder: Path) -> Contents:
    """Look at a model's folder; its weights' heads are read, not the weights.

    Raises:
        UnusableModel: it is not there or not whole, or can't read pictures.
    """
    if not folder.is_dir():
        raise UnusableModel(f"there is no folder {folder}")
    try:
        config = _json(folder / "config.json")
        files = weight_files(folder)
        tensors = [tensor for file in files for tensor in _whole(file)]
    except OSError as error:
        raise UnusableModel(f"{error.filename or folder} can't be read: {error.strerror}") from error
    if not any(_SEEING.search(tensor.name) or _encodes(tensor, config) for tensor in tensors):
        raise UnusableModel(f"{folder} holds no weights that see a picture: it reads text only, or lost them")
    model_type = config.get("model_type")
    return Contents(
        folder=folder,
        model_type=model_type if isinstance(model_type, str) else None,
        quantization=_quantization(config) or _kind(tensors),
        weights_bytes=sum(file.stat().st_size for file in files),
    )


def weight_files(folder: Path) -> list[Path]:
    """Return the files of a model's weights, by name; pickles (``*.bin``) are never loaded and are none.

    Raises:
        UnusableModel: there are none, or one that an index names is missing.
    """
    files = sorted(file for file in folder.iterdir() if is_weights(file.name))
    if not files:
        raise UnusableModel(f"{folder} has no weights as *.safetensors, the only kind that is loaded")
    there = {file.name for file in files}
    for index in folder.glob("*.safetensors.index.json"):
        named = _json(index).get("weight_map")
        missing = sorted({str(name) for name in named.values()} - there) if isinstance(named, dict) else []
        if missing:
            raise UnusableModel(f"{folder} is not whole: {missing[0]} is missing" + _and_more(missing))
    return files


def is_weights(name: str) -> bool:
    """Say whether a file of a model's folder holds weights of it; an adapter's are laid over them elsewhere."""
    return name.endswith(".safetensors") and not name.startswith("adapter")


def _whole(file: Path) -> list[Tensor]:
    try:
        return tensors_of(file)
    except DamagedFile as error:
        raise UnusableModel(f"{file} {error}") from error


def _encodes(tensor: Tensor, config: Mapping[str, Any]) -> bool:
    """Tell a weight of TrOCR's encoder, which is named like any other encoder's."""
    return config.get("model_type") == "vision-encoder-decoder" and tensor.name.startswith("encoder.")


def _and_more(missing: list[str]) -> str:
    return f", and {len(missing) - 1} more" if len(missing) > 1 else ""


def _quantization(config: Mapping[str, Any]) -> str | None:
    """Return how weights were quantized; mlx writes ``quantization``, transformers ``quantization_config``."""
    for key in ("quantization", "quantization_config"):
        how = config.get(key)
        if not isinstance(how, dict):
            continue
        for name in ("4bit", "8bit"):
            if how.get(f"load_in_{name}") is True:
                return name
        mode, bits = how.get("mode"), how.get("bits")
        if isinstance(mode, str) and mode != "affine" and _WORD.fullmatch(mode):
            return mode
        if isinstance(bits, int) and 0 < bits <= 16:
            return f"{bits}bit"
        method = how.get("quant_method")
        if isinstance(method, str) and _WORD.fullmatch(method):
            return method
    return None


def _kind(tensors: Iterable[Tensor]) -> str | None:
    """Return the type that most bytes of the weights have, where it is one that numbers are computed in."""
    sizes: Counter[str] = Counter()
    for tensor in tensors:
        sizes[tensor.kind] += tensor.size
    return _KINDS.get(sizes.most_common(1)[0][0]) if sizes else None


def _json(file: Path) -> Mapping[str, Any]:
    try:
        if file.stat().st_size > _LONGEST_JSON:
            raise UnusableModel(f"{file} is too long for what it should be")
        found = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise UnusableModel(f"{file.parent} is no model: {file.name} is missing") from error
    except (ValueError, RecursionError) as error:
        raise UnusableModel(f"{file} is damaged: it is no JSON") from error
    if not isinstance(found, dict):
        raise UnusableModel(f"{file} is damaged: it is no JSON object")
    return found
