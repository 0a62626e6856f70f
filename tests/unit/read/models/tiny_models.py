"""Model folders that are whole in form and hold no model: their weights are numbers of no meaning."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SEES = "model.visual.patch_embed.proj.weight"
READS = "model.language_model.layers.0.mlp.up_proj.weight"

CONFIG = {"model_type": "qwen3_vl", "architectures": ["Qwen3VLForConditionalGeneration"], "vision_config": {}}


def safetensors(sizes: Mapping[str, int], *, kind: str = "BF16", seed: int = 0) -> bytes:
    """The bytes of a safetensors file with these tensors, of so many bytes each."""
    head: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, size in sizes.items():
        head[name] = {"dtype": kind, "shape": [size // 2], "data_offsets": [offset, offset + size]}
        offset += size
    packed = json.dumps(head).encode()
    return len(packed).to_bytes(8, "little") + packed + random.Random(seed).randbytes(offset)


def model_files(
    size: int = 4096, *, config: Mapping[str, Any] | None = None, kind: str = "BF16", seed: int = 0
) -> dict[str, bytes]:
    """The files of a model with about ``size`` bytes of weights in one file."""
    return {
        "config.json": json.dumps(config if config is not None else CONFIG).encode(),
        "tokenizer.json": b'{"version": "1.0"}',
        "preprocessor_config.json": b"{}",
        "chat_template.jinja": b"{{ messages }}",
        "model.safetensors": safetensors({SEES: size // 2, READS: size // 2}, kind=kind, seed=seed),
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def shards(folder: Path) -> Path:
    """A model in two files and an index."""
    files = model_files() | {
        "one.safetensors": safetensors({SEES: 64}),
        "two.safetensors": safetensors({READS: 64}, seed=1),
    }
    del files["model.safetensors"]
    index = {"weight_map": {SEES: "one.safetensors", READS: "two.safetensors"}}
    return write_files(folder, files | {"model.safetensors.index.json": json.dumps(index).encode()})
