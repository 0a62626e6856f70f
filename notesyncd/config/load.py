"""Reads the configuration file; all mistakes are found at once and named by file, line and key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr, ValidationError

from notesyncd.compose.title import check_template
from notesyncd.config.folders import backlog_sink_problems, folder_problems, loop_problems
from notesyncd.config.paths import config_file, is_config_named, state_paths
from notesyncd.config.problems import Problem, config_error, did_you_mean, problems_of, unknown
from notesyncd.config.schema import Config
from notesyncd.domain.errors import ConfigError
from notesyncd.hooks.contracts import PluginSettings
from notesyncd.hooks.plugins import Plugins
from notesyncd.hooks.secrets import SecretRules, is_readable_by_others, secret_source

# A sink's name becomes a folder's name and a column of tables people read.
_SINK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkConfig:
    """``[sinks.<name>]``: which plugin, and the settings that it asked for, filled and checked."""

    name: str
    plugin: str
    settings: PluginSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedConfig:
    """A configuration that holds together.

    Attributes:
        file: where it was read from; None: there is no file, and all is as by default.
        sinks: in the order of the file.
        readers: settings of those readers that have any, by the reader's name: ``[read.<name>]``, or their defaults.
        unavailable: configured sinks whose plugin was left out, with the reason; their deliveries wait.
        secrets: where each secret comes from, by key (``sinks.notion.token``): ``env NOTION_TOKEN``.
    """

    file: Path | None
    config: Config
    sinks: tuple[SinkConfig, ...] = ()
    readers: Mapping[str, PluginSettings] = field(default_factory=lambda: MappingProxyType({}))
    unavailable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def load_config(
    named: Path | None,
    plugins: Plugins,
    *,
    required: bool = True,
    needs_folders: bool = False,
    seen_before: Collection[str] = (),
) -> LoadedConfig:
    """Read and check the configuration.

    Args:
        named: the TOML file, if the user named one by ``--config``; else it is found as ``config_file`` says.
        plugins: what readers, steps and sinks there are.
        required: False: where there is no file, and the user named none, all is as by default.
        needs_folders: also ask that a folder is watched and that each stands there, as a daemon needs it.
        seen_before: folders that may be missing for the moment.

    Raises:
        ConfigError: naming every mistake by file, line, key and remedy; no secret is shown.
    """
    file = config_file(named)
    if not required and not is_config_named(named) and not file.exists():
        checked = _Check(plugins, SecretRules())
        checked.core({})
        return LoadedConfig(file=None, config=Config(), readers=MappingProxyType(checked.readers))
    text, is_private = _read(file)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: this is not valid TOML: {error}") from None
    checked = _Check(plugins, SecretRules(exposed_file=None if is_private else file))
    config = checked.core({key: value for key, value in table.items() if key != "sinks"})
    checked.sinks_table(table.get("sinks", {}))
    if config is not None:
        if needs_folders:
            checked.problems += folder_problems(config, seen_before=seen_before)
        settings = {sink.name: sink.settings for sink in checked.sinks}
        checked.problems += loop_problems(config, settings, state_paths())
        checked.problems += backlog_sink_problems(config, (*settings, *checked.unavailable))
    if config is None or checked.problems:
        raise config_error(file, text, table, checked.problems)
    return LoadedConfig(
        file=file,
        config=config,
        sinks=tuple(checked.sinks),
        readers=MappingProxyType(checked.readers),
        unavailable=MappingProxyType(checked.unavailable),
        secrets=MappingProxyType(checked.secrets),
    )


def _read(file: Path) -> tuple[str, bool]:
    """Return the text of the file and whether its owner alone can read it."""
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            return stream.read().decode(), not is_readable_by_others(mode)
    except FileNotFoundError:
        raise ConfigError(f"there is no configuration at {file}; `notesyncd init` writes one") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: this is not valid TOML: it isn't encoded in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from None


class _Check:
    """Fills the settings and gathers what is wrong with them."""

    def __init__(self, plugins: Plugins, rules: SecretRules) -> None:
        self._plugins = plugins
        self._rules = rules
        self.problems: list[Problem] = []
        self.sinks: list[SinkConfig] = []
        self.readers: dict[str, PluginSettings] = {}
        self.unavailable: dict[str, str] = {}
        self.secrets: dict[str, str] = {}

    def core(self, table: Mapping[str, Any]) -> Config | None:
        table = self._without_readers(table)
        try:
            config = Config.model_validate(table, context=self._rules)
        except ValidationError as error:
            for problem in problems_of(error, Config):
                if len(problem.key) == 1 and problem.key[0] not in Config.model_fields:
                    message = unknown(problem.key, (*Config.model_fields, "sinks"))
                    self.problems.append(Problem(key=problem.key, message=message))
                else:
                    self.problems.append(problem)
            return None
        self._watch_secrets(config, table)
        if config.read.reader != "auto":
            self._require(("read", "reader"), "reader", config.read.reader, (*self._plugins.readers, "auto"))
        for number, step in enumerate(config.prepare.steps):
            self._require(("prepare", "steps", number), "preparing step", step, self._plugins.preprocessors)
        for name, template in (("title", config.note.title), ("path", config.note.path)):
            if template is not None:
                try:
                    check_template(f"note.{name}", template)
                except ConfigError as error:
                    self.problems.append(Problem(key=("note", name), message=str(error)))
        return config

    def _without_readers(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the tables that belong to readers, and return the core's own settings."""
        read = table.get("read", {})
        if not isinstance(read, dict):
            return table
        own = dict(read)
        for name, spec in self._plugins.readers.items():
            if spec.settings is not None:
                given = own.pop(name, {})
                settings = self._settings(("read", name), "reader", name, spec.settings, given)
                if settings is not None:
                    self.readers[name] = settings
        return {**table, "read": own}

    def _settings(
        self, key: tuple[str, ...], what: str, plugin: str, model: type[PluginSettings], given: object
    ) -> PluginSettings | None:
        """Fill the settings that a plugin asked for; what is wrong with them is kept."""
        try:
            settings = model.model_validate(given, context=self._rules)
        except ValidationError as error:
            self.problems += problems_of(error, model, below=key)
        except Exception as error:  # noqa: BLE001 - a stranger's validator must not stop the check of the others
            message = f"the {what} {plugin!r} can't check its settings: {type(error).__name__}"
            self.problems.append(Problem(key=key, message=message))
        else:
            for setting, value in settings:
                if isinstance(value, SecretStr):
                    source = given.get(setting) if isinstance(given, dict) else None
                    self.secrets[".".join((*key, setting))] = secret_source(source)
            return settings
        return None

    def _watch_secrets(self, config: Config, table: Mapping[str, Any]) -> None:
        for number, watch in enumerate(config.watch):
            if watch.pdf_passwords is not None:
                given = table["watch"][number]["pdf_passwords"]
                self.secrets[f"watch.{number}.pdf_passwords"] = secret_source(given)

    def _require(
        self, key: tuple[str | int, ...], what: str, name: str, known: Mapping[str, Any] | tuple[str, ...]
    ) -> None:
        if name not in known:
            broken = self._broken(name)
            why = f" (its plugin was left out: {broken})" if broken else did_you_mean(name, known)
            self.problems.append(Problem(key=key, message=f"there is no {what} of this name{why}"))

    def _broken(self, name: str) -> str | None:
        return next((failure.error for failure in self._plugins.failures if failure.name == name), None)

    def sinks_table(self, table: object) -> None:
        if not isinstance(table, dict):
            self.problems.append(Problem(key=("sinks",), message="must be a table: [sinks.<name>]"))
            return
        for name, settings in table.items():
            if not isinstance(settings, dict):
                self.problems.append(Problem(key=("sinks", name), message=f"must be a table: [sinks.{name}]"))
            elif not _SINK_NAME.fullmatch(name):
                message = "the name of a sink is made of at most 64 of the characters A-Z a-z 0-9 _ -"
                self.problems.append(Problem(key=("sinks", name), message=message))
            else:
                self._sink(name, settings)

    def _sink(self, name: str, table: Mapping[str, Any]) -> None:
        plugin = table.get("plugin", name)
        key = ("sinks", name, "plugin") if "plugin" in table else ("sinks", name)
        if not isinstance(plugin, str):
            self.problems.append(Problem(key=key, message="must be text: the name of a sink plugin"))
        elif (spec := self._plugins.sinks.get(plugin)) is None:
            if broken := self._broken(plugin):
                self.unavailable[name] = broken
            else:
                self._require(key, "sink plugin", plugin, self._plugins.sinks)
        else:
            own = {setting: value for setting, value in table.items() if setting != "plugin"}
            settings = self._settings(("sinks", name), "plugin", plugin, spec.settings, own)
            if settings is not None:
                self.sinks.append(SinkConfig(name=name, plugin=plugin, settings=settings))
