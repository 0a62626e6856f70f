"""The places of configuration and state, and who may look into them."""

import stat
from pathlib import Path

import pytest

from notesyncd.config.paths import config_file, is_config_named, state_paths
from notesyncd.domain.errors import ConfigError


def test_the_option_goes_before_the_environment_and_that_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTESYNCD_CONFIG", "")
    assert config_file().name == "config.toml"
    assert not is_config_named()
    monkeypatch.setenv("NOTESYNCD_CONFIG", "/a/env.toml")
    assert config_file() == Path("/a/env.toml")
    assert is_config_named()
    assert config_file(Path("/a/option.toml")) == Path("/a/option.toml")


def test_a_relative_name_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config_file(Path("sub/../my.toml")) == tmp_path / "my.toml"


def test_a_named_state_folder_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "state"))
    paths = state_paths()
    assert not paths.root.exists(), "asking makes nothing"
    everything = (paths.ledger, paths.lock, paths.artifacts, paths.backups, paths.cache, paths.sink_cache("a"))
    assert all(path.is_relative_to(tmp_path / "state") for path in everything)


def test_the_folders_are_made_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "deep" / "state"))
    paths = state_paths().create().create()
    for folder in (paths.root, paths.artifacts, paths.backups, paths.cache):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_state_folder_that_can_not_be_made_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "file" / "state"))
    with pytest.raises(ConfigError, match="NOTESYNCD_STATE_DIR"):
        state_paths().create()
