"""What becomes of a question when the server behind ``[read.http]`` goes wrong, one row for each way."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notesyncd.api import (
    AuthError,
    ConfigError,
    NotesyncdError,
    PermanentError,
    TransientError,
    UnreadableScan,
)
from notesyncd.read.generation import Ended, LogprobKind
from tests.servers import behaviours
from tests.servers.asking import IMPATIENT, opened, question
from tests.servers.behaviours import BEHAVIOURS, GERMAN, JAPANESE, SECRET_OF_THE_PAGE, TEXT
from tests.servers.scripted import scripted_server

KEY = "sk-very-secret-key"


@dataclass(frozen=True, kw_only=True)
class Answered:
    text: str = TEXT
    ended: Ended = "stop"
    logprobs: LogprobKind = "raw"
    thinking: str = ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    error: type[NotesyncdError]
    says: str
    retry_after: float | None = None


THOUGHTS = "Okay, the user wants me to write down what stands there. Let me look."
TABLE: dict[str, Answered | Failed] = {
    # well, each in its own way
    "reads": Answered(),
    "takes_string_pictures_only": Answered(),
    "takes_object_pictures_only": Answered(),
    "rejects_max_tokens": Answered(),
    "ignores_max_tokens": Answered(),
    "ignores_every_limit": Answered(),
    "rejects_what_is_not_needed": Answered(logprobs="none"),
    "rejects_logprobs": Answered(logprobs="none"),
    "rejects_temperature": Answered(),
    "rejects_a_penalty": Answered(),
    "answers_in_one_object": Answered(),
    "reads_japanese": Answered(text=JAPANESE),
    "reads_japanese_in_broken_tokens": Answered(text=JAPANESE),
    "strips_its_text": Answered(text=" " + TEXT),
    "lists_no_models": Answered(),
    "pings_and_answers": Answered(),
    "never_closes": Answered(),
    # log-probabilities that are none
    "gives_no_logprobs": Answered(logprobs="none"),
    "drops_logprobs": Answered(logprobs="none"),
    "gives_empty_logprobs": Answered(logprobs="none"),
    "gives_one_object_without_entries": Answered(logprobs="none"),
    "gives_logprobs_of_another_text": Answered(logprobs="none"),
    "is_certain_of_everything": Answered(text=TEXT * 3, logprobs="none"),
    "gives_impossible_logprobs": Answered(logprobs="none"),
    "answers_strange_json": Answered(logprobs="none"),
    # pictures that are not looked at
    "does_not_look_at_pictures": Failed(error=ConfigError, says="does not look at pictures"),
    "takes_no_pictures": Failed(error=ConfigError, says="takes no pictures"),
    # thinking
    "thinks_unless_told_by_effort": Answered(),
    "thinks_unless_told_by_template": Answered(),
    "always_thinks": Answered(thinking=THOUGHTS),
    "leaks_thinking": Answered(
        text="<think>\nThe user wants a transcription. The first line says\n</think>\n\n" + TEXT
    ),
    "thinks_in_logprobs": Answered(logprobs="none", thinking="<think>short</think>"),
    # what models do wrong comes whole, for the guards to judge
    "refuses": Answered(text="I'm sorry, but I can't help with transcribing this image."),
    "refuses_in_its_own_field": Answered(text="I'm sorry, I can't assist with that.", logprobs="none"),
    "answers_empty": Answered(text="", logprobs="none"),
    "cuts_off": Answered(text="Shopping for the weekend\nmilk, brea", ended="length"),
    "translates": Answered(text=GERMAN),
    "chatters": Answered(text="Sure! Here is the transcription of the image:\n\n" + TEXT),
    "answers_half_characters": Answered(text="to\U0001f600gether al\ufffdone", logprobs="none"),
    "holds_back": Failed(error=UnreadableScan, says="content filter"),
    # silence
    "hangs_before_an_answer": Failed(error=TransientError, says="was silent for 0.6 s"),
    "hangs_after_its_head": Failed(error=TransientError, says="was silent for 0.6 s"),
    "pings_and_never_answers": Failed(error=TransientError, says="was silent for 0.6 s"),
    "hangs_between_tokens": Failed(error=TransientError, says="was silent for 0.4 s"),
    # broken off
    "breaks_off": Failed(error=TransientError, says="broke off"),
    "ends_without_an_end": Failed(error=TransientError, says="broke off in the middle"),
    "closes_at_once": Failed(error=TransientError, says="can't be reached"),
    "answers_nothing_at_all": Failed(error=TransientError, says="without answer"),
    # nonsense
    "answers_garbage": Failed(error=TransientError, says="nonsense"),
    "answers_deep_garbage": Failed(error=TransientError, says="nonsense"),
    "answers_wrong_utf8": Failed(error=TransientError, says="nonsense"),
    "answers_a_web_page": Failed(error=TransientError, says="web page"),
    "answers_packed": Failed(error=TransientError, says="not asked for"),
    "answers_one_giant_line": Failed(error=TransientError, says="without end"),
    "pings_without_end": Failed(error=TransientError, says="without end"),
    # it says so itself
    "answers_429": Failed(error=TransientError, says="Rate limit reached", retry_after=7.0),
    "answers_503_until_a_date": Failed(error=TransientError, says="HTTP 503", retry_after=86_400.0),
    "answers_500": Failed(error=TransientError, says="CUDA out of memory"),
    "reports_an_error_in_the_stream": Failed(error=TransientError, says="Provider is overloaded"),
    "asks_for_a_key": Failed(error=AuthError, says="api_key"),
    "forbids": Failed(error=AuthError, says="HTTP 403"),
    "asks_for_money": Failed(error=AuthError, says="Insufficient credits"),
    "lacks_the_model": Failed(error=ConfigError, says="does not serve the model 'scripted'"),
    "can_not_load_the_model": Failed(error=ConfigError, says="does not serve the model 'scripted': Failed to load"),
    "is_another_program": Failed(error=ConfigError, says="no chat interface"),
    "redirects": Failed(error=ConfigError, says="never followed"),
    "has_too_short_a_context": Failed(error=PermanentError, says="OLLAMA_CONTEXT_LENGTH"),
    "finds_the_page_too_large": Failed(error=PermanentError, says="max_pixels"),
    "finds_fault_with_the_page": Failed(error=UnreadableScan, says="could not decode image"),
}
SILENT = {
    "hangs_after_its_head",
    "hangs_before_an_answer",
    "hangs_between_tokens",
    "never_closes",
    "pings_and_never_answers",
}
STOPPED = {"loops", "loops_with_late_text", "answers_without_end"}


@pytest.mark.parametrize("behaviour", TABLE)
def test_each_way_of_a_server_has_its_outcome(behaviour: str, tmp_path: Path) -> None:
    expected = TABLE[behaviour]
    settings: dict[str, Any] = {"model": "scripted"} if behaviour == "lists_no_models" else {}
    if behaviour in SILENT:
        settings |= IMPATIENT
    with scripted_server(behaviour) as server, opened(server.base_url, tmp_path, api_key=KEY, **settings) as generator:
        if isinstance(expected, Answered):
            answer = generator.generate(question())
            assert answer.text == expected.text
            assert answer.ended == expected.ended
            assert answer.logprobs == expected.logprobs
            assert answer.thinking == expected.thinking
            assert (answer.tokens is None) == (expected.logprobs == "none")
            assert answer.tokens is None or b"".join(token.data for token in answer.tokens).decode() == answer.text
        else:
            with pytest.raises(expected.error, match=expected.says) as raised:
                generator.generate(question())
            assert getattr(raised.value, "retry_after", None) == expected.retry_after
            said = str(raised.value)
            assert KEY not in said
            assert SECRET_OF_THE_PAGE not in said
            assert "iVBOR" not in said
            assert said.isprintable()
            assert len(said) < 800


def test_the_table_has_a_row_for_every_way() -> None:
    ours = {name for name, play in BEHAVIOURS.items() if play.__module__ == behaviours.__name__}
    assert set(TABLE) | STOPPED == ours


@pytest.mark.parametrize("behaviour", ["loops", "loops_with_late_text"])
def test_a_loop_is_stopped_while_it_streams(behaviour: str, tmp_path: Path) -> None:
    with scripted_server(behaviour) as server, opened(server.base_url, tmp_path) as generator:
        answer = generator.generate(question(max_tokens=32_768))

        assert answer.ended == "loop"
        assert answer.tokens is not None
        assert len(answer.tokens) < 2000
        assert b"".join(token.data for token in answer.tokens).decode() == answer.text


def test_an_answer_without_end_is_cut_where_it_should_have_been(tmp_path: Path) -> None:
    with scripted_server("answers_without_end") as server, opened(server.base_url, tmp_path) as generator:
        answer = generator.generate(question(max_tokens=50))

    assert answer.ended == "length"
    assert len(answer.text) < 50 * 20


def test_a_server_that_ignores_every_limit_is_cut_by_the_count_of_its_tokens(tmp_path: Path) -> None:
    with scripted_server("ignores_every_limit") as server, opened(server.base_url, tmp_path) as generator:
        answer = generator.generate(question(max_tokens=5))

    assert answer.ended == "length"
    assert answer.tokens is not None
    assert len(answer.tokens) <= 7


def test_a_page_never_follows_a_redirect(tmp_path: Path) -> None:
    with (
        scripted_server("reads") as other,
        scripted_server("redirects", from_the_start=True, elsewhere=other.base_url) as server,
        opened(server.base_url, tmp_path) as generator,
        pytest.raises(ConfigError, match="never followed"),
    ):
        generator.generate(question())
    assert other.requests == []


def test_nobody_at_the_address_is_tried_again_later(tmp_path: Path) -> None:
    with scripted_server("reads") as server:
        address = server.base_url
    with opened(address, tmp_path) as generator, pytest.raises(TransientError, match="can't be reached"):
        generator.generate(question())


@pytest.mark.parametrize("behaviour", ["hangs_before_an_answer", "answers_429", "answers_500", "answers_a_web_page"])
def test_a_server_that_is_ill_from_the_start_is_asked_again_later(behaviour: str, tmp_path: Path) -> None:
    with (
        scripted_server(behaviour, from_the_start=True) as server,
        opened(server.base_url, tmp_path, **IMPATIENT) as generator,
        pytest.raises(TransientError),
    ):
        generator.generate(question())
    assert server.pages == []


def test_a_server_that_came_back_is_looked_at_anew(tmp_path: Path) -> None:
    with scripted_server("breaks_off") as server, opened(server.base_url, tmp_path) as generator:
        for _ in range(2):
            with pytest.raises(TransientError):
                generator.generate(question())
        probes = [asked for asked in server.questions if asked.is_probe]
    assert len(probes) == 4


def test_closing_ends_a_question_that_is_under_way(tmp_path: Path) -> None:
    outcome: list[TransientError] = []
    with (
        scripted_server("hangs_after_its_head") as server,
        opened(server.base_url, tmp_path, first_token_seconds=60.0) as generator,
    ):

        def ask() -> None:
            try:
                generator.generate(question())
            except TransientError as error:
                outcome.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        until = time.monotonic() + 20
        while not server.pages and time.monotonic() < until:
            time.sleep(0.01)
        generator.close()
        generator.close()
        thread.join(10)
        assert not thread.is_alive()
        with pytest.raises(TransientError):
            generator.generate(question())
    assert len(outcome) == 1
    assert "left in the middle" in str(outcome[0])


def test_many_threads_may_ask_at_once_and_the_server_is_probed_once(tmp_path: Path) -> None:
    texts: list[str] = []
    with scripted_server("reads") as server, opened(server.base_url, tmp_path, parallel=4) as generator:
        threads = [
            threading.Thread(target=lambda n=n: texts.append(generator.generate(question(shade=20 * n)).text))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert texts == [TEXT] * 8
        assert len({asked.png for asked in server.pages}) == 8
        assert sum(asked.is_probe for asked in server.questions) == 2
