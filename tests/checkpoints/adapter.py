"""Writes a LoRA adapter as mlx-vlm's trainer does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.checkpoints.size import TINY, Family, Size

_RANK = 4


def make_adapter(folder: Path, family: Family = "qwen3_vl", seed: int = 0, *, size: Size = TINY) -> Path:
    """Write an adapter for the queries of every layer of a checkpoint of this family and size."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    width = size.heads * size.head_dim
    tensors = {}
    names = [f"language_model.model.layers.{number}.self_attn.q_proj" for number in range(size.layers)]
    for name in names:
        tensors[f"{name}.lora_a"] = generator.standard_normal((size.hidden, _RANK), dtype=np.float32)
        tensors[f"{name}.lora_b"] = generator.standard_normal((_RANK, width), dtype=np.float32)
    save_file(tensors, folder / "adapters.safetensors")
    settings = {
        "fine_tune_type": "lora",
        "num_layers": size.layers,
        "lora_parameters": {"rank": _RANK, "scale": 4.0, "dropout": 0.0, "keys": names},
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return folder
