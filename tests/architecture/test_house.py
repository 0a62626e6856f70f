"""The house keeps its shape: floors, public names, hooks."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import notesyncd.api
from notesyncd.hooks import specs

ROOT = Path(__file__).parents[2]


def hooks() -> dict[str, object]:
    return {name: value for name, value in vars(specs).items() if hasattr(value, f"{specs.PROJECT}_spec")}


def test_the_floors_hold() -> None:
    beside = Path(sys.executable).with_name("lint-imports")
    linter = str(beside) if beside.exists() else shutil.which("lint-imports")
    if linter is None:
        pytest.skip("needs import-linter")
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("needs the source tree")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_public_names_are_sorted_and_named_once() -> None:
    assert notesyncd.api.__all__ == sorted(set(notesyncd.api.__all__))


def test_every_public_name_is_there() -> None:
    assert [name for name in notesyncd.api.__all__ if not hasattr(notesyncd.api, name)] == []


def test_nothing_else_is_public() -> None:
    """What api.py imports is what it exports."""
    names = {
        name for name, value in vars(notesyncd.api).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert names == set(notesyncd.api.__all__)


def test_every_public_class_says_what_it_is() -> None:
    """The text that dataclasses write themselves, a signature, says nothing."""
    classes = {name: value for name, value in vars(notesyncd.api).items() if inspect.isclass(value)}
    written = {name: inspect.getdoc(value) or "" for name, value in classes.items()}
    assert [name for name, text in written.items() if not text or text.startswith(f"{name}(")] == []


def test_there_are_hooks() -> None:
    assert {"notesyncd_readers", "notesyncd_preprocessors", "notesyncd_sinks"} <= set(hooks())


@pytest.mark.parametrize("name", sorted(hooks()))
def test_every_hook_bears_the_prefix_and_says_what_it_is_for(name: str) -> None:
    assert name.startswith("notesyncd_")
    assert inspect.getdoc(hooks()[name])


def test_every_module_says_why_it_exists() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for folder in ("notesyncd", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not path.read_text(encoding="utf-8").lstrip().removeprefix("r").startswith(('"""', "'''"))
    ]
    assert silent == []
