"""Opening the reader, and whether it could be: nothing is sent that must not be."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notesyncd.api import ConfigError, ReaderContext
from notesyncd.read.http.opening import open_generator, parallel, remote, unready
from notesyncd.read.http.settings import HttpSettings
from tests.servers.scripted import scripted_server

REMOTE = {"allow_remote": True, "max_pages_per_day": 5}


def context(tmp_path: Path, **values: object) -> ReaderContext:
    return ReaderContext(cache=tmp_path, settings=HttpSettings.model_validate(values))


def test_without_an_address_it_says_what_to_write(tmp_path: Path) -> None:
    assert "base_url under [read.http]" in (unready(context(tmp_path)) or "")
    assert "base_url" in (unready(ReaderContext(cache=tmp_path)) or "")
    with pytest.raises(ConfigError, match="base_url"):
        open_generator(context(tmp_path))


def test_a_server_that_answers_is_ready(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        assert unready(context(tmp_path, base_url=server.base_url)) is None
        assert server.questions == []


def test_a_server_that_is_not_there_is_not(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        address = server.base_url
    assert "can't be reached" in (unready(context(tmp_path, base_url=address)) or "")


def test_a_server_that_says_nothing_is_given_up_after_a_second(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        reason = unready(context(tmp_path, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1"))
    assert "silent" in (reason or "")
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ("asks_for_a_key", "api_key"),
        ("is_another_program", "no chat interface"),
        ("lists_no_models", "no chat interface"),
    ],
)
def test_a_server_that_can_not_be_used_says_why(tmp_path: Path, behaviour: str, says: str) -> None:
    with scripted_server(behaviour) as server:
        assert says in (unready(context(tmp_path, base_url=server.base_url)) or "")


def test_a_server_without_a_list_is_ready_where_the_model_is_named(tmp_path: Path) -> None:
    with scripted_server("lists_no_models") as server:
        assert unready(context(tmp_path, base_url=server.base_url, model="scripted")) is None


def test_a_key_that_can_be_none_is_said_to_be_none(tmp_path: Path) -> None:
    reason = unready(context(tmp_path, base_url="http://127.0.0.1:9/v1", api_key="sk-very\nsecret"))

    assert "api_key" in (reason or "")
    assert "sk-very" not in (reason or "")


def test_another_machine_is_never_contacted_to_see_whether_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contacted(*_: object, **__: object) -> None:
        raise AssertionError("it was contacted")

    monkeypatch.setattr(socket, "getaddrinfo", contacted)
    monkeypatch.setattr(socket.socket, "connect", contacted)
    assert unready(context(tmp_path, base_url="https://gpu.example/v1", **REMOTE)) is None
    assert unready(context(tmp_path, base_url="http://192.168.77.1:8000/v1", **REMOTE)) is None
    open_generator(context(tmp_path, base_url="https://gpu.example/v1", model="m", **REMOTE)).close()


def test_a_localhost_that_is_not_this_machine_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)

    with pytest.raises(ConfigError, match=r"localhost is 93\.184\.216\.34"):
        open_generator(context(tmp_path, base_url="http://localhost:8080/v1"))
    assert "localhost is" in (unready(context(tmp_path, base_url="http://localhost:8080/v1")) or "")


def test_settings_that_were_not_validated_send_nothing_either(tmp_path: Path) -> None:
    unchecked = HttpSettings.model_construct(
        **{**HttpSettings().model_dump(), "base_url": "https://gpu.example/v1", "allow_remote": False}
    )

    with pytest.raises(ConfigError, match="allow_remote"):
        open_generator(ReaderContext(cache=tmp_path, settings=unchecked))


def test_how_many_pages_and_whether_they_leave_is_known_before(tmp_path: Path) -> None:
    assert parallel(context(tmp_path, base_url="http://127.0.0.1/v1", parallel=7)) == 7
    assert parallel(context(tmp_path)) == 1
    assert not remote(HttpSettings.model_validate({"base_url": "http://127.0.0.1/v1"}))
    assert remote(HttpSettings.model_validate({"preset": "openai", **REMOTE}))
    assert not remote(HttpSettings())


def test_settings_and_estimates_cost_no_command_the_import_of_an_http_library() -> None:
    code = "import sys, notesyncd.read.http.opening, notesyncd.read.http.cost; sys.exit('httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
