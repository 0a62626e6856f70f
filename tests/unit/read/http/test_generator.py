"""A server as a generator: what it is asked, what is remembered, and what is said of it."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from notesyncd.api import ConfigError, TransientError
from notesyncd.read.http import connection
from notesyncd.read.http.probe import PROBE_TOKENS
from tests.servers.asking import opened, question
from tests.servers.behaviours import PICTURE_TOKENS, PROMPT_TOKENS, TEXT
from tests.servers.scripted import scripted_server


@pytest.fixture
def gpu_lan(monkeypatch: pytest.MonkeyPatch) -> None:
    """``gpu.lan`` is another machine by name; the scripted server answers for it."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: object, **named: object) -> object:
        return real("127.0.0.1" if host == "gpu.lan" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def as_another_machine(base_url: str) -> dict[str, object]:
    return {"base_url": base_url.replace("127.0.0.1", "gpu.lan"), "allow_remote": True, "model": "scripted"}


# ----------------------------------------------------------------------------------------------------------- abilities


@pytest.mark.parametrize(
    ("behaviour", "found"),
    [
        ("reads", {"logprobs": True, "alternatives": True, "thinks": False, "sees": True, "keeps_limits": True}),
        ("gives_no_logprobs", {"logprobs": False, "alternatives": False}),
        ("gives_empty_logprobs", {"logprobs": False}),
        ("gives_one_object_without_entries", {"sees": True}),  # it counts no tokens, and reads the word
        ("rejects_logprobs", {"logprobs": False}),
        ("always_thinks", {"thinks": True}),
        ("thinks_unless_told_by_effort", {"thinks": False}),
        ("thinks_unless_told_by_template", {"thinks": False}),
        ("ignores_every_limit", {"keeps_limits": False}),
        ("ignores_max_tokens", {"keeps_limits": True}),
        ("rejects_max_tokens", {"keeps_limits": True}),
    ],
)
def test_a_probe_finds_out_what_a_server_can_do(behaviour: str, found: dict[str, object], tmp_path: Path) -> None:
    with scripted_server(behaviour) as server, opened(server.base_url, tmp_path) as generator:
        abilities = generator.abilities()

    assert {name: getattr(abilities, name) for name in found} == found


@pytest.mark.parametrize(
    ("behaviour", "left_out"),
    [
        ("reads", set()),
        ("takes_string_pictures_only", {"image_url"}),
        ("takes_object_pictures_only", set()),
        ("rejects_max_tokens", {"max_tokens"}),
        ("ignores_max_tokens", {"max_tokens"}),
        ("ignores_every_limit", set()),
        ("rejects_temperature", {"temperature"}),
        ("rejects_logprobs", {"logprobs", "top_logprobs"}),
        ("gives_no_logprobs", {"logprobs", "top_logprobs"}),
        ("thinks_unless_told_by_effort", {"chat_template_kwargs"}),
        ("always_thinks", set()),
    ],
)
def test_what_does_not_work_is_left_out_and_nothing_else(behaviour: str, left_out: set[str], tmp_path: Path) -> None:
    with scripted_server(behaviour) as server, opened(server.base_url, tmp_path) as generator:
        assert generator.abilities().form.refused == left_out


def test_a_probe_is_small_and_shows_no_page(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path) as generator:
        generator.abilities()

    with_picture, without = server.questions
    assert with_picture.body["max_tokens"] == PROBE_TOKENS
    assert len(with_picture.png or b"") < 4000
    assert without.png is None
    assert server.pages == []


def test_a_server_is_probed_once(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path) as generator:
        for _ in range(3):
            generator.generate(question())
            generator.facts()

    assert sum(asked.is_probe for asked in server.questions) == 2
    assert len(server.pages) == 3


def test_what_a_page_taught_is_remembered(tmp_path: Path) -> None:
    with scripted_server("rejects_a_penalty") as server, opened(server.base_url, tmp_path) as generator:
        generator.generate(question(repetition_penalty=1.25))
        generator.generate(question(repetition_penalty=1.25))
        facts = generator.facts()

    assert ["repetition_penalty" in asked.body for asked in server.pages] == [True, False, False]
    assert dict(facts.identity.settings)["left_out"] == "repetition_penalty"
    assert dict(facts.identity.settings)["penalty"] == "none"


def test_a_page_that_is_refused_for_its_own_sake_is_asked_once(tmp_path: Path) -> None:
    with (
        scripted_server("finds_fault_with_the_page") as server,
        opened(server.base_url, tmp_path) as generator,
        pytest.raises(Exception, match="refuses this page"),
    ):
        generator.generate(question())
    assert len(server.pages) == 1


# ------------------------------------------------------------------------------------------------------------- answers


def test_tokens_come_with_their_alternatives(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path) as generator:
        answer = generator.generate(question())

    assert answer.tokens is not None
    first = answer.tokens[0]
    assert (first.data, first.logprob) == (b"Shop", pytest.approx(-0.05))
    assert [alternative.data for alternative in first.alternatives] == [b"other", b"last"]
    assert first.margin == pytest.approx(2.5)
    assert answer.prompt_tokens == PROMPT_TOKENS + PICTURE_TOKENS


@pytest.mark.parametrize(
    ("preset", "penalty", "kind"),
    [
        ("auto", None, "raw"),
        ("auto", 1.25, "penalised"),
        ("llama.cpp", 1.25, "raw"),
        ("vllm", 1.25, "raw"),
        ("mlx-vlm", 1.25, "penalised"),
        ("ollama", 1.25, "raw"),  # it is sent none
    ],
)
def test_log_probabilities_after_a_penalty_are_called_so(
    preset: str, penalty: float | None, kind: str, tmp_path: Path
) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path, preset=preset) as generator:
        assert generator.generate(question(repetition_penalty=penalty)).logprobs == kind


def test_the_same_question_gets_the_same_answer(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path) as generator:
        assert generator.generate(question()) == generator.generate(question())
    first, second = server.pages
    assert first.body == second.body


def test_a_whole_answer_is_not_held_up_by_counts_that_never_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LAST_WORDS_SECONDS", 0.2)
    begin = time.monotonic()
    with scripted_server("never_closes") as server, opened(server.base_url, tmp_path) as generator:
        assert generator.generate(question()).text == TEXT

    assert time.monotonic() - begin < 30  # the next token would be waited for twice as long


# --------------------------------------------------------------------------------------------------------------- facts


def test_facts_name_what_answers_and_no_secret(tmp_path: Path) -> None:
    with (
        scripted_server("reads") as server,
        opened(server.base_url, tmp_path, api_key="sk-very-secret-key", extra={"top_k": 1}) as generator,
    ):
        facts = generator.facts()

    assert (facts.identity.name, facts.identity.model, facts.identity.version) == ("http", "scripted", "scripted-1")
    assert facts.identity.device == "server"
    assert dict(facts.identity.settings) == {
        "extra.top_k": "1",
        "penalty": "repetition_penalty",
        "preset": "unknown",
        "server": "loopback",
        "thinking": "off",
    }
    assert dict(facts.packages)["httpx"]
    assert "secret" not in repr(facts)


def test_the_key_goes_into_the_header_alone(tmp_path: Path) -> None:
    with (
        scripted_server("reads") as server,
        opened(server.base_url, tmp_path, api_key="sk-very-secret-key") as generator,
    ):
        generator.generate(question())

    assert {asked.headers["Authorization"] for asked in server.requests} == {"Bearer sk-very-secret-key"}
    assert "secret" not in repr([asked.body for asked in server.requests])
    assert "secret" not in repr([asked.path for asked in server.requests])


@pytest.mark.parametrize("key", ["sk-very\nsecret", "sk-very-sécret", "sk-very\x00secret"])
def test_a_key_that_can_be_none_is_refused_and_not_shown(key: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="api_key") as raised, opened("http://127.0.0.1:9/v1", tmp_path, api_key=key):
        pass
    assert "sk-very" not in str(raised.value)


def test_a_line_end_after_a_key_is_no_part_of_it(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path, api_key="sk-key\n") as generator:
        generator.generate(question())

    assert {asked.headers["Authorization"] for asked in server.requests} == {"Bearer sk-key"}


def test_without_a_key_none_is_sent(tmp_path: Path) -> None:
    with scripted_server("reads") as server, opened(server.base_url, tmp_path) as generator:
        generator.generate(question())

    assert all("Authorization" not in asked.headers for asked in server.requests)


def test_the_server_is_known_by_its_list_of_models(tmp_path: Path) -> None:
    models = [{"id": "m", "owned_by": "llamacpp"}]
    with scripted_server("reads", models=models) as server, opened(server.base_url, tmp_path) as generator:
        generator.generate(question())
        assert dict(generator.facts().identity.settings)["preset"] == "llama.cpp"

    assert server.pages[0].body["cache_prompt"] is False
    assert server.pages[0].body["model"] == "m"


def test_of_several_models_one_must_be_named(tmp_path: Path) -> None:
    with scripted_server("reads", models=("a", "b")) as server:
        with opened(server.base_url, tmp_path) as generator, pytest.raises(ConfigError, match="set model"):
            generator.generate(question())
        with opened(server.base_url, tmp_path, model="b") as generator:
            assert generator.generate(question()).text == TEXT
    assert server.pages[0].body["model"] == "b"


def test_a_hosted_service_needs_a_model(tmp_path: Path) -> None:
    settings = {"preset": "openrouter", "allow_remote": True, "max_pages_per_day": 5}
    with (
        opened("https://gpu.invalid/v1", tmp_path, **settings) as generator,
        pytest.raises(ConfigError, match="set model"),
    ):
        generator.facts()


# ------------------------------------------------------------------------------------------------------ other machines


@pytest.mark.usefixtures("gpu_lan")
def test_pages_to_another_machine_are_counted_and_end_at_the_limit(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        settings = as_another_machine(server.base_url) | {"max_pages_per_day": 2}
        with opened(str(settings.pop("base_url")), tmp_path, **settings) as generator:
            generator.generate(question())
            generator.generate(question())
            with pytest.raises(TransientError, match="max_pages_per_day") as raised:
                generator.generate(question())
            assert dict(generator.facts().identity.settings)["server"] == "gpu.lan"

    assert len(server.pages) == 2
    assert raised.value.retry_after is not None
    assert 0 < raised.value.retry_after <= 90_000


@pytest.mark.usefixtures("gpu_lan")
def test_a_page_counts_even_where_it_is_not_answered(tmp_path: Path) -> None:
    with scripted_server("answers_500") as server:
        settings = as_another_machine(server.base_url) | {"max_pages_per_day": 1}
        with opened(str(settings.pop("base_url")), tmp_path, **settings) as generator:
            with pytest.raises(TransientError, match="HTTP 500"):
                generator.generate(question())
            with pytest.raises(TransientError, match="max_pages_per_day"):
                generator.generate(question())
    assert len(server.pages) == 1


@pytest.mark.usefixtures("gpu_lan")
def test_where_nothing_is_left_today_not_even_a_probe_is_sent(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        settings = as_another_machine(server.base_url) | {"max_pages_per_day": 1}
        address = str(settings.pop("base_url"))
        with opened(address, tmp_path, **settings) as generator:
            generator.generate(question())
        asked = len(server.requests)
        with opened(address, tmp_path, **settings) as generator, pytest.raises(TransientError, match="max_pages"):
            generator.generate(question())
        assert len(server.requests) == asked


@pytest.mark.usefixtures("gpu_lan")
def test_a_server_by_name_is_greeted_by_its_name(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        settings = as_another_machine(server.base_url) | {"max_pages_per_day": 5}
        with opened(str(settings.pop("base_url")), tmp_path, **settings) as generator:
            generator.generate(question())
    port = server.base_url.split(":")[2].removesuffix("/v1")
    assert {asked.headers["Host"] for asked in server.requests} == {f"gpu.lan:{port}"}


def test_a_name_that_changes_its_mind_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number that was looked at is connected to; the name is not resolved a second time."""
    answers = iter(["127.0.0.1"])

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple]:
        number = next(answers, "93.184.216.34") if host == "gpu.lan" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 0))]

    with scripted_server("reads") as server:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        settings = as_another_machine(server.base_url) | {"max_pages_per_day": 5, "preset": "vllm"}
        with (
            opened(str(settings.pop("base_url")), tmp_path, **settings) as generator,
            pytest.raises(TransientError, match="open internet"),
        ):
            generator.generate(question())
        assert len(server.requests) == 1


def test_a_localhost_of_two_numbers_finds_the_server_at_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: object, **named: object) -> list[tuple]:
        if host == "localhost":
            return [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
            ]
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with (
        scripted_server("reads") as server,
        opened(server.base_url.replace("127.0.0.1", "localhost"), tmp_path) as generator,
    ):
        assert generator.generate(question()).text == TEXT


@pytest.mark.usefixtures("gpu_lan")
def test_no_proxy_of_the_environment_sees_what_is_here_or_near_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_server("reads") as proxy, scripted_server("reads") as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with opened(server.base_url, tmp_path) as generator:
            generator.generate(question())
        near_by = as_another_machine(server.base_url) | {"max_pages_per_day": 5}
        with opened(str(near_by.pop("base_url")), tmp_path, **near_by) as generator:
            generator.generate(question())

    assert len(server.pages) == 2
    assert proxy.requests == []
