"""Sleep and set clocks are noticed by comparing two clocks."""

import pytest

from notesyncd.system.clocks import SLEEP_SECONDS, ClockWatch


class Machine:
    """Two clocks that run apart when it sleeps or somebody sets one."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1.8e9, 1000.0
        self.watch = ClockWatch(wall=lambda: self.wall, monotonic=lambda: self.monotonic)

    def works(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall += seconds


def test_time_that_passes_is_no_jump() -> None:
    machine = Machine()
    machine.works(100_000)
    assert machine.watch.jump() == 0


@pytest.mark.parametrize("seconds", [3600, -3600, 61])
def test_a_jump_is_told_once(seconds: float) -> None:
    machine = Machine()
    machine.works(10)
    machine.sleeps(seconds)
    machine.works(10)
    assert machine.watch.jump() == pytest.approx(seconds)
    assert abs(seconds) > SLEEP_SECONDS
    machine.works(10)
    assert machine.watch.jump() == pytest.approx(0)


def test_a_clock_that_drifts_never_adds_up_to_a_jump() -> None:
    machine = Machine()
    for _ in range(1000):
        machine.works(5)
        machine.sleeps(0.1)
        assert abs(machine.watch.jump()) < 1
