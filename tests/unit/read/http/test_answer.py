"""An answer put together line by line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.api import NotesyncdError, TransientError
from notesyncd.read.http.answer import Incoming, Received
from notesyncd.read.http.refusals import Refused
from tests.servers.reply import chunk, entry, usage

END = chunk("", reason="stop")


def received(*events: Any, loops: Any = lambda _piece: False, most_tokens: int = 1000) -> Received:
    incoming = Incoming(server="it", most_tokens=most_tokens, loops=loops)
    for event in events:
        incoming.take(event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode())
    return incoming.finish()


def test_pieces_and_counts_make_an_answer() -> None:
    answer = received(
        chunk("mi", entries=[entry("mi", -0.1)]), b"", chunk("lk", entries=[entry("lk", -0.2)]), END, usage(40, 2)
    )

    assert answer.text == "milk"
    assert answer.tokens is not None
    assert [token.logprob for token in answer.tokens] == [-0.1, -0.2]
    assert (answer.ended, answer.prompt_tokens, answer.fingerprint) == ("stop", 40, "scripted-1")


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_that_was_cut_off_says_so(reason: str) -> None:
    assert received(chunk("milk", reason=reason)).ended == "length"


def test_the_end_of_the_stream_is_enough_of_an_end() -> None:
    assert received(chunk("milk"), b"data: [DONE]").text == "milk"


def test_only_the_first_choice_counts() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "bread"}}]}

    assert received(chunk("milk"), other, END).text == "milk"


def test_a_text_in_parts_is_one_text() -> None:
    parts = [{"type": "text", "text": "mi"}, {"type": "text", "text": "lk"}, {"type": "image"}, 7]

    assert received(chunk(parts), END).text == "milk"


@pytest.mark.parametrize("bad", [{"token": "", "logprob": 0.7}, {"token": "", "logprob": "-0.1"}, {"logprob": -1}, 7])
def test_one_entry_that_can_not_be_true_spoils_them_all(bad: Any) -> None:
    assert received(chunk("milk", entries=[entry("milk", -0.1), bad]), END).tokens is None


@pytest.mark.parametrize("logprob", [0.5, float("nan"), float("-inf"), True, None, "x"])
def test_what_is_no_logarithm_of_a_probability_is_none(logprob: Any) -> None:
    assert received(chunk("milk", entries=[{"token": "milk", "logprob": logprob}]), END).tokens is None


def test_rounding_over_zero_is_forgiven() -> None:
    answer = received(chunk("milk", entries=[{"token": "milk", "logprob": 1e-7}]), END)

    assert answer.tokens is not None
    assert answer.tokens[0].logprob == 0.0


def test_without_bytes_the_text_of_a_token_stands_for_them() -> None:
    answer = received(chunk("käse", entries=[{"token": "käse", "logprob": -0.1, "bytes": None}]), END)

    assert answer.tokens is not None
    assert answer.tokens[0].data == "käse".encode()


@pytest.mark.parametrize("data", [[256], [-1], ["a"], [1] * 5000])
def test_bytes_that_are_none_are_not_believed(data: Any) -> None:
    assert received(chunk("a", entries=[{"token": "a", "logprob": -0.1, "bytes": data}]), END).tokens is None


def test_a_token_longer_than_any_is_not_believed() -> None:
    long = "a" * 5000

    assert received(chunk(long, entries=[entry(long, -0.1)]), END).tokens is None


def test_a_loop_is_looked_for_in_the_tokens_where_there_are_some() -> None:
    heard: list[str] = []
    received(
        chunk("", entries=[entry("ex", -0.1)]), chunk("exex", entries=[entry("ex", -0.1)]), END, loops=heard.append
    )

    assert heard == ["ex", "ex"]


def test_a_character_cut_between_tokens_reaches_the_watch_whole() -> None:
    heard: list[str] = []
    data = "鷗".encode()
    first, second = entry("?", -0.1, data=data[:2]), entry("?", -0.1, data=data[2:])
    received(chunk("", entries=[first]), chunk("鷗", entries=[second]), END, loops=heard.append)

    assert "".join(heard) == "鷗"


def test_an_error_in_the_stream_has_its_own_status() -> None:
    with pytest.raises(Refused) as raised:
        received(chunk("milk"), {"error": {"code": 429, "message": "later"}})
    assert (raised.value.refusal.status, raised.value.refusal.message) == (429, "later")
    with pytest.raises(Refused) as raised:
        received({"error": "broken"})
    assert raised.value.refusal.status == 502


def test_an_answer_without_any_end_is_none() -> None:
    with pytest.raises(TransientError, match="broke off"):
        received(chunk("milk"))
    with pytest.raises(TransientError, match="without answer"):
        received()


FIELDS = [
    "bytes",
    "choices",
    "content",
    "delta",
    "error",
    "finish_reason",
    "index",
    "logprob",
    "logprobs",
    "message",
    "prompt_tokens",
    "reasoning",
    "system_fingerprint",
    "token",
    "top_logprobs",
    "usage",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(JSON | st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=6))
def test_whatever_comes_is_an_answer_or_said_to_be_none(events: list[Any]) -> None:
    try:
        answer = received(*events)
    except (NotesyncdError, Refused):
        return
    answer.text.encode()
    answer.thinking.encode()
