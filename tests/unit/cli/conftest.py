"""The command line in a home of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from notesyncd.cli.main import app

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new user: nothing configured, nothing kept."""
    for name in ("NOTESYNCD_CONFIG", "NOTESYNCD_STATE_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def run() -> Run:
    """Run the command line in this process."""

    def invoke(*arguments: object, answers: str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration that works, with an inbox and an Obsidian vault."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "vault" / ".obsidian").mkdir(parents=True)
    file = tmp_path / "config.toml"
    file.write_text(f'[[watch]]\nfolder = "{tmp_path}/inbox"\n[sinks.obsidian]\nvault = "{tmp_path}/vault"\n')
    file.chmod(0o600)
    return file
