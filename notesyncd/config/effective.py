"""The settings in force, each with where it comes from; secrets are masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from notesyncd.config.load import LoadedConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSetting:
    """One setting in force.

    Attributes:
        key: as ``watch.0.folder`` or ``sinks.notion.token``.
        value: as JSON has it; a secret is ``**********``.
        source: ``default``, ``file``, ``env NAME`` or ``file PATH`` (of a secret).
    """

    key: str
    value: Any
    source: str


def effective_settings(loaded: LoadedConfig) -> Iterator[EffectiveSetting]:
    """Yield every setting of the core, the readers and the sinks."""
    yield from _settings(loaded.config, "", loaded)
    for name, reader in loaded.readers.items():
        yield from _settings(reader, f"read.{name}.", loaded)
    for sink in loaded.sinks:
        below = f"sinks.{sink.name}."
        source = "default" if sink.plugin == sink.name else "file"
        yield EffectiveSetting(key=f"{below}plugin", value=sink.plugin, source=source)
        yield from _settings(sink.settings, below, loaded)


def _settings(model: BaseModel, below: str, loaded: LoadedConfig) -> Iterator[EffectiveSetting]:
    dumped = model.model_dump(mode="json")
    for name, value in model:
        key = f"{below}{name}"
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{key}.", loaded)
        elif isinstance(value, tuple) and value and all(isinstance(item, BaseModel) for item in value):
            for number, item in enumerate(value):
                yield from _settings(item, f"{key}.{number}.", loaded)
        else:
            source = loaded.secrets.get(key, "file") if name in model.model_fields_set else "default"
            yield EffectiveSetting(key=key, value=dumped[name], source=source)
