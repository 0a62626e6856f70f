"""Writes the first configuration file: what the user chose, and every other setting as a comment to be uncommented."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from notesyncd.config.schema import Config, WatchSettings

_HEAD = """\
# The configuration of notesyncd. `notesyncd config check` checks it, `notesyncd config show` shows what is in force.
# A line that begins with "# " and has a "=" shows a default, or an example: take the "# " away to change it.
"""


def config_text(
    *,
    folder: Path,
    chosen: Mapping[str, Mapping[str, Any]],
    sinks: Mapping[str, Mapping[str, Any]],
    readers: Mapping[str, type[BaseModel]] = MappingProxyType({}),
) -> str:
    """Return a commented configuration.

    Args:
        folder: the folder to watch.
        chosen: settings that differ from their defaults, by table: ``{"note": {"group": "burst"}}``.
        sinks: settings of each sink, by its name.
        readers: models of the settings of those readers that have any, by name.
    """
    parts = [_HEAD, "[[watch]]\n" + _table(WatchSettings, {"folder": str(folder)})]
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            parts.append(f"[{name}]\n" + _table(field.annotation, chosen.get(name, {})))
        if name == "read":
            parts += [f"[read.{reader}]\n" + _table(settings, {}) for reader, settings in readers.items()]
    for name, settings in sinks.items():
        lines = [f"{setting} = {_toml(value)}\n" for setting, value in settings.items()]
        parts.append(f"[sinks.{name}]\n" + "".join(lines))
    return "\n".join(parts)


def _table(model: type[BaseModel], chosen: Mapping[str, Any]) -> str:
    lines = []
    for name, field in model.model_fields.items():
        lines += textwrap.wrap(field.description or "", 110, initial_indent="#   ", subsequent_indent="#   ")
        if name in chosen:
            lines.append(f"{name} = {_toml(chosen[name])}")
        else:
            shown = field.examples[0] if field.examples else field.default
            lines.append(f"# {name} = {_toml(shown)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Return a value in TOML; JSON's strings, numbers and lists are TOML's, but for the DEL character."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
