"""What goes through the pipe comes out as it went in."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.read.generation import Alternative, Decoding, Token
from notesyncd.read.process import wire
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts

figures = st.floats(allow_nan=False, allow_infinity=False)
alternatives = st.builds(Alternative, data=st.binary(max_size=8), logprob=figures)
tokens = st.builds(
    Token,
    data=st.binary(max_size=32),
    logprob=st.none() | figures,
    id=st.none() | st.integers(0, 1 << 24),
    entropy=st.none() | figures,
    alternatives=st.lists(alternatives, max_size=4).map(tuple),
)


@given(st.lists(tokens, max_size=20))
def test_tokens_come_out_to_the_last_bit(sent: list[Token]) -> None:
    line = json.dumps(wire.tokens_json(sent), allow_nan=False)
    assert "\n" not in line
    assert wire.tokens_of(json.loads(line)) == sent


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(json_values | st.lists(st.lists(json_values, min_size=5, max_size=5)))
def test_what_was_never_sent_is_nonsense_at_worst(told: Any) -> None:
    for read in (wire.tokens_of, wire.facts_of, wire.problem_of, wire.ended_of):
        with suppress(*wire.NONSENSE):
            read(told)


def test_tokens_with_cut_characters_come_out_whole() -> None:
    tokens = [
        Token(data="é".encode()[:1], logprob=-0.12345678901234567, id=7, entropy=0.5),
        Token(
            data="é".encode()[1:] + b'\n"\x00\xff',
            logprob=-1e-30,
            id=151_935,
            entropy=0.0,
            alternatives=(Alternative(data=b"", logprob=-3.0), Alternative(data=b"\xe2\x80", logprob=-4.5)),
        ),
        Token(data=b" a"),
    ]
    assert wire.tokens_of(json.loads(json.dumps(wire.tokens_json(tokens)))) == tokens


@pytest.mark.parametrize(
    "order",
    [
        LoadOrder(folder=Path("/models/qwen")),
        LoadOrder(
            folder=Path("/models/a name with ü"),
            adapter=Path("/adapters/hand"),
            quantization="4bit",
            device="cpu",
            max_pixels=1000,
            cache_bytes=0,
            thinks=True,
        ),
    ],
)
def test_orders_come_out_as_they_were(order: LoadOrder) -> None:
    assert wire.order_of(json.loads(json.dumps(wire.order_json(order)))) == order


def test_decodings_and_facts_come_out_as_they_were() -> None:
    decoding = Decoding(max_tokens=77, repetition_penalty=1.05, repetition_context=64)
    assert wire.decoding_of(json.loads(json.dumps(wire.decoding_json(decoding)))) == decoding
    facts = RuntimeFacts(
        engine="mlx-vlm", version="0.7.10", device="gpu (M3)", quantization=None, packages=(("mlx", "0.32"), ("a", "b"))
    )
    assert wire.facts_of(json.loads(json.dumps(wire.facts_json(facts)))) == facts


def test_problems_come_out_as_they_were_but_never_without_end() -> None:
    problem = wire.problem_of(json.loads(json.dumps(wire.problem_json("page", "no such picture"))))
    assert (problem.kind, str(problem)) == ("page", "no such picture")
    assert len(str(wire.problem_of(wire.problem_json("failed", "long " * 10_000)))) < 2100
