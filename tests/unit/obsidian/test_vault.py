from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from notesyncd.api import TransientError
from notesyncd_obsidian.settings import ObsidianSettings
from notesyncd_obsidian.vault import (
    DailySettings,
    VaultSettings,
    make_folder,
    read_vault_settings,
    require_vault,
    taken_names,
)


def vault(tmp_path: Path, **files: Any) -> Path:
    for name, content in {"app": {}, **files}.items():
        path = tmp_path / ".obsidian" / f"{name.replace('__', '/').replace('_', '-')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return tmp_path


def test_the_users_settings_are_read(tmp_path: Path) -> None:
    root = vault(
        tmp_path,
        app={"attachmentFolderPath": "./img", "newLinkFormat": "relative", "useMarkdownLinks": True, "other": 1},
        daily_notes={"folder": "Days", "format": "YYYY/MM/DD", "template": "Templates/Day"},
    )
    assert read_vault_settings(root) == VaultSettings(
        attachment_folder="./img",
        link_format="relative",
        markdown_links=True,
        daily=DailySettings(folder="Days", format="YYYY/MM/DD", template="Templates/Day"),
    )


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", '{"attachmentFolderPath": 7, "newLinkFormat": "odd"}'])
def test_broken_settings_count_as_obsidians_defaults(tmp_path: Path, broken: str) -> None:
    assert read_vault_settings(vault(tmp_path, app=broken, daily_notes=broken)) == VaultSettings()


@pytest.mark.parametrize(("plugins", "folder"), [(["periodic-notes"], "Periodic"), ([], "Core")])
def test_periodic_notes_count_where_they_are_switched_on(tmp_path: Path, plugins: list[str], folder: str) -> None:
    root = vault(
        tmp_path,
        community_plugins=plugins,
        daily_notes={"folder": "Core"},
        plugins__periodic_notes__data={"daily": {"enabled": True, "folder": "Periodic", "format": ""}},
    )
    assert read_vault_settings(root).daily == DailySettings(folder=folder)


def test_a_folder_without_the_mark_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"no folder \.obsidian"):
        require_vault(tmp_path)
    with pytest.raises(TransientError, match="isn't there"):
        require_vault(tmp_path / "gone")
    (tmp_path / ".obsidian").mkdir()
    require_vault(tmp_path)


def test_a_folder_that_differs_in_case_or_form_is_used(tmp_path: Path) -> None:
    (tmp_path / "notes" / "e\u0301te\u0301").mkdir(parents=True)
    assert make_folder(tmp_path, "Notes/Été/New") == "notes/e\u0301te\u0301/New"
    assert (tmp_path / "notes/e\u0301te\u0301/New").is_dir()
    (tmp_path / "File").touch()
    assert make_folder(tmp_path, "file") == "file 2"


def test_the_vault_itself_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_folder(tmp_path / "gone", "Notes")
    assert not (tmp_path / "gone").exists()


def test_a_file_that_went_to_icloud_keeps_its_name_taken(tmp_path: Path) -> None:
    (tmp_path / ".Groceries.md.icloud").touch()
    assert taken_names(tmp_path) == {"groceries.md": "Groceries.md"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("vault", "relative/vault"),
        ("folder", "/abs"),
        ("folder", "a/../b"),
        ("folder", ".trash"),
        ("attachments", "~/x"),
    ],
)
def test_settings_that_lead_out_of_the_vault_are_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        ObsidianSettings.model_validate({"vault": "/vault", key: value})


def test_the_home_folder_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    settings = ObsidianSettings.model_validate({"vault": "~/Vault/../Notes", "folder": "Scans//2026/"})
    assert settings.vault == Path("/home/someone/Notes")
    assert settings.folder == "Scans/2026"
    assert all(field.description for field in ObsidianSettings.model_fields.values())
