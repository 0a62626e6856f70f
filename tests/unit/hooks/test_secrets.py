"""A secret is taken from where it is kept, and nothing that may be one is ever shown."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from notesyncd.hooks.secrets import Secret, SecretRules

CANARY = "xoxb-canary-51"


class Settings(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    token: Secret


def secret_of(value: object, rules: SecretRules | None = None) -> str:
    return Settings.model_validate({"token": value}, context=rules).token.get_secret_value()


def refusal(value: object, rules: SecretRules | None = None) -> str:
    with pytest.raises(ValidationError) as caught:
        secret_of(value, rules)
    return str(caught.value)


def test_it_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOX_TOKEN", CANARY)
    assert secret_of({"env": "BOX_TOKEN"}) == CANARY


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOX_TOKEN", raising=False)
    assert "the environment variable BOX_TOKEN is not set" in refusal({"env": "BOX_TOKEN"})


def test_a_variable_that_is_empty_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOX_TOKEN", " ")
    assert "the secret is empty" in refusal({"env": "BOX_TOKEN"})


def test_it_comes_from_a_file_without_the_newline_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{CANARY}\n")
    file.chmod(0o600)
    assert secret_of({"file": str(file)}) == CANARY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text(CANARY)
    file.chmod(mode)
    message = refusal({"file": str(file)})
    assert f"chmod 600 {file}" in message
    assert CANARY not in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path}/gone can't be read: No such file" in refusal({"file": f"{tmp_path}/gone"})


def test_a_file_of_bytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    assert "holds no text" in refusal({"file": str(file)})


def test_the_text_itself_is_taken_where_only_the_owner_can_read_it() -> None:
    assert secret_of(CANARY) == CANARY
    assert secret_of(CANARY, SecretRules()) == CANARY
    message = refusal(CANARY, SecretRules(exposed_file=Path("/etc/config.toml")))
    assert "chmod 600 /etc/config.toml" in message
    assert CANARY not in message


@pytest.mark.parametrize(
    "value",
    [7, None, [CANARY], {}, {"env": 7}, {"evn": CANARY}, {"env": "A", "file": CANARY}, {"env": CANARY}, {"file": CANARY}],
)  # fmt: skip
def test_other_forms_are_refused_without_being_shown(value: object) -> None:
    assert CANARY not in refusal(value)


def test_it_is_not_shown_by_its_settings() -> None:
    settings = Settings.model_validate({"token": CANARY})
    assert CANARY not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert Settings.model_validate(settings.model_dump()).token == settings.token
