"""Discovery of plugins, each in isolation, and a typed face over pluggy: nobody else touches its hooks."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from notesyncd.domain.errors import ConfigError, PluginError
from notesyncd.hooks import specs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from notesyncd.hooks.contracts import PreprocessorSpec, ReaderSpec, SinkSpec

API_VERSION = 1
"""A plugin may name the version it was written for in ``NOTESYNCD_API_VERSION``; another one is left out."""

Spec = TypeVar("Spec", "ReaderSpec", "PreprocessorSpec", "SinkSpec")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """A plugin that was loaded: where it came from and which hooks it implements."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFailure:
    """A plugin, or one thing it announced, that was left out, and why."""

    name: str
    error: str


class Plugins:
    """All that plugins brought, by name; broken ones are kept as failures and hurt nobody else."""

    def __init__(self, built_in: Iterable[str], *, external: Iterable[EntryPoint] | None = None) -> None:
        """Load built-in plugins by module name, then those that installed distributions announce.

        Args:
            built_in: modules with hook implementations, loaded first.
            external: entry points to load; None: all of group ``notesyncd``.
        """
        self._manager = pluggy.PluginManager(specs.PROJECT)
        self._manager.add_hookspecs(specs)
        self.loaded: list[PluginInfo] = []
        self.failures: list[PluginFailure] = []
        for module in built_in:
            self._load(
                module.removesuffix(".plugin"), "notesyncd", "built in", partial(importlib.import_module, module)
            )
        found = entry_points(group=specs.PROJECT) if external is None else external
        for entry in sorted(found, key=lambda point: point.name):
            distribution = entry.dist
            name, version = (distribution.name, distribution.version) if distribution else ("?", "?")
            self._load(entry.name, name, version, entry.load)
        self.readers: dict[str, ReaderSpec] = self._collect("notesyncd_readers")
        self.preprocessors: dict[str, PreprocessorSpec] = self._collect("notesyncd_preprocessors")
        self.sinks: dict[str, SinkSpec] = self._collect("notesyncd_sinks")

    def _load(self, name: str, distribution: str, version: str, load: Any) -> None:
        try:
            plugin = load()
            _check(plugin)
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except Exception as error:  # noqa: BLE001 - whatever a stranger's module raises must not stop the start
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self.failures.append(PluginFailure(name=name, error=f"{type(error).__name__}: {error}"))
            return
        hooks = tuple(sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or ()))
        self.loaded.append(PluginInfo(name=name, distribution=distribution, version=version, hooks=hooks))

    def _collect(self, hook: str) -> dict[str, Any]:
        """Ask each plugin by itself, so that one that raises takes nothing of the others with it."""
        collected: dict[str, Any] = {}
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                announced: Sequence[Any] = implementation.function()
                for spec in announced:
                    if spec.name in collected:
                        raise PluginError(f"the name {spec.name!r} is already taken")  # noqa: TRY301
                    collected[spec.name] = spec
            except Exception as error:  # noqa: BLE001
                name = implementation.plugin_name
                self.failures.append(PluginFailure(name=name, error=f"{hook}: {type(error).__name__}: {error}"))
        return collected

    def reader(self, name: str) -> ReaderSpec:
        """Return a reader by name, or raise ConfigError naming those there are."""
        return self._get(self.readers, name, "reader")

    def preprocessor(self, name: str) -> PreprocessorSpec:
        """Return a preparing step by name, or raise ConfigError naming those there are."""
        return self._get(self.preprocessors, name, "preparing step")

    def sink(self, name: str) -> SinkSpec:
        """Return a sink by name, or raise ConfigError naming those there are."""
        return self._get(self.sinks, name, "sink plugin")

    def _get(self, known: dict[str, Spec], name: str, what: str) -> Spec:
        if name in known:
            return known[name]
        broken = [failure for failure in self.failures if failure.name == name]
        why = f" (it was left out: {broken[0].error})" if broken else ""
        raise ConfigError(f"there is no {what} {name!r}{why}; there are: {', '.join(sorted(known)) or 'none'}")


def _check(plugin: Any) -> None:
    """Refuse a plugin that was written for another API, or for hooks that there are not."""
    asked = getattr(plugin, "NOTESYNCD_API_VERSION", API_VERSION)
    if asked != API_VERSION:
        raise PluginError(f"it was written for API version {asked}; this notesyncd has {API_VERSION}")
    unknown = sorted(
        name
        for name in dir(plugin)
        if name.startswith("notesyncd_") and callable(getattr(plugin, name)) and not hasattr(specs, name)
    )
    if unknown:
        raise PluginError(f"it implements unknown hooks: {', '.join(unknown)}")
