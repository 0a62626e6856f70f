"""A page's picture on its way to the reader process: a file, since it may have 50 MB."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from notesyncd.api import Pixels, write_pixels

_LEFT_BEHIND_SECONDS = 3600.0
"""A picture is read as soon as it is there; one that is so old was left behind by a daemon that was killed."""


@contextmanager
def handed_over(pixels: Pixels, work: Path) -> Iterator[Path]:
    """Write a picture into a folder that only its owner may open, and remove it in the end.

    Raises:
        OSError: it can't be written.
    """
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tidy(work)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        picture = Path(folder, "picture.ppm")
        write_pixels(picture, pixels)
        yield picture


def _tidy(work: Path) -> None:
    before = time.time() - _LEFT_BEHIND_SECONDS
    for folder in work.iterdir():
        with suppress(FileNotFoundError):  # another process is done with its own
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
