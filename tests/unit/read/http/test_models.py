"""Which model a server serves, and what kind of server it is."""

from __future__ import annotations

import json

import pytest

from notesyncd.api import ConfigError, TransientError
from notesyncd.read.http.models import kind_of, only_model, served


def listed(*entries: object) -> bytes:
    return json.dumps({"object": "list", "data": list(entries)}).encode()


def only(*entries: object) -> str:
    return only_model(served(listed(*entries), server="it"), server="it").name


def test_the_only_model_is_meant() -> None:
    assert only({"id": "qwen3-vl-8b"}) == "qwen3-vl-8b"


def test_of_several_the_only_one_that_is_loaded_is_meant() -> None:
    assert only({"id": "a", "loaded": False}, {"id": "b", "loaded": True}) == "b"


def test_of_several_a_person_must_choose() -> None:
    with pytest.raises(ConfigError, match=r"several models \(a, b\); set model"):
        only({"id": "a"}, {"id": "b"})


def test_a_server_without_a_model_may_have_one_later() -> None:
    with pytest.raises(TransientError, match="no model yet"):
        only()
    assert served(b'{"object": "list", "data": null}', server="it") == ()


def test_names_that_are_none_are_passed_over() -> None:
    strange = [7, {}, {"id": 7}, {"id": ""}, {"id": "a\x1b[31m"}, {"id": "x" * 1000}, {"id": "\ud800"}]

    assert only(*strange, {"id": "good"}) == "good"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"7", b'{"data": 7}', b"{}", b"[" * 100_000])
def test_what_is_no_list_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(TransientError, match="no list of models"):
        served(body, server="it")


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"id": "a", "owned_by": "llamacpp"}, "llama.cpp"),
        ({"id": "a", "owned_by": "library"}, "ollama"),
        ({"id": "a", "owned_by": "organization_owner"}, "lmstudio"),
        ({"id": "a", "owned_by": "vllm"}, "vllm"),
        ({"id": "a", "loaded": True}, "mlx-vlm"),
        ({"id": "a", "owned_by": "me"}, "unknown"),
        ({"id": "a"}, "unknown"),
    ],
)
def test_the_list_tells_the_kind_of_server(entry: dict, name: str) -> None:
    assert kind_of(served(listed(entry), server="it")).name == name
