"""Vaults are offered from Obsidian's own list, whatever that list looks like."""

from pathlib import Path

import pytest

from notesyncd.cli.vaults import known_vaults


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"vaults": []}', '{"vaults": {"a": 1}}', '{"vaults": {"a": {}}}', "\xff"]
)
def test_a_broken_list_offers_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / ".config" / "obsidian" / "obsidian.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="latin-1")
    assert known_vaults(tmp_path) == []


def test_no_list_offers_nothing(tmp_path: Path) -> None:
    assert known_vaults(tmp_path) == []
