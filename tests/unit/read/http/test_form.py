"""How a question is put to each kind of server."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from notesyncd.read.http.form import Form
from notesyncd.read.http.presets import PRESETS, UNKNOWN, preset_of
from tests.servers.asking import question


def body(name: str, *, refused: frozenset[str] = frozenset(), extra: dict | None = None, **decoding: object) -> dict:
    preset = UNKNOWN if name == "unknown" else PRESETS[name]
    return Form(preset=preset, refused=refused).body("m", question(**decoding), extra or {})


def test_the_very_pixels_are_sent() -> None:
    part = body("unknown")["messages"][0]["content"][0]

    png = base64.b64decode(part["image_url"]["url"].removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), question().picture.pixels)


@pytest.mark.parametrize("name", ["unknown", *PRESETS])
def test_every_server_is_asked_for_repeatable_bounded_answers(name: str) -> None:
    asked = body(name, max_tokens=77)

    assert asked["temperature"] == 0
    assert asked[PRESETS.get(name, UNKNOWN).limits[0]] == 77
    assert asked["stream"] is True
    assert asked["model"] == "m"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("vllm", "chat_template_kwargs", {"enable_thinking": False}),
        ("llama.cpp", "chat_template_kwargs", {"enable_thinking": False}),
        ("ollama", "reasoning_effort", "none"),
        ("gemini", "reasoning_effort", "none"),
        ("mlx-vlm", "enable_thinking", False),
        ("dashscope", "enable_thinking", False),
        ("openrouter", "reasoning", {"effort": "none"}),
        ("llama.cpp", "cache_prompt", False),
        ("vllm", "repetition_penalty", 1.0),
        ("lmstudio", "repeat_penalty", 1.0),
        ("openai", "max_completion_tokens", 400),
        ("vllm", "top_logprobs", 5),
        ("mlx-vlm", "max_pixels", 64 * 96),
    ],
)
def test_each_server_is_told_what_it_needs(name: str, field: str, value: object) -> None:
    assert body(name)[field] == value


@pytest.mark.parametrize("name", ["anthropic", "lmstudio"])
def test_nobody_is_asked_for_what_they_never_give(name: str) -> None:
    assert "logprobs" not in body(name)
    assert "top_logprobs" not in body(name)


def test_a_penalty_is_sent_by_the_name_that_the_server_knows() -> None:
    llama = body("llama.cpp", repetition_penalty=1.25, repetition_context=99)
    assert (llama["repeat_penalty"], llama["repeat_last_n"]) == (1.25, 99)
    assert body("vllm", repetition_penalty=1.25)["repetition_penalty"] == 1.25
    assert not any("repe" in name for name in body("ollama", repetition_penalty=1.25))


def test_whether_a_penalty_is_sent_is_known() -> None:
    penalised, plain = question(repetition_penalty=1.25), question()
    assert Form(preset=PRESETS["vllm"]).penalised(penalised)
    assert not Form(preset=PRESETS["vllm"]).penalised(plain)
    assert not Form(preset=PRESETS["ollama"]).penalised(penalised)
    assert not Form(preset=PRESETS["vllm"], refused=frozenset(["repetition_penalty"])).penalised(penalised)


def test_what_was_refused_is_left_out() -> None:
    refused = frozenset(["temperature", "max_tokens", "chat_template_kwargs", "stream_options", "logprobs"])
    asked = body("unknown", refused=refused)

    assert refused.isdisjoint(asked)
    assert "top_logprobs" not in asked
    assert asked["max_completion_tokens"] == 400
    assert asked["reasoning_effort"] == "none"


def test_a_picture_can_be_a_plain_string() -> None:
    part = body("unknown", refused=frozenset(["image_url"]))["messages"][0]["content"][0]

    assert part["image_url"].startswith("data:image/png;base64,")


def test_the_cap_of_pixels_stands_beside_the_picture_where_it_belongs_there() -> None:
    asked = body("dashscope")

    assert asked["messages"][0]["content"][0]["max_pixels"] == 64 * 96
    assert "max_pixels" not in asked


def test_a_users_own_fields_win() -> None:
    asked = body("vllm", extra={"temperature": 0.5, "top_k": 1})

    assert (asked["temperature"], asked["top_k"]) == (0.5, 1)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.openai.com", "openai"),
        ("generativelanguage.googleapis.com", "gemini"),
        ("api.anthropic.com", "anthropic"),
        ("dashscope.aliyuncs.com", "dashscope"),
        ("dashscope-intl.aliyuncs.com", "dashscope"),
        ("openrouter.ai", "openrouter"),
    ],
)
def test_a_hosted_service_is_known_by_its_host(host: str, name: str) -> None:
    found = preset_of("auto", host)
    assert found is not None
    assert found.name == name
    assert found.hosted


def test_another_host_must_be_asked_what_it_is() -> None:
    assert preset_of("auto", "127.0.0.1") is None
    assert preset_of("vllm", "127.0.0.1") is PRESETS["vllm"]
