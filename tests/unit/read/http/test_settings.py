"""Settings of ``[read.http]``: what leaves the machine must be said, and limited."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from notesyncd.read.http.settings import HttpSettings


def settings(**values: object) -> HttpSettings:
    return HttpSettings.model_validate(values)


def test_a_server_here_needs_nothing_but_its_address() -> None:
    place = settings(base_url="http://127.0.0.1:8080/v1").place

    assert place is not None
    assert place.here


def test_without_an_address_there_is_no_server() -> None:
    assert settings().place is None


@pytest.mark.parametrize(
    "address", ["https://api.openai.com/v1", "http://gpu.example/v1", "http://192.168.1.20:8000/v1"]
)
def test_another_machine_must_be_allowed(address: str) -> None:
    with pytest.raises(ValidationError, match="allow_remote = true"):
        settings(base_url=address, max_pages_per_day=10)


def test_another_machine_needs_a_limit() -> None:
    with pytest.raises(ValidationError, match="max_pages_per_day"):
        settings(base_url="https://api.openai.com/v1", allow_remote=True)


def test_a_hosted_preset_is_another_machine_without_an_address() -> None:
    with pytest.raises(ValidationError, match="allow_remote = true"):
        settings(preset="openai")
    allowed = settings(preset="openai", allow_remote=True, max_pages_per_day=10)
    assert allowed.place is not None
    assert allowed.place.url == "https://api.openai.com/v1"


def test_a_preset_of_a_server_here_brings_its_address() -> None:
    place = settings(preset="ollama").place

    assert place is not None
    assert place.here
    assert place.url == "http://127.0.0.1:11434/v1"


def test_no_field_may_replace_what_is_asked() -> None:
    with pytest.raises(ValidationError, match="messages"):
        settings(base_url="http://127.0.0.1/v1", extra={"messages": "x"})


def test_extra_fields_are_kept() -> None:
    assert settings(extra={"top_k": 1, "min_p": 0.1, "user": "me", "cache": False}).extra["top_k"] == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_are_finite(value: float) -> None:
    with pytest.raises(ValidationError):
        settings(extra={"top_p": value})
    with pytest.raises(ValidationError):
        settings(price_per_million_input=value)


def test_the_format_must_be_known() -> None:
    with pytest.raises(ValidationError, match="there is no format 'novel'"):
        settings(format="novel")


def test_a_key_is_never_shown() -> None:
    hidden = settings(base_url="http://127.0.0.1/v1", api_key="sk-very-secret-key")

    assert "secret-key" not in repr(hidden)
    with pytest.raises(ValidationError) as raised:
        settings(base_url="nonsense", api_key="sk-very-secret-key")
    assert "secret-key" not in str(raised.value)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in HttpSettings.model_fields.values())
