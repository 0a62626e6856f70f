"""What goes through the pipe between daemon and reader process: values as JSON, bytes as Latin-1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

from notesyncd.read.generation import Alternative, Decoding, Ended, Token
from notesyncd.read.process.runtime import LoadOrder, RuntimeFacts, RuntimeProblem

Json = dict[str, Any]
Kind = Literal["config", "memory", "page", "failed"]
"""Of a ``RuntimeProblem``."""

NONSENSE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What the functions that take an answer apart raise where it is none of ours."""

_LONGEST_MESSAGE = 2000  # characters


def order_json(order: LoadOrder) -> Json:
    """Return an order as JSON."""
    return {
        **asdict(order),
        "folder": str(order.folder),
        "adapter": str(order.adapter) if order.adapter is not None else None,
    }


def order_of(told: Mapping[str, Any]) -> LoadOrder:
    """Return the order that ``order_json`` wrote."""
    adapter = told["adapter"]
    return LoadOrder(**{**told, "folder": Path(told["folder"]), "adapter": Path(adapter) if adapter else None})


def decoding_json(decoding: Decoding) -> Json:
    """Return how an answer is generated, as JSON."""
    return asdict(decoding)


def decoding_of(told: Mapping[str, Any]) -> Decoding:
    """Return what ``decoding_json`` wrote."""
    return Decoding(**told)


def facts_json(facts: RuntimeFacts) -> Json:
    """Return facts as JSON."""
    return asdict(facts)


def facts_of(told: Mapping[str, Any]) -> RuntimeFacts:
    """Return the facts that ``facts_json`` wrote."""
    packages = tuple((str(name), str(version)) for name, version in told["packages"])
    return RuntimeFacts(
        engine=str(told["engine"]),
        version=str(told["version"]),
        device=str(told["device"]),
        quantization=None if told["quantization"] is None else str(told["quantization"]),
        packages=packages,
    )


def problem_json(kind: Kind, message: str) -> Json:
    """Return a problem as JSON; a library's own words may be of any length."""
    return {"kind": kind, "message": message[:_LONGEST_MESSAGE]}


def problem_of(told: Mapping[str, Any]) -> RuntimeProblem:
    """Return the problem that ``problem_json`` wrote."""
    kind, message = told["kind"], str(told["message"])[:_LONGEST_MESSAGE]
    if kind not in get_args(Kind):
        raise ValueError(kind)
    return RuntimeProblem(kind, message)


def ended_of(told: Any) -> Ended:
    """Return how an answer ended."""
    if told not in get_args(Ended):
        raise ValueError(told)
    return told  # type: ignore[no-any-return] # one of the very words


def tokens_json(tokens: Iterable[Token]) -> list[list[Any]]:
    """Return tokens as short lists: there are thousands of them on a page."""
    return [
        [
            token.id,
            token.data.decode("latin-1"),
            token.logprob,
            token.entropy,
            [[other.data.decode("latin-1"), other.logprob] for other in token.alternatives],
        ]
        for token in tokens
    ]


def tokens_of(told: Iterable[Any]) -> list[Token]:
    """Return the tokens that ``tokens_json`` wrote."""
    return [
        Token(
            id=None if number is None else int(number),
            data=data.encode("latin-1"),
            logprob=None if logprob is None else float(logprob),
            entropy=None if entropy is None else float(entropy),
            alternatives=tuple(
                Alternative(data=text.encode("latin-1"), logprob=float(score)) for text, score in others
            ),
        )
        for number, data, logprob, entropy, others in told
    ]
