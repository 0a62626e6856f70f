"""``plugins`` lists what was found."""

import json
from collections.abc import Callable

from typer.testing import Result

Run = Callable[..., Result]


def test_built_in_and_installed_plugins_are_listed(run: Run) -> None:
    result = run("plugins")
    assert result.exit_code == 0
    for name in ("rapidocr", "orientation", "obsidian"):
        assert name in result.stdout


def test_they_are_listed_as_json(run: Run) -> None:
    listed = json.loads(run("plugins", "--json").stdout)
    assert listed["schema"] == "notesyncd.plugins/1"
    assert {"orientation", "bound"} <= {step["name"] for step in listed["preprocessors"]}
    assert "obsidian" in {sink["name"] for sink in listed["sinks"]}
    rapidocr = next(reader for reader in listed["readers"] if reader["name"] == "rapidocr")
    assert rapidocr["ready"] is (rapidocr["reason"] is None)
    assert {"name", "distribution", "version", "hooks"} == set(listed["plugins"][0])
