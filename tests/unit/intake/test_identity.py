"""Which changed bytes may continue an old note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.intake.identity import BLOCK, same_shot, unfinished_form


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity")


def unfinished(folder: Path, old: bytes, new: bytes) -> bool:
    (folder / "old").write_bytes(old)
    (folder / "new").write_bytes(new)
    return unfinished_form(folder / "old", folder / "new")


WHOLE = bytes(range(1, 251)) * 100


def test_a_beginning_is_an_unfinished_form(folder: Path) -> None:
    assert unfinished(folder, WHOLE[:10_000], WHOLE)
    assert unfinished(folder, WHOLE[:1], WHOLE)
    assert unfinished(folder, WHOLE, WHOLE)


def test_zeros_that_were_never_filled_are_an_unfinished_form(folder: Path) -> None:
    assert unfinished(folder, WHOLE[: 2 * BLOCK] + bytes(len(WHOLE) - 2 * BLOCK), WHOLE)
    assert unfinished(folder, bytes(BLOCK) + WHOLE[BLOCK : 2 * BLOCK], WHOLE)


def test_a_block_half_written_is_none(folder: Path) -> None:
    """Only whole blocks of zeros are holes; anything else is another file."""
    assert not unfinished(folder, WHOLE[:100] + bytes(BLOCK), WHOLE)


def test_another_file_is_none(folder: Path) -> None:
    assert not unfinished(folder, WHOLE[:BLOCK] + b"x" * 100, WHOLE)


def test_a_longer_file_is_none(folder: Path) -> None:
    assert not unfinished(folder, WHOLE + b"\0", WHOLE)
    assert not unfinished(folder, WHOLE, WHOLE[:-1])


def test_nothing_proves_nothing(folder: Path) -> None:
    assert not unfinished(folder, b"", WHOLE)
    assert not unfinished(folder, bytes(3 * BLOCK), WHOLE)


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=64), st.integers(1, 5 * BLOCK), st.sets(st.integers(0, 4)), st.integers(0, 4))
def test_any_holes_and_any_end_are_an_unfinished_form(
    folder: Path, seed: bytes, length: int, holes: set[int], kept: int
) -> None:
    new = (seed * (5 * BLOCK // len(seed) + 1))[: 5 * BLOCK]
    old = bytearray(new[:length])
    for hole in holes - {kept}:
        old[hole * BLOCK : (hole + 1) * BLOCK] = bytes(len(old[hole * BLOCK : (hole + 1) * BLOCK]))
    assert unfinished(folder, bytes(old), new) == any(old)
    if any(old):
        index = next(at for at, value in enumerate(old) if value)
        old[index] ^= 0xFF
        if any(old[index // BLOCK * BLOCK : (index // BLOCK + 1) * BLOCK]):
            assert not unfinished(folder, bytes(old), new)


@dataclass
class Taken:
    captured_at: datetime | None = None
    camera: str | None = None


MOMENT = datetime(2026, 5, 1, 12, 0, 0, 250_000)


def test_same_time_and_camera_is_the_same_shot() -> None:
    assert same_shot(Taken(MOMENT, "A"), Taken(MOMENT, "A"))
    assert same_shot(
        Taken(datetime(2026, 5, 1, 12, tzinfo=UTC), "A"),
        Taken(datetime(2026, 5, 1, 14, tzinfo=timezone(timedelta(hours=2))), "A"),
    )


@pytest.mark.parametrize(
    "other",
    [
        Taken(MOMENT, "B"),
        Taken(MOMENT, None),
        Taken(None, "A"),
        Taken(MOMENT.replace(microsecond=0), "A"),
        Taken(MOMENT.replace(tzinfo=UTC), "A"),
    ],
)
def test_anything_else_is_not(other: Taken) -> None:
    assert not same_shot(Taken(MOMENT, "A"), other)
    assert not same_shot(other, Taken(MOMENT, "A"))


def test_what_is_absent_proves_nothing() -> None:
    assert not same_shot(Taken(), Taken())
    assert not same_shot(Taken(MOMENT), Taken(MOMENT))
