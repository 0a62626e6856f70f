"""``init`` writes a configuration that works, and never loses one that is there."""

import json
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config" / "config.toml"
    monkeypatch.setenv("NOTESYNCD_CONFIG", str(path))
    return path


def test_it_works_without_a_question(run: Run, file: Path, home: Path) -> None:
    result = run("init", "--yes")
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (home / "Notes Inbox").is_dir()
    assert (home / "Notes Vault" / ".obsidian").is_dir()
    assert "notesyncd run" in result.output
    assert run("config", "check").exit_code == 0
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_every_question_can_be_answered_by_an_option(run: Run, file: Path, tmp_path: Path) -> None:
    result = run("init", "--folder", tmp_path / "in", "--vault", tmp_path / "v", "--group", "burst")
    assert result.exit_code == 0, result.output
    table = tomllib.loads(file.read_text())
    assert table["watch"] == [{"folder": str(tmp_path / "in")}]
    assert table["note"] == {"group": "burst"}
    assert table["sinks"] == {"obsidian": {"vault": str(tmp_path / "v")}}


def test_it_asks(run: Run, file: Path, tmp_path: Path) -> None:
    result = run("init", answers=f"{tmp_path}/in\n{tmp_path}/v\ny\nbrust\npage\n")
    assert result.exit_code == 0, result.output
    assert "one of file, page, burst, folder" in result.output
    assert tomllib.loads(file.read_text())["note"] == {"group": "page"}


def test_it_offers_the_vaults_there_are(run: Run, file: Path, home: Path) -> None:
    for name in ("old", "new"):
        (home / name / ".obsidian").mkdir(parents=True)
    vaults = {"a": {"path": f"{home}/old", "ts": 1}, "b": {"path": f"{home}/new", "ts": 2}, "c": {"path": "/gone"}}
    listed = home / ".config" / "obsidian" / "obsidian.json"
    listed.parent.mkdir(parents=True)
    listed.write_text(json.dumps({"vaults": vaults}))
    result = run("init", answers="\n2\n\n")
    assert result.exit_code == 0, result.output
    assert "/gone" not in result.output
    assert tomllib.loads(file.read_text())["sinks"]["obsidian"]["vault"] == f"{home}/old"


def test_it_works_without_a_vault(run: Run, file: Path) -> None:
    assert run("init", "--yes", "--vault", "none").exit_code == 0
    assert "sinks" not in tomllib.loads(file.read_text())


def test_a_configuration_that_is_there_stays(run: Run, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("# mine")
    assert run("init", "--yes").exit_code == 2
    assert run("init", answers="n\n").exit_code == 1
    assert file.read_text() == "# mine"
    assert run("init", "--yes", "--force").exit_code == 0
    assert file.read_text() != "# mine"


def test_what_can_not_work_is_not_written(run: Run, file: Path, home: Path) -> None:
    result = run("init", "--yes", "--folder", home / "all", "--vault", home / "all" / "vault")
    assert result.exit_code == 78
    assert f"{file}:" in result.stderr
    assert list(file.parent.iterdir()) == []
    assert not (home / "all").exists()


def test_a_folder_that_can_not_be_made_is_told(run: Run, file: Path, home: Path) -> None:
    (home / "taken").touch()
    result = run("init", "--yes", "--folder", home / "taken" / "inbox")
    assert result.exit_code == 78
    assert "can't be made" in result.stderr
    assert not file.exists()
