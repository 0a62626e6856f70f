"""The configuration that ``init`` writes holds the choices, and every other setting as a comment that is true."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.config.schema import Config
from notesyncd.config.template import config_text


def test_the_choices_stand_in_it_and_nothing_else() -> None:
    text = config_text(folder=Path("/in"), chosen={"note": {"group": "burst"}}, sinks={"obsidian": {"vault": "/v"}})
    table = tomllib.loads(text)
    assert table.pop("sinks") == {"obsidian": {"vault": "/v"}}
    assert {name: settings for name, settings in table.items() if settings} == {
        "watch": [{"folder": "/in"}],
        "note": {"group": "burst"},
    }


# shown by an example, since their default is "none"
EXAMPLES = {"watch": {"__all__": {"folder"}}, "note": {"title", "path"}, "read": {"prompt"}}


def test_every_commented_setting_can_be_uncommented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDF_PASSWORDS", "xyzzy")
    text = config_text(folder=Path("/in"), chosen={}, sinks={})
    uncommented = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    config = Config.model_validate(tomllib.loads(uncommented))
    assert config.watch[0].model_fields_set == set(type(config.watch[0]).model_fields)
    shown = config.model_dump(exclude=EXAMPLES)
    default = Config(watch=config.watch).model_dump(exclude=EXAMPLES)
    assert shown == default
    assert config.model_fields_set == set(Config.model_fields)
    assert config.note.model_fields_set == set(type(config.note).model_fields)


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1))
def test_any_folder_name_survives(name: str) -> None:
    text = config_text(folder=Path("/", name), chosen={}, sinks={"obsidian": {"vault": name}})
    table = tomllib.loads(text)
    assert table["watch"][0]["folder"] == str(Path("/", name))
    assert table["sinks"]["obsidian"]["vault"] == name
