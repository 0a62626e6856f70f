"""A page's picture on its way to the reader process: a file, since it may have 50 MB."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from notesyncd.api import Pixels, TransientError, write_pixels

_PREFIX = "page-"

_LEFT_BEHIND_SECONDS = 3600.0
"""A picture is read as soon as it is there; one that is so old was left behind by a daemon that was killed."""


@contextmanager
def handed_over(pixels: Pixels, work: Path) -> Iterator[Path]:
    """Write a picture into a folder that only its owner may open, and remove it in the end.

    Raises:
        TransientError: it can't be written, as when the disk is full.
    """
    with ExitStack() as kept:
        try:
            work.mkdir(mode=0o700, parents=True, exist_ok=True)
            _tidy(work)
            folder = kept.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, dir=work))
            picture = Path(folder, "picture.ppm")
            write_pixels(picture, pixels)
        except OSError as error:
            raise TransientError(f"the page can't be handed to the reader process: {error}") from error
        yield picture


def _tidy(work: Path) -> None:
    before = time.time() - _LEFT_BEHIND_SECONDS
    for folder in work.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):  # another process is done with its own
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
