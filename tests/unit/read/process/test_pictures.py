"""A picture is handed over in a folder of its own, and nothing of a page stays behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from notesyncd.api import read_pixels
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
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "picture.ppm").write_bytes(b"P6\n")
    os.utime(old, (0, time.time() - 7200))
    with handed_over(PIXELS, tmp_path):
        assert fresh.exists()
        assert not old.exists()
