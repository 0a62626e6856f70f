"""The settings in force are shown with their source, and secrets never."""

from pathlib import Path

import pytest

from notesyncd.config.effective import effective_settings
from notesyncd.config.load import load_config
from notesyncd.hooks.plugins import Plugins


def test_each_setting_says_where_it_comes_from(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary-from-file\n")
    secret.chmod(0o600)
    monkeypatch.setenv("MAILBOX_TOKEN", "canary-from-env")
    file = tmp_path / "config.toml"
    file.write_text(
        f"""
        [[watch]]
        folder = "{tmp_path}/in"
        [note]
        group = "page"
        [sinks.mailbox]
        token = {{ env = "MAILBOX_TOKEN" }}
        [sinks.b]
        plugin = "mailbox"
        token = {{ file = "{secret}" }}
        [sinks.c]
        plugin = "mailbox"
        token = "canary-literal"
        """
    )
    file.chmod(0o600)
    settings = list(effective_settings(load_config(file, plugins)))
    assert "canary" not in repr(settings)
    shown = {each.key: (each.value, each.source) for each in settings}
    assert shown["watch.0.folder"] == (f"{tmp_path}/in", "file")
    assert shown["watch.0.settle_seconds"] == (None, "default")
    assert shown["note.group"] == ("page", "file")
    assert shown["note.images"] == ("page", "default")
    assert shown["sinks.mailbox.plugin"] == ("mailbox", "default")
    assert shown["sinks.mailbox.token"] == ("**********", "env MAILBOX_TOKEN")
    assert shown["sinks.mailbox.tries"] == (3, "default")
    assert shown["sinks.b.plugin"] == ("mailbox", "file")
    assert shown["sinks.b.token"] == ("**********", f"file {secret}")
    assert shown["sinks.c.token"] == ("**********", "file")
