"""Plugins are found, and a broken one hurts nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from notesyncd.api import ConfigError
from notesyncd.hooks.plugins import Plugins

GOOD = """
from notesyncd.api import PreprocessorSpec, hookimpl

@hookimpl
def notesyncd_preprocessors():
    return [PreprocessorSpec(name={name!r}, apply=lambda pixels, info: None)]
"""
Install = Callable[[str, str], EntryPoint]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that puts a module on the path and announces it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, source: str) -> EntryPoint:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return EntryPoint(name=name, value=name, group="notesyncd")

    return put


def test_a_good_plugin_is_loaded_with_what_it_announces(install: Install) -> None:
    plugins = Plugins([], external=[install("stranger_good", GOOD.format(name="sharpen"))])
    assert list(plugins.preprocessors) == ["sharpen"]
    assert [info.hooks for info in plugins.loaded] == [("notesyncd_preprocessors",)]
    assert plugins.failures == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import a_module_that_does_not_exist", "ModuleNotFoundError"),
        ("raise SystemError('no')", "SystemError: no"),
        ("NOTESYNCD_API_VERSION = 99", "API version 99"),
        (
            "from notesyncd.api import hookimpl\n@hookimpl\ndef notesyncd_teleport(): pass",
            "unknown hooks: notesyncd_teleport",
        ),
        ("from notesyncd.api import hookimpl\n@hookimpl\ndef notesyncd_sinks(wrong): pass", "wrong"),
        (
            "from notesyncd.api import hookimpl\n@hookimpl\ndef notesyncd_preprocessors():\n    1 / 0",
            "ZeroDivisionError",
        ),
    ],
)
def test_a_broken_plugin_is_left_out_and_the_others_start(install: Install, source: str, why: str) -> None:
    broken = install("stranger_broken", source)
    plugins = Plugins([], external=[broken, install("stranger_good", GOOD.format(name="sharpen"))])
    assert list(plugins.preprocessors) == ["sharpen"]
    (failure,) = plugins.failures
    assert failure.name == "stranger_broken"
    assert why in failure.error


def test_a_name_that_is_taken_is_refused_to_the_second(install: Install) -> None:
    first, second = (install(name, GOOD.format(name="sharpen")) for name in ("stranger_a", "stranger_b"))
    plugins = Plugins([], external=[first, second])
    assert len(plugins.preprocessors) == 1
    assert "already taken" in plugins.failures[0].error


def test_the_built_in_readers_and_steps_come_through_the_same_hooks() -> None:
    plugins = Plugins(["notesyncd.prepare.plugin", "notesyncd.read.plugin"], external=[])
    assert {"rapidocr", "tesseract"} <= set(plugins.readers)
    assert {"orientation", "bound"} <= set(plugins.preprocessors)
    assert plugins.failures == []


def test_the_installed_distribution_brings_its_sinks() -> None:
    assert "obsidian" in Plugins([]).sinks


def test_an_unknown_name_says_which_there_are(install: Install) -> None:
    broken = install("stranger_broken", "import a_module_that_does_not_exist")
    plugins = Plugins(["notesyncd.prepare.plugin"], external=[broken])
    with pytest.raises(ConfigError, match="bound, orientation"):
        plugins.preprocessor("sharpen")
    with pytest.raises(ConfigError, match="left out: ModuleNotFoundError"):
        plugins.sink("stranger_broken")
