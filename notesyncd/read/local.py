"""The readers that run a model on this machine, in a process of their own: ``mlx`` and ``cuda``."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TypeVar

from notesyncd.api import Reader, ReaderCapabilities, ReaderContext
from notesyncd.read.line_reader import LineReader
from notesyncd.read.model import ModelCard, ModelFiles
from notesyncd.read.model_reader import ModelReader
from notesyncd.read.models.pace import note_seconds
from notesyncd.read.models.room import Room, room_for
from notesyncd.read.models.store import resolve
from notesyncd.read.models.store import unready as model_unready
from notesyncd.read.parsers import WITH_BOXES
from notesyncd.read.process.generator import ProcessGenerator
from notesyncd.read.process.limits import Limits
from notesyncd.read.process.runtime import LoadOrder
from notesyncd.read.settings import CudaSettings, MlxSettings, ModelSettings

MLX, CUDA = "mlx", "cuda"
Settings = TypeVar("Settings", bound=ModelSettings)

_MEMORY_SHARE = 0.75
"""Of the machine's memory, at which the process that runs a model is ended: the rest is the system's."""
_RECYCLED_AT = 0.8
"""Of that limit, at which it is started anew between two pages."""


def mlx_unready(context: ReaderContext) -> str | None:
    """Say why mlx can't read now: a package or a model is missing."""
    if find_spec("mlx_vlm") is None:
        return "the package mlx-vlm is missing; run: pip install 'notesyncd[mlx]'"
    return model_unready(context.model, runtime=MLX, cache=context.cache)


def mlx_unsuited(_context: ReaderContext) -> str | None:
    """Say why "auto" passes mlx over: without Apple's GPU it takes minutes a page."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return None
    return "this is no Apple Silicon; on the CPU mlx takes minutes a page (name it to use it)"


def cuda_unready(context: ReaderContext) -> str | None:
    """Say why transformers can't read now: a package or a model is missing."""
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        return f"the package {missing[0]} is missing; run: pip install 'notesyncd[cuda]'"
    return model_unready(context.model, runtime=CUDA, cache=context.cache)


def cuda_unsuited(context: ReaderContext) -> str | None:
    """Say why "auto" passes it over: without a card it takes minutes a page."""
    settings = _settings(context, CudaSettings)
    if settings.device != "cpu" and room_for(CUDA).is_card:
        return None
    return "there is no NVIDIA card; on the CPU a page takes minutes (name it to use it)"


def open_mlx(context: ReaderContext) -> Reader:
    """Open the reader; the model is loaded at the first page.

    Raises:
        ConfigError: if its package or model is missing.
    """
    settings = _settings(context, MlxSettings)
    files = resolve(context.model, runtime=MLX, cache=context.cache)
    to_4_bits = _to_4_bits(files, settings.quantization, room_for(MLX))
    order = _order(files, settings, device="auto", to_4_bits=to_4_bits)
    return _reader(context, MLX, files, order, settings)


def open_cuda(context: ReaderContext) -> Reader:
    """Open the reader; the model is loaded at the first page.

    Raises:
        ConfigError: if its package or model is missing.
    """
    settings = _settings(context, CudaSettings)
    files = resolve(context.model, runtime=CUDA, cache=context.cache)
    to_4_bits = _to_4_bits(files, settings.quantization, room_for(CUDA))
    device = "gpu" if settings.device == "cuda" else settings.device
    return _reader(context, CUDA, files, _order(files, settings, device=device, to_4_bits=to_4_bits), settings)


def _settings(context: ReaderContext, kind: type[Settings]) -> Settings:
    return context.settings if isinstance(context.settings, kind) else kind()


def _reader(
    context: ReaderContext, reader: str, files: ModelFiles, order: LoadOrder, settings: ModelSettings
) -> Reader:
    card = _card(files.card, settings)
    most = int(settings.memory_gb * 1e9) if settings.memory_gb else int(room_for(MLX).total_bytes * _MEMORY_SHARE)
    limits = Limits(
        idle_seconds=settings.idle_seconds,
        recycle_pages=settings.recycle_pages,
        recycle_bytes=int(most * _RECYCLED_AT),
        most_bytes=most,
    )
    generator = ProcessGenerator(
        reader=reader,
        runtime=reader,
        files=replace(files, card=card),
        order=order,
        limits=limits,
        work=context.cache / "pictures",
    )
    took = partial(note_seconds, context.cache, f"{reader}:{card.name}")
    if card.reads == "lines":
        capabilities = ReaderCapabilities(boxes=True, logprobs=True)
        return LineReader(card=card, generator=generator, capabilities=capabilities, took=took)
    capabilities = ReaderCapabilities(boxes=card.parser in WITH_BOXES, logprobs=True)
    return ModelReader(
        card=card, generator=generator, capabilities=capabilities, own_prompt=context.prompt_file, took=took
    )


def _card(card: ModelCard, settings: ModelSettings) -> ModelCard:
    """Return the card with what the user set."""
    most = min(settings.max_pixels or card.pixels.most, 16_000_000)
    return replace(
        card,
        pixels=replace(card.pixels, most=most, least=min(card.pixels.least, most)),
        max_tokens=settings.max_tokens or card.max_tokens,
    )


def _order(files: ModelFiles, settings: ModelSettings, *, device: str, to_4_bits: bool) -> LoadOrder:
    return LoadOrder(
        folder=files.folder,
        adapter=settings.adapter,
        quantization="4bit" if to_4_bits else None,
        device=device,
        max_pixels=settings.max_pixels or files.card.pixels.most,
        thinks=files.card.thinks,
    )


def _to_4_bits(files: ModelFiles, wish: str, room: Room) -> bool:
    """Say whether weights are to be brought to 4 bits while they are loaded; those that have few bits stay."""
    if wish != "auto":
        return wish == "4bit"
    is_whole = files.quantization is None or "bit" not in files.quantization
    return is_whole and files.memory_bytes is not None and not room.fits(files.memory_bytes)
