"""Which model fits a card is said in one line."""

from __future__ import annotations

import pytest

from notesyncd.doctor.graphics import card_finding, graphics_findings
from notesyncd.read.fit import Card, Way

GIB = 1 << 30

WAYS = (
    Way(model="qwen3-vl-8b", quantization="bf16", memory_bytes=19 * GIB),
    Way(model="qwen3-vl-8b", quantization="4bit", memory_bytes=8 * GIB),
    Way(model="qwen3-vl-4b", quantization="bf16", memory_bytes=10 * GIB),
    Way(model="qwen3-vl-4b", quantization="4bit", memory_bytes=5 * GIB),
)


def _card(total: float, free: float | None = None) -> Card:
    return Card(
        name="NVIDIA GeForce RTX 3060",
        total_bytes=int(total * GIB),
        free_bytes=int((total - 1 if free is None else free) * GIB),
    )


def test_what_fits_is_named_with_its_quantization() -> None:
    finding = card_finding(_card(12), WAYS)
    assert finding.status == "ok"
    assert finding.message == (
        "NVIDIA GeForce RTX 3060, 12.0 GiB (11.0 GiB free): qwen3-vl-8b in 4bit and qwen3-vl-4b in bf16 fit"
    )
    assert card_finding(_card(6), WAYS).message.endswith(": qwen3-vl-4b in 4bit fits")


def test_memory_that_other_programs_hold_is_told() -> None:
    finding = card_finding(_card(12, free=3), WAYS)
    assert finding.status == "warn"
    assert "qwen3-vl-8b in 4bit" in finding.message
    assert "not while other programs hold so much" in finding.message
    assert finding.remedy is not None


def test_a_card_for_which_all_is_too_large_is_told_with_the_smallest() -> None:
    finding = card_finding(_card(4), WAYS)
    assert finding.status == "warn"
    assert "no model of the catalogue fits; the smallest, qwen3-vl-4b in 4bit, takes 5.0 GiB" in finding.message
    assert finding.remedy is not None


def test_each_card_has_a_line_of_its_own() -> None:
    assert [found.status for found in graphics_findings(WAYS, [_card(12), _card(4)], wanted=False)] == ["ok", "warn"]


@pytest.mark.parametrize("wanted", [False, True])
def test_no_card_is_worth_a_word_only_where_the_cuda_reader_is_wanted(wanted: bool) -> None:
    found = list(graphics_findings(WAYS, [], wanted=wanted))
    assert [finding.status for finding in found] == (["warn"] if wanted else [])
