"""A stranger's sink plugin, installed for real: its settings hold a secret."""

import sys
from collections.abc import Iterator

import pytest

from notesyncd.hooks.plugins import Plugins

PLUGIN = """
from pathlib import Path
from typing import Literal
from pydantic import Field, field_validator
from notesyncd.api import PluginSettings, SinkSpec, hookimpl
from notesyncd.hooks.secrets import Secret

class MailboxSettings(PluginSettings):
    token: Secret = Field(description="Token of the mailbox.")
    folder: Path | None = Field(default=None, description="Folder for copies.")
    tries: int = Field(default=3, ge=1, description="How often.")
    code: str = Field(default="1", pattern="^[0-9]$", description="Its number.")
    tone: Literal["plain", "warm"] = Field(default="plain", description="How it sounds.")

    @field_validator("tries")
    @classmethod
    def breaks_at_13(cls, tries: int) -> int:
        if tries == 13:
            raise RuntimeError("canary-in-a-bug")
        return tries

def open_mailbox(settings, context):
    raise NotImplementedError

@hookimpl
def notesyncd_sinks():
    return [SinkSpec(name="mailbox", settings=MailboxSettings, open=open_mailbox)]
"""


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugins]:
    """The built-in plugins, the mailbox, and one that can't be imported."""
    site = tmp_path_factory.mktemp("site")
    (site / "mailbox_plugin.py").write_text(PLUGIN)
    (site / "broken_plugin.py").write_text("import a_module_that_nobody_has\n")
    info = site / "mailbox-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mailbox\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[notesyncd]\nmailbox = mailbox_plugin\npigeon = broken_plugin\n")
    sys.path.insert(0, str(site))
    yield Plugins(("notesyncd.prepare.plugin", "notesyncd.read.plugin"))
    sys.path.remove(str(site))


@pytest.fixture(autouse=True)
def state_elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's own set-up is looked at."""
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    monkeypatch.delenv("NOTESYNCD_CONFIG", raising=False)
