"""How large a checkpoint is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["qwen3_vl", "qwen2_5_vl"]

PATCH: dict[Family, int] = {"qwen3_vl": 16, "qwen2_5_vl": 14}
"""Side of a patch, pixels."""
MERGE = 2  # patches a side that become one token
TEMPORAL = 2  # frames of a patch; a picture stands for two equal ones
POSITION_GRID = 8  # learned positions a side, interpolated to the picture's grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Widths and depths of a model.

    Every width that is an input is a multiple of 64, the usual group of a quantization, so that bringing the weights to
    4 bits really does so; the rotary sections are half of ``head_dim`` together.
    """

    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    layers: int
    vision_hidden: int
    vision_intermediate: int
    vision_depth: int
    vision_heads: int

    @property
    def rotary_sections(self) -> tuple[int, int, int]:
        """Halves of ``head_dim`` that carry time, height and width."""
        half = self.head_dim // 2
        side = half // 4
        return half - 2 * side, side, side


TINY = Size(
    hidden=64,
    intermediate=128,
    heads=4,
    kv_heads=2,
    head_dim=16,
    layers=2,
    vision_hidden=64,
    vision_intermediate=128,
    vision_depth=2,
    vision_heads=4,
)
"""Under 2 MB, made in a tenth of a second."""

LARGE = Size(
    hidden=1024,
    intermediate=3072,
    heads=16,
    kv_heads=8,
    head_dim=64,
    layers=24,
    vision_hidden=256,
    vision_intermediate=512,
    vision_depth=2,
    vision_heads=4,
)
"""0.3 billion weights, 1.2 GB in 32 bits: a token takes more than 50 ms on two cores."""
