"""Which model a server serves, and what kind of server it is, as far as its list of models tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from notesyncd.api import ConfigError, TransientError
from notesyncd.read.http.presets import PRESETS, UNKNOWN, Preset

_LONGEST_NAME = 300
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One entry of a server's list; ``loaded`` is None where the server does not tell."""

    name: str
    owner: str | None = None
    loaded: bool | None = None


def served(listed: bytes, *, server: str) -> tuple[Served, ...]:
    """Read a server's list of models.

    Raises:
        TransientError: if it is none.
    """
    try:
        entries = json.loads(listed)["data"] or []  # Ollama writes null where it has none
    except (ValueError, KeyError, TypeError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise TransientError(f"{server} gives no list of models; is base_url right? It mostly ends in /v1")
    return tuple(entry for entry in map(_entry, entries) if entry is not None)


def only_model(models: tuple[Served, ...], *, server: str) -> Served:
    """Return the model that is meant where none is set: the only one, or the only one that is loaded.

    Raises:
        TransientError: if there is none; one may be loaded later.
        ConfigError: if a person must choose.
    """
    if not models:
        raise TransientError(f"{server} serves no model yet")
    loaded = [model for model in models if model.loaded]
    for choice in (models, loaded):
        if len(choice) == 1:
            return choice[0]
    names = [model.name for model in loaded or models]
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    raise ConfigError(f"{server} serves several models ({shown}); set model under [read.http]")


def kind_of(models: tuple[Served, ...]) -> Preset:
    """Return the preset of the server that such a list comes from."""
    owners = {model.owner for model in models}
    for preset in PRESETS.values():
        if preset.owner in owners - {None}:
            return preset
    # mlx_vlm.server alone says which models are loaded, and names no owner
    return PRESETS["mlx-vlm"] if any(model.loaded is not None for model in models) else UNKNOWN


def _entry(entry: Any) -> Served | None:
    if not isinstance(entry, dict):
        return None
    name, owner, loaded = entry.get("id"), entry.get("owned_by"), entry.get("loaded")
    if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME or not name.isprintable():
        return None
    return Served(
        name=name,
        owner=owner if isinstance(owner, str) else None,
        loaded=loaded if isinstance(loaded, bool) else None,
    )
