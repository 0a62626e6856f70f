"""When a file counts as quiet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notesyncd.intake.settle import Settling, settle
from notesyncd.intake.sweep import FoundFile

NOW = 1_800_000_000.0


def file(*, size: int = 10, age: float = 0.0, ctime_age: float | None = None, ino: int = 1) -> FoundFile:
    changed = age if ctime_age is None else ctime_age
    return FoundFile(b"scan.jpg", 1, ino, size, int((NOW - age) * 1e9), int((NOW - changed) * 1e9))


def look(before: Settling | None, found: FoundFile, at: float, *, hinted: bool = False) -> Settling:
    return settle(before, found, monotonic=at, wall=NOW + at, settle_seconds=5, hinted=hinted)


def test_a_new_file_settles_after_the_whole_time() -> None:
    first = look(None, file(), 0)
    assert not first.settled
    assert first.look_again == 5
    assert not look(first, file(), 4.9).settled
    assert look(first, file(), 5).settled


def test_an_old_file_is_settled_at_first_sight() -> None:
    assert look(None, file(age=5), 0).settled


def test_a_fresh_copy_of_an_old_file_is_not() -> None:
    assert not look(None, file(age=1000, ctime_age=1), 0).settled


def test_an_old_file_that_an_event_names_is_not() -> None:
    assert not look(None, file(age=1000), 0, hinted=True).settled


def test_times_in_the_future_prove_nothing() -> None:
    assert not look(None, file(age=-1000), 0).settled


def test_each_change_starts_the_time_again() -> None:
    state = look(None, file(size=1), 0)
    for second in range(1, 20):
        state = look(state, file(size=second), second)
        assert not state.settled
    assert look(state, file(size=19), 24).settled


def test_a_changed_file_gets_no_credit_for_its_times() -> None:
    """A server whose clock is a minute late writes files that always look old."""
    state = look(None, file(size=1, age=0), 0)
    assert not look(state, file(size=2, age=60), 1).settled


def test_an_event_starts_the_time_again_although_nothing_differs() -> None:
    state = look(look(None, file(), 0), file(), 4, hinted=True)
    assert state.look_again == 9


steps = st.lists(
    st.tuples(
        st.floats(0, 8, allow_nan=False), st.integers(0, 2), st.booleans(), st.floats(-100, 100, allow_nan=False)
    ),
    min_size=1,
    max_size=20,
)


@given(steps, st.floats(0, 20))
def test_settled_only_after_quiet(moves: list[tuple[float, int, bool, float]], settle_seconds: float) -> None:
    """Whatever clocks and writers do, a settled file was old at first sight or quiet for the whole time."""
    state, at, quiet_since, last_size = None, 0.0, 0.0, None
    for pause, size, hinted, age in moves:
        at += pause
        found = file(size=size, age=age)
        first_and_old = state is None and not hinted and NOW - found.mtime_ns / 1e9 >= settle_seconds
        if hinted or (state is not None and found.identity != state.identity) or state is None:
            quiet_since = at
        state = settle(state, found, monotonic=at, wall=NOW, settle_seconds=settle_seconds, hinted=hinted)
        if first_and_old:
            quiet_since = float("-inf")
        assert state.settled == (at >= quiet_since + settle_seconds)
        last_size = found
    assert last_size is not None
    left_alone = settle(state, last_size, monotonic=state.look_again, wall=NOW, settle_seconds=settle_seconds)
    assert left_alone.settled
