"""``docs/servers.md`` shows settings that work, and leaves none out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from notesyncd.read.http.presets import PRESETS
from notesyncd.read.http.settings import HttpSettings

PAGE = (Path(__file__).parents[4] / "docs" / "servers.md").read_text()
TABLES = [
    table["read"]["http"]
    for table in map(tomllib.loads, re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
    if "http" in table.get("read", {})
]


def test_there_are_examples() -> None:
    assert len(TABLES) >= 4


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.get("preset") or table.get("base_url")))
def test_each_example_is_taken(table: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in ("NOTESYNCD_SERVER_KEY", "DASHSCOPE_API_KEY"):
        monkeypatch.setenv(secret, "a key")

    assert HttpSettings.model_validate(table).place is not None


@pytest.mark.parametrize("name", HttpSettings.model_fields)
def test_every_setting_is_shown(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_every_preset_is_shown_with_its_address(preset: object) -> None:
    assert preset.name in PAGE
    assert preset.base_url is None or preset.base_url in PAGE
