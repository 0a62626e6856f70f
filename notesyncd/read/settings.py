"""Settings of the readers that run a model in a process of their own: ``[read.mlx]`` and ``[read.cuda]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from notesyncd.api import PluginSettings


def _full(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_absolute():
        raise ValueError("give a full path (or one that begins with ~); the daemon may be started anywhere")
    return path


Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]


class ModelSettings(PluginSettings):
    """What can be set for any model that runs on this machine."""

    adapter: Annotated[Path, AfterValidator(_full)] | None = Field(
        default=None,
        description="Folder of a LoRA adapter to lay over the model, such as one that learnt your hand.",
        examples=["~/adapters/my-hand"],
    )
    max_pixels: Whole | None = Field(
        default=None,
        ge=65_536,
        le=16_000_000,
        description="How large a picture the model gets, in pixels. Left out: as the catalogue says for the model.",
        examples=[2_097_152],
    )
    max_tokens: Whole | None = Field(
        default=None,
        ge=16,
        le=32_768,
        description="How long an answer may get, in tokens. Left out: as the catalogue says for the model.",
        examples=[4096],
    )
    idle_seconds: Number = Field(
        default=900.0, ge=1, le=86_400, description="The model is unloaded when there was nothing to read for so long."
    )
    recycle_pages: Whole = Field(
        default=200, ge=1, description="The process that runs the model is started anew after so many pages."
    )
    memory_gb: Number | None = Field(
        default=None,
        gt=0,
        description="The process that runs the model is ended when it takes more than this. Left out: three quarters "
        "of this machine's memory.",
        examples=[8.0],
    )


class MlxSettings(ModelSettings):
    """``[read.mlx]``."""

    quantization: Literal["auto", "4bit", "none"] = Field(
        default="auto",
        description="'4bit' brings weights to 4 bits while they are loaded, 'none' leaves them; 'auto': 4 bits where "
        "they don't fit otherwise.",
    )


class CudaSettings(ModelSettings):
    """``[read.cuda]``."""

    quantization: Literal["auto", "4bit", "none"] = Field(
        default="auto",
        description="'4bit' brings weights to 4 bits while they are loaded (bitsandbytes), 'none' leaves them; 'auto': "
        "4 bits where they don't fit the card otherwise.",
    )
    device: Literal["auto", "cuda", "cpu"] = Field(
        default="auto",
        description="Where the model runs; 'cpu' is allowed, and slow. 'auto': on a card, if there is one.",
    )
