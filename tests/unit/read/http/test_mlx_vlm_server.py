"""A real server on loopback: ``mlx_vlm.server`` with a tiny checkpoint of random weights, which reads nonsense."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from notesyncd.api import ConfigError, ReaderContext
from notesyncd.read.generation import Decoding, Question
from notesyncd.read.http.opening import unready
from notesyncd.read.http.settings import HttpSettings
from notesyncd.read.picture import Picture
from tests.servers.asking import opened

pytestmark = pytest.mark.skipif(find_spec("mlx_vlm") is None, reason="needs mlx-vlm")
KEY = "a key of our own"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from tests.checkpoints import make_checkpoint  # needs what comes with mlx-vlm

    folder = tmp_path_factory.mktemp("server")
    make_checkpoint(folder / "tiny", family="qwen3_vl", seed=0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/v1"
    options = {"--host": "127.0.0.1", "--port": str(port), "--model": str(folder / "tiny"), "--top-logprobs-k": "5"}
    command = [sys.executable, "-m", "mlx_vlm.server", *(part for option in options.items() for part in option)]
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")}
        process = subprocess.Popen([*command, "--api-key", KEY], env=environment, stdout=log, stderr=log)
        try:
            context = ReaderContext(cache=folder, settings=HttpSettings(base_url=address, api_key=KEY))
            until = time.monotonic() + 200
            while (reason := unready(context)) is not None:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, reason
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def question(words: str = "hello world", *, width: int = 320, **decoding: object) -> Question:
    pixels = np.full((128, width, 3), 255, np.uint8)
    cv2.putText(pixels, words, (10, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    picture = Picture(pixels=pixels, page_width=width, page_height=128)
    return Question(picture=picture, prompt="Transcribe.", decoding=Decoding(**{"max_tokens": 24, **decoding}))


def logprobs(answer: object) -> list[float]:
    return [token.logprob for token in answer.tokens]


def test_a_page_is_read_with_its_log_probabilities(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        answer = generator.generate(question())
        facts = generator.facts()

    assert answer.ended == "length"
    assert answer.logprobs == "raw"
    assert answer.tokens is not None
    assert len(answer.tokens) == 24
    assert b"".join(token.data for token in answer.tokens).decode() == answer.text
    assert all(token.alternatives and token.logprob < 0 for token in answer.tokens)
    assert facts.identity.model is not None
    assert facts.identity.model.endswith("tiny")
    assert dict(facts.identity.settings)["preset"] == "mlx-vlm"


def test_it_sees_the_picture_at_its_full_size(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        small, large = (generator.generate(question(width=width, max_tokens=2)).prompt_tokens for width in (320, 1600))

    assert small is not None
    assert large is not None
    assert large - small == (1600 - 320) * 128 // 32**2  # a token for each 32 x 32 pixels


def test_its_abilities_are_found_out(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        abilities = generator.abilities()

    assert abilities.form.refused == frozenset()
    assert (abilities.logprobs, abilities.alternatives, abilities.sees, abilities.keeps_limits) == (True,) * 4


def test_two_pictures_give_different_log_probabilities(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        one, other = (logprobs(generator.generate(question(words))) for words in ("hello world", "good night"))

    assert max(abs(a - b) for a, b in zip(one, other, strict=False)) > 0.01


def test_two_runs_give_the_same_answer(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator, opened(base_url, tmp_path, api_key=KEY) as another:
        assert generator.generate(question()) == another.generate(question()) == generator.generate(question())


def test_its_loop_is_stopped(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        answer = generator.generate(question(max_tokens=4096))

    assert answer.ended == "loop"
    assert answer.tokens is not None
    assert len(answer.tokens) < 2048


def test_a_penalty_changes_its_log_probabilities_and_they_are_called_so(base_url: str, tmp_path: Path) -> None:
    with opened(base_url, tmp_path, api_key=KEY) as generator:
        plain = generator.generate(question())
        penalised = generator.generate(question(repetition_penalty=1.3))

    assert penalised.logprobs == "penalised"
    assert logprobs(plain) != logprobs(penalised)


def test_a_model_that_it_does_not_have_is_a_matter_of_settings(base_url: str, tmp_path: Path) -> None:
    with (
        opened(base_url, tmp_path, api_key=KEY, model="nobody/such-a-model") as generator,
        pytest.raises(ConfigError, match="does not serve the model 'nobody/such-a-model'"),
    ):
        generator.generate(question())
