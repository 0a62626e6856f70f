"""Writing that shines through from the other side of the sheet: faint, and mirrored. Nobody wrote it on this page."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from notesyncd.api import Detection, LightReader, Pixels, ReadLine
from notesyncd.detect.ink import ink_depth

_FAINT = 0.3
"""Depth of the ink below which it may come from the other side: shining through at 12 to 45 % it was .05 to .26."""
_READS_WELL = 0.8
"""Mean score above which nothing is mirrored: mirrored writing was read at .47 to .73 (19 real pages, 24 drawn)."""
_READS_VERY_WELL = 0.85
"""Mean score that the mirror image must have: that of a page which stands as it should had .75 at most."""
_MUCH_BETTER = 1.5  # so many times as readable must the mirror image be; real pages were at least 1.3 times less
_MORE_CHARACTERS = 10.0  # and by so many sure characters


def shines_through(pixels: Pixels, detection: Detection, light: LightReader) -> bool:
    """Tell whether all that stands on a page is the other side's writing. When in doubt it is not.

    The light reader looks a second time where the page is faint and reads poorly; on others that costs nothing.

    Args:
        pixels: as ``light`` saw them.
        detection: what it found on them.
    """
    if _mean_score(detection.lines) >= _READS_WELL or ink_depth(pixels) >= _FAINT:
        return False
    mirrored = light.detect(np.ascontiguousarray(pixels[:, ::-1])).lines
    here, there = _readable(detection.lines), _readable(mirrored)
    least = max(_MUCH_BETTER * here, here + _MORE_CHARACTERS)
    return _mean_score(mirrored) >= _READS_VERY_WELL and there >= least


def _mean_score(lines: Iterable[ReadLine]) -> float:
    """Return the mean score over all characters; 0 where nothing was read, or no scores were given."""
    scored = [(line.score, _length(line)) for line in lines if line.score is not None]
    characters = sum(length for _, length in scored)
    return sum(score * length for score, length in scored) / characters if characters else 0.0


def _readable(lines: Iterable[ReadLine]) -> float:
    """Return how many characters were read, counted by how far each line's score is above one half."""
    return sum(max(0.0, 2 * line.score - 1) * _length(line) for line in lines if line.score is not None)


def _length(line: ReadLine) -> int:
    return sum(len(word.text) for word in line.words)
