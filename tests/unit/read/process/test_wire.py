"""What goes through the pipe comes out as it went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notesyncd.read.generation import Alternative, Decoding, Token
from notesyncd.read.process import wire
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts


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
