"""``config check`` refuses what a daemon can't use; ``config show`` shows what is in force."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_a_good_configuration_is_in_order(run: Run, config: Path) -> None:
    result = run("config", "check", "--config", config)
    assert result.exit_code == 0, result.output
    assert f"{config} is in order" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("folder =", "foldr =", ":2: watch.foldr: unknown key; did you mean 'folder'?"),
        ("[[watch]]\n", "[[watch]]\nsettle_seconds = 'x'\n", ":2: watch.settle_seconds: must be a number"),
        ("/inbox", "/inbax", "mkdir -p"),
        ("vault =", "valt =", ":4: sinks.obsidian.valt: unknown key; did you mean 'vault'?"),
        ("sinks.obsidian", "sinks.obsidan", "did you mean 'obsidian'?"),
    ],
)
def test_a_bad_one_ends_with_78_and_touches_nothing(
    run: Run, config: Path, home: Path, old: str, new: str, message: str
) -> None:
    config.write_text(config.read_text().replace(old, new))
    result = run("config", "check", "--config", config)
    assert result.exit_code == 78
    assert result.stdout == ""
    assert f"notesyncd: {config}:" in result.stderr
    assert message in result.stderr
    assert list(home.iterdir()) == []


def test_a_missing_configuration_ends_with_78(run: Run) -> None:
    result = run("config", "check")
    assert result.exit_code == 78
    assert "notesyncd init" in result.stderr


def test_settings_are_shown_with_their_source(run: Run, config: Path) -> None:
    result = run("config", "show", "--config", config)
    assert result.exit_code == 0
    assert 'note.group\t"file"\tdefault' in result.stdout
    assert f'watch.0.folder\t"{config.parent}/inbox"\tfile' in result.stdout


def test_settings_are_shown_as_json(run: Run, config: Path, home: Path) -> None:
    shown = json.loads(run("config", "show", "--json", "--config", config).stdout)
    assert shown["schema"] == "notesyncd.config/1"
    assert shown["file"] == str(config)
    assert Path(shown["state_folder"]).is_relative_to(home)
    assert {"key": "read.reader", "value": "auto", "source": "default"} in shown["settings"]


def test_the_defaults_are_shown_without_a_configuration(run: Run) -> None:
    result = run("config", "show", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["file"] is None


STRANGER = """
from notesyncd.api import PluginSettings, SinkSpec, hookimpl
from notesyncd.hooks.secrets import Secret

class MailboxSettings(PluginSettings):
    token: Secret
    tries: int = 1

def open_mailbox(settings, context):
    raise RuntimeError(f"it broke with {settings.token.get_secret_value()}")

@hookimpl
def notesyncd_sinks():
    return [SinkSpec(name="mailbox", settings=MailboxSettings, open=open_mailbox)]
"""


@pytest.mark.parametrize("verb", [["config", "show"], ["config", "show", "--json"], ["config", "check"], ["doctor"]])
@pytest.mark.parametrize("more", ["", "tokn = 'ntn_canary'", "tries = 'ntn_canary'"])
def test_no_verb_prints_a_secret(
    run: Run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str], more: str
) -> None:
    site = tmp_path / "site"
    info = site / "mailbox-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "mailbox_for_cli.py").write_text(STRANGER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mailbox\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[notesyncd]\nmailbox = mailbox_for_cli\n")
    monkeypatch.syspath_prepend(site)
    config.write_text(f"{config.read_text()}[sinks.mailbox]\ntoken = 'ntn_canary'\n{more}\n")
    result = run("--config", config, *verb)
    assert "mailbox" in result.output
    assert "canary" not in result.output
    if verb[0] == "config":
        assert result.exit_code == (78 if more else 0)
