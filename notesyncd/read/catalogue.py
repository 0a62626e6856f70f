"""The models that notesyncd knows by name, as ``catalogue.toml`` beside this file lists them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from notesyncd.read.catalogue_entry import GB, Catalogue, CatalogueModel
from notesyncd.read.fit import Way
from notesyncd.read.model import ModelCard
from notesyncd.read.picture import PixelBudget


def read_catalogue(text: str) -> Catalogue:
    """Read a catalogue.

    Raises:
        ValueError: it is no TOML, or not of the form that these classes describe.
    """
    return Catalogue.model_validate(tomllib.loads(text))


@cache
def _loaded() -> Catalogue:
    return read_catalogue(files(__package__).joinpath("catalogue.toml").read_text("utf-8"))


@cache
def catalogue() -> Mapping[str, CatalogueModel]:
    """Return all models by name, in the catalogue's order."""
    return MappingProxyType({each.name: each for each in _loaded().model})


def fitting(runtime: str, memory_bytes: int) -> list[CatalogueModel]:
    """Return the models that ``auto`` takes with this much memory, the best first.

    Args:
        memory_bytes: of the machine, or of the graphics card that runs it; the smallest model is always among them.
    """
    rungs = reversed(_loaded().auto[runtime])
    return [catalogue()[rung.model] for rung in rungs if rung.from_gb * GB <= memory_bytes]


def by_memory(runtime: str, memory_bytes: int) -> CatalogueModel:
    """Return the model that ``model = "auto"`` stands for with this much memory."""
    return fitting(runtime, memory_bytes)[0]


def ways(runtime: str) -> list[Way]:
    """Return each way to run each model with a runtime, in the catalogue's order."""
    found = []
    for model in catalogue().values():
        weights = model.weights_for(runtime)
        if weights is None:
            continue
        found.append(Way(model=model.name, quantization=weights.quantization, memory_bytes=weights.memory_bytes))
        if weights.memory_4bit_gb is not None:
            found.append(Way(model=model.name, quantization="4bit", memory_bytes=weights.least_memory_bytes))
    return found


def with_hub_id(hub: str) -> CatalogueModel | None:
    """Return the model whose weights lie under this hub id, whatever runs them."""
    return next((each for each in catalogue().values() if hub in {weights.hub for weights in each.weights}), None)


def card_for(name: str, model_type: str | None = None) -> ModelCard:
    """Return the card of a model that is no entry of the catalogue: that of the family it seems to be of.

    The longest of the catalogue's words that its name holds decides, else its model type; a model of which neither is
    known is asked for a verbatim transcription in plain text.

    Args:
        name: of its repository or folder, or what a server calls it; it becomes the card's name.
        model_type: as its ``config.json`` has it, where there is one.
    """
    known = _by_words(name) or _by_type(model_type)
    if known is None:
        return ModelCard(name=name, family="unknown", pixels=PixelBudget(most=_UNKNOWN_MOST))
    thinks = known.thinks or "thinking" in name.lower()
    return replace(known.card, name=name, thinks=thinks)


_UNKNOWN_MOST = 2_097_152
"""Pixels of a picture for a model of which nothing is known: as for the general ones of the catalogue."""


def _by_words(name: str) -> CatalogueModel | None:
    name = name.lower().replace("_", "-")
    found = [(len(word), each) for each in catalogue().values() for word in each.words if word in name]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _by_type(model_type: str | None) -> CatalogueModel | None:
    wanted = (model_type or "").lower()
    return next((each for each in catalogue().values() if wanted in each.model_types), None)
