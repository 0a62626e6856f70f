"""Names and shapes of all tensors, as published, and random numbers for them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from tests.checkpoints.size import MERGE, PATCH, POSITION_GRID, TEMPORAL, Family, Size

Shape = tuple[int, ...]


def shapes(family: Family, size: Size, vocabulary: int) -> dict[str, Shape]:
    """Return the shape of each tensor by name."""
    newer = family == "qwen3_vl"
    vision, text = ("model.visual", "model.language_model") if newer else ("visual", "model")
    return {**dict(_vision(family, size, vision)), **dict(_text(family, size, text, vocabulary))}


def make_weights(family: Family, size: Size, vocabulary: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw all tensors: norms are 1, biases 0, all else normal with a deviation of 1 / sqrt(inputs)."""
    generator = np.random.default_rng(seed)
    weights: dict[str, NDArray[np.float32]] = {}
    for name, shape in sorted(shapes(family, size, vocabulary).items()):
        if name.endswith(".bias"):
            weights[name] = np.zeros(shape, np.float32)
        elif len(shape) == 1:
            weights[name] = np.ones(shape, np.float32)
        else:
            drawn = generator.standard_normal(shape, dtype=np.float32)
            weights[name] = drawn * np.float32(prod(shape[1:]) ** -0.5)
    return weights


def _linear(name: str, outputs: int, inputs: int, *, bias: bool = True) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (outputs, inputs)
    if bias:
        yield f"{name}.bias", (outputs,)


def _vision(family: Family, size: Size, prefix: str) -> Iterator[tuple[str, Shape]]:
    newer = family == "qwen3_vl"
    hidden, inner, patch = size.vision_hidden, size.vision_intermediate, PATCH[family]
    merged = hidden * MERGE**2
    yield f"{prefix}.patch_embed.proj.weight", (hidden, 3, TEMPORAL, patch, patch)
    if newer:
        yield f"{prefix}.patch_embed.proj.bias", (hidden,)
        yield f"{prefix}.pos_embed.weight", (POSITION_GRID**2, hidden)
    for number in range(size.vision_depth):
        block = f"{prefix}.blocks.{number}"
        for norm in ("norm1", "norm2"):
            yield f"{block}.{norm}.weight", (hidden,)
            if newer:
                yield f"{block}.{norm}.bias", (hidden,)
        yield from _linear(f"{block}.attn.qkv", 3 * hidden, hidden)
        yield from _linear(f"{block}.attn.proj", hidden, hidden)
        ways = ("linear_fc1", "linear_fc2") if newer else ("gate_proj", "up_proj", "down_proj")
        for way in ways:
            inwards = way in ("linear_fc2", "down_proj")
            yield from _linear(f"{block}.mlp.{way}", *((hidden, inner) if inwards else (inner, hidden)))
    if not newer:
        yield f"{prefix}.merger.ln_q.weight", (hidden,)
        yield from _linear(f"{prefix}.merger.mlp.0", merged, merged)
        yield from _linear(f"{prefix}.merger.mlp.2", size.hidden, merged)
        return
    # the main merger norms single patches, the one of a deeper layer the merged four
    for merger, width in (("merger", hidden), ("deepstack_merger_list.0", merged)):
        yield f"{prefix}.{merger}.norm.weight", (width,)
        yield f"{prefix}.{merger}.norm.bias", (width,)
        yield from _linear(f"{prefix}.{merger}.linear_fc1", merged, merged)
        yield from _linear(f"{prefix}.{merger}.linear_fc2", size.hidden, merged)


def _text(family: Family, size: Size, prefix: str, vocabulary: int) -> Iterator[tuple[str, Shape]]:
    newer = family == "qwen3_vl"
    width, narrow = size.heads * size.head_dim, size.kv_heads * size.head_dim
    yield f"{prefix}.embed_tokens.weight", (vocabulary, size.hidden)
    yield f"{prefix}.norm.weight", (size.hidden,)
    for number in range(size.layers):
        layer = f"{prefix}.layers.{number}"
        attention = f"{layer}.self_attn"
        # biases in the older family, norms of queries and keys in the newer one
        yield from _linear(f"{attention}.q_proj", width, size.hidden, bias=not newer)
        yield from _linear(f"{attention}.k_proj", narrow, size.hidden, bias=not newer)
        yield from _linear(f"{attention}.v_proj", narrow, size.hidden, bias=not newer)
        yield from _linear(f"{attention}.o_proj", size.hidden, width, bias=False)
        if newer:
            yield f"{attention}.q_norm.weight", (size.head_dim,)
            yield f"{attention}.k_norm.weight", (size.head_dim,)
        yield from _linear(f"{layer}.mlp.gate_proj", size.intermediate, size.hidden, bias=False)
        yield from _linear(f"{layer}.mlp.up_proj", size.intermediate, size.hidden, bias=False)
        yield from _linear(f"{layer}.mlp.down_proj", size.hidden, size.intermediate, bias=False)
        yield f"{layer}.input_layernorm.weight", (size.hidden,)
        yield f"{layer}.post_attention_layernorm.weight", (size.hidden,)
