from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.deliver.retry import FIRST_PAUSE, LONGEST_PAUSE, LONGEST_RETRY_AFTER, pause


class Chance(random.Random):
    """Always draws the same."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


@given(attempts=st.integers(-5, 10_000), drawn=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_between_half_and_all_of_the_step_and_never_above_an_hour(attempts: int, drawn: float) -> None:
    step = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(max(0, attempts - 1), 100))
    assert step / 2 <= pause(attempts, chance=Chance(drawn)) <= step


@given(attempts=st.integers(1, 50), drawn=st.floats(0, 1, exclude_max=True))
def test_pauses_never_get_shorter_with_further_attempts(attempts: int, drawn: float) -> None:
    chance = Chance(drawn)
    assert pause(attempts, chance=chance) <= pause(attempts + 1, chance=chance)


@given(
    attempts=st.integers(1, 50),
    asked=st.floats(0, LONGEST_RETRY_AFTER),
    drawn=st.floats(0, 1, exclude_max=True),
)
def test_what_the_other_side_asked_for_is_a_lower_bound(attempts: int, asked: float, drawn: float) -> None:
    alone = pause(attempts, chance=Chance(drawn))
    assert pause(attempts, retry_after=asked, chance=Chance(drawn)) == max(alone, asked)


@pytest.mark.parametrize("asked", [None, 0.0, -1.0, -math.inf])
def test_asking_for_no_pause_shortens_nothing(asked: float | None) -> None:
    assert pause(1, retry_after=asked, chance=Chance(0)) == FIRST_PAUSE / 2


@pytest.mark.parametrize("asked", [LONGEST_RETRY_AFTER + 1, 1e300, math.inf])
def test_nobody_is_silenced_for_ever(asked: float) -> None:
    assert pause(1, retry_after=asked) == LONGEST_RETRY_AFTER


def test_a_pause_that_is_no_number_is_ignored() -> None:
    assert pause(1, retry_after=math.nan, chance=Chance(0)) == FIRST_PAUSE / 2


def test_rows_that_failed_together_do_not_come_back_together() -> None:
    assert len({pause(8, chance=random.Random(seed)) for seed in range(50)}) == 50
    assert len({pause(8) for _ in range(50)}) > 1
