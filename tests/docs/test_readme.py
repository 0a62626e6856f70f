"""What the README and the documents say is so: commands exist, links lead somewhere, the configuration is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notesyncd.app import load_plugins
from notesyncd.cli.main import LATER, VERBS
from notesyncd.config.load import load_config

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    for verb in re.findall(r"`notesyncd ([a-z]+)", document.read_text()):
        assert verb in VERBS, f"{document.name} speaks of `notesyncd {verb}`"
        assert verb not in LATER


def test_the_readme_names_every_command_group_a_user_needs() -> None:
    text = (ROOT / "README.md").read_text()
    for verb in (
        "init",
        "doctor",
        "run",
        "read",
        "status",
        "notes",
        "correct",
        "retry",
        "redeliver",
        "backfill",
        "restore",
    ):
        assert f"notesyncd {verb}" in text


def test_the_configuration_of_the_readme_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "state"))
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    file = tmp_path / "config.toml"
    file.write_text(example)
    loaded = load_config(file, load_plugins())
    assert loaded.config.note.group == "burst"
    assert [sink.name for sink in loaded.sinks] == ["obsidian"]


def test_the_settings_of_a_folder_stand_in_the_documentation_and_are_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PDF_PASSWORDS", "xyzzy")
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "state"))
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "folders.md").read_text(), flags=re.DOTALL)
    file = tmp_path / "config.toml"
    file.write_text(re.sub(r"^# (\w+ = )", r"\1", example, flags=re.MULTILINE))
    file.chmod(0o600)
    (watch,) = load_config(file, load_plugins()).config.watch
    assert watch.model_fields_set == set(type(watch).model_fields)
    chosen = {"folder", "settle_seconds", "pdf_passwords", "move_to"}
    default = type(watch)(folder=watch.folder)
    assert watch.model_dump(exclude=chosen) == default.model_dump(exclude=chosen)


def test_every_state_of_a_file_is_explained() -> None:
    text = (ROOT / "docs" / "folders.md").read_text()
    for state in (
        *("settling", "incomplete", "cloud_pending", "needs_password", "held"),
        *("unreadable", "registered", "gone", "ignored"),
    ):
        assert f"| `{state}` |" in text


def test_the_makefile_has_the_commands_of_the_readme() -> None:
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE):
        assert target in targets
