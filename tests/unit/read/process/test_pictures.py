"""A picture is handed over in a folder of its own, and nothing of a page stays behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from notesyncd.api import TransientError, read_pixels
from notesyncd.read.process.pictures import handed_over

PIXELS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def test_the_very_pixels_are_handed_over_and_removed(tmp_path: Path) -> None:
    work = tmp_path / "cache" / "pictures"
    with handed_over(PIXELS, work) as picture:
        assert np.array_equal(read_pixels(picture), PIXELS)
        assert work.stat().st_mode & 0o077 == 0
        assert picture.parent.stat().st_mode & 0o077 == 0
    assert list(work.iterdir()) == []


def test_a_picture_is_removed_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), handed_over(PIXELS, tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_daemon_left_is_removed_but_nothing_that_may_be_in_use(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / name for name in ("page-old", "page-fresh", "other"))
    for folder in (old, fresh, other):
        folder.mkdir()
        (folder / "picture.ppm").write_bytes(b"P6\n")
    for folder in (old, other):
        os.utime(folder, (0, time.time() - 7200))
    with handed_over(PIXELS, tmp_path):
        assert fresh.exists()
        assert other.exists()
        assert not old.exists()


def test_a_picture_that_cant_be_written_may_be_written_later(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(TransientError, match="can't be handed to the reader process"),
        handed_over(PIXELS, tmp_path / "file"),
    ):
        raise AssertionError


def test_an_error_of_who_reads_the_picture_stays_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="another"), handed_over(PIXELS, tmp_path):
        raise FileNotFoundError("another")
