"""What a server says instead of an answer, read and cleaned."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from notesyncd.read.http.refusals import refusal_of, retry_after


def refusal(body: object, status: int = 400, *, secrets: tuple[str, ...] = ()):
    return refusal_of(status, httpx.Headers(), json.dumps(body).encode(), secrets)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "too large"}}, "too large"),
        ([{"error": {"message": "not enabled"}}], "not enabled"),
        ({"error": "plain"}, "plain"),
        ({"message": "bare"}, "bare"),
        ({"detail": "of FastAPI"}, "of FastAPI"),
        ({"detail": [{"loc": ["body", "n"], "msg": "too big", "input": "the page's text"}]}, "body.n: too big"),
        ({"error": {"message": 7}}, ""),
        ({"detail": [7, {"loc": 7, "msg": "odd"}]}, ": odd"),
        (7, ""),
        (None, ""),
    ],
)
def test_the_message_is_found_in_every_form(body: object, message: str) -> None:
    assert refusal(body).message == message


def test_what_is_no_json_says_nothing() -> None:
    assert refusal_of(502, httpx.Headers(), b"<h1>Bad gateway</h1>", ()).message == ""
    assert refusal_of(502, httpx.Headers(), b"[" * 100_000, ()).message == ""


def test_keys_long_runs_and_control_characters_are_no_part_of_a_message() -> None:
    text = f"key sk-secret-key is bad\x1b[31m\n{'A' * 500} and {'x ' * 500}"
    message = refusal({"error": {"message": text}}, secrets=("sk-secret-key",)).message

    assert message.startswith("key … is bad[31m … and x x")
    assert message.isprintable()
    assert len(message) <= 301


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"error": {"message": "Use 'max_completion_tokens'", "param": "max_tokens"}}, "max_tokens"),
        ({"error": {"message": "'max_tokens' is not supported. Use 'max_completion_tokens'"}}, "max_tokens"),
        ({"error": {"message": "Logprobs is not enabled"}}, "logprobs"),
        ({"detail": [{"loc": ["body", "temperature"], "msg": "max_tokens"}]}, "temperature"),
        ({"error": {"message": "something else"}}, None),
        ({"error": {"message": "max_tokens_of_another"}}, None),
    ],
)
def test_the_culprit_is_the_field_named_as_such_or_first(body: object, named: str | None) -> None:
    fields = frozenset(["max_tokens", "max_completion_tokens", "temperature", "logprobs"])

    assert refusal(body).named(fields) == named


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("999999999", 86_400.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 13:00:00 +0100", 0.0),
        ("Fri, 01 Jan 2199 00:00:00 GMT", 86_400.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=datetime(2026, 1, 1, 12, tzinfo=UTC)) == seconds
