"""What pages will take, and what leaves the machine, said before it does."""

from __future__ import annotations

import pytest

from notesyncd.read.http.cost import ANSWER_TOKENS, PROMPT_TOKENS, estimate, leaves_machine
from notesyncd.read.http.settings import HttpSettings

REMOTE = {"allow_remote": True, "max_pages_per_day": 100}


def settings(**values: object) -> HttpSettings:
    return HttpSettings.model_validate(values)


def test_tokens_follow_from_the_size_of_the_pictures() -> None:
    here = estimate(settings(base_url="http://127.0.0.1:8080/v1", max_pixels=784_000), 10)

    assert here.sent == 10 * (1000 + PROMPT_TOKENS)
    assert here.received == 10 * ANSWER_TOKENS
    assert here.cost is None
    assert here.days is None


def test_a_service_that_counts_differently_is_estimated_differently() -> None:
    anthropic = estimate(settings(preset="anthropic", max_pixels=750_000, **REMOTE), 1)

    assert anthropic.sent == 1000 + PROMPT_TOKENS


def test_the_cost_needs_both_prices() -> None:
    prices = {"price_per_million_input": 2.0, "price_per_million_output": 10.0, "currency": "EUR"}
    both = estimate(settings(preset="openai", max_pixels=784_000, **REMOTE, **prices), 1000)
    one = estimate(settings(preset="openai", price_per_million_input=2.0, **REMOTE), 1000)

    assert both.cost == pytest.approx((1000 * (1000 + PROMPT_TOKENS) * 2 + 1000 * ANSWER_TOKENS * 10) / 1e6)
    assert one.cost is None


def test_the_limit_of_a_day_spreads_a_backlog() -> None:
    assert estimate(settings(preset="openai", **REMOTE), 250).days == 3


def test_an_estimate_is_one_sentence() -> None:
    prices = {"price_per_million_input": 2.0, "price_per_million_output": 10.0}
    found = estimate(settings(preset="openai", max_pixels=784_000, **REMOTE, **prices), 1250)

    assert str(found) == (
        "1,250 pages: about 1,600,000 tokens sent and 750,000 received, about 10.75 USD, over 13 days"
    )
    assert str(estimate(settings(base_url="http://127.0.0.1/v1", max_pixels=784_000), 1)) == (
        "1 page: about 1,300 tokens sent and 600 received"
    )


def test_nothing_leaves_for_a_server_here() -> None:
    assert leaves_machine(settings(base_url="http://localhost:8080/v1")) is None
    assert leaves_machine(settings()) is None


def test_what_leaves_is_said_with_host_and_limit() -> None:
    said = leaves_machine(settings(preset="openai", api_key="sk-very-secret-key", **REMOTE))

    assert said is not None
    assert "page images" in said
    assert "api.openai.com" in said
    assert "at most 100 pages a day" in said
    assert "secret" not in said


def test_it_is_said_where_anybody_on_the_way_can_read_along() -> None:
    said = leaves_machine(settings(base_url="http://192.168.1.20:8000/v1", **REMOTE))

    assert said is not None
    assert "not encrypted" in said
    assert "not encrypted" not in (leaves_machine(settings(preset="openai", **REMOTE)) or "")
