"""What is known of a model: how it is asked, how its answers are read, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notesyncd.read.picture import PixelBudget

Asked = Literal["verbatim", "fixed"]
"""Verbatim: with our own prompt. Fixed: with the very words that the model was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """How a model is asked and how its answers are read.

    Attributes:
        name: as in the catalogue, or the hub id or folder's name of one that is not there.
        family: of models that are asked alike: ``qwen3-vl``.
        reads: a whole page, or one line at a time (then the light reader's lines are handed to it).
        asked: with which kind of prompt.
        prompt: the fixed prompt; empty where ``asked`` is verbatim.
        parser: name of the parser of its answers (``read.parsers``).
        pixels: how large a picture it may have.
        max_tokens: of an answer.
        repetition_penalty: where the model's own card needs one.
        thinks: it thinks aloud unless it is told not to.
    """

    name: str
    family: str
    pixels: PixelBudget
    parser: str = "verbatim"
    asked: Asked = "verbatim"
    prompt: str = ""
    reads: Literal["page", "lines"] = "page"
    max_tokens: int = 4096
    repetition_penalty: float | None = None
    thinks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model on this disk.

    Attributes:
        folder: holds ``config.json``, weights, tokenizer and processor files.
        digest: sha256 over the names, sizes and bytes of the weights.
        revision: commit of the hub that it was fetched at, if it was.
        quantization: as its ``config.json`` says (``4bit``), else the type of its weights (``bf16``).
        memory_bytes: that it takes to run it, as far as that is known.
    """

    card: ModelCard
    folder: Path
    digest: str
    revision: str | None = None
    quantization: str | None = None
    memory_bytes: int | None = None
