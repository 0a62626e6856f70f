"""Decides by which quarter turn a page stands upright, from the lines found on it and how well they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from notesyncd.api import Pixels, is_cjk
from notesyncd.read.rapidocr_engine import Recognised, Strip

Lay = Literal["level", "sideways", "unclear"]

TURNS = (0, 90, 180, 270)

READS_WELL = 0.7
"""Mean score above which a page is taken to stand as it should: upside-down handwriting was read at .50 to .65."""

SAMPLE = 8
"""Strips that are read both ways where a page may stand on its head."""

_LINE_SHAPE = 2.0  # a strip this many times as long as high says which way the lines run
_CLEARLY = 2.0  # the one direction must have this many times the length of the other
_FLIPPED_SHARE = 0.5  # of the strips; upright handwriting reached .4 on whole pages
_MUCH_BETTER = 1.5  # a turn must make this much more readable: upright pages are never to be turned
_MORE_CHARACTERS = 3.0  # and by this many sure characters: "ok" reads as well on its head


def lay(strips: Sequence[Strip]) -> Lay:
    """Say which way most of the writing runs, by length."""
    level = sum(strip.length for strip in strips if not strip.tall and strip.length >= _LINE_SHAPE * strip.height)
    upright = sum(strip.length for strip in strips if strip.tall and strip.length >= _LINE_SHAPE * strip.height)
    if level > _CLEARLY * upright:
        return "level"
    if upright > _CLEARLY * level:
        return "sideways"
    return "unclear"


def looks_flipped(strips: Sequence[Strip]) -> bool:
    """Tell whether so many strips seem to stand upside down that the page should be read both ways."""
    return sum(strip.flipped > 0.5 for strip in strips) >= _FLIPPED_SHARE * len(strips)


def longest(strips: Sequence[Strip]) -> list[Strip]:
    """Return the strips that tell most, at most ``SAMPLE``."""
    return sorted(strips, key=lambda strip: -strip.length)[:SAMPLE]


def mean_score(lines: Iterable[Recognised]) -> float:
    """Return the mean score over all characters; 0 where nothing was read."""
    weights = [(line.score, len(line.text.strip())) for line in lines]
    characters = sum(count for _, count in weights)
    return sum(score * count for score, count in weights) / characters if characters else 0.0


def readable(line: Recognised) -> float:
    """Return how many characters were read, counted by how far the line's score is above one half.

    Writing that stands wrongly gives fewer characters and scores near one half, so this tells the turns apart twice.
    """
    return max(0.0, 2 * line.score - 1) * len(line.text.strip())


def best_turn(evidence: Mapping[int, float]) -> int:
    """Return the turn (clockwise degrees) with the most ``readable`` behind it; 0 unless it is far more than for 0."""
    best = max(TURNS, key=lambda turn: evidence[turn])
    least = max(_MUCH_BETTER * evidence[0], evidence[0] + _MORE_CHARACTERS)
    return best if evidence[best] > least else 0


def is_mostly_cjk(line: Recognised) -> bool:
    """Tell whether at least half of a line's characters are Han or kana."""
    characters = [character for character in line.text if not character.isspace()]
    return 0 < len(characters) <= 2 * sum(map(is_cjk, characters))


def laid_out(strip: Pixels, centers: Sequence[float]) -> Pixels:
    """Take a column of characters that was turned counter-clockwise, and lay its characters from left to right.

    Args:
        strip: the turned column, its characters lying on their backs.
        centers: middles of the characters along it, rising, 0..1.
    """
    length = strip.shape[1]
    cuts = [0.0, *((before + after) / 2 for before, after in pairwise(centers)), 1.0]
    cells = [strip[:, round(a * length) : round(b * length)] for a, b in pairwise(cuts)]
    height = max(cell.shape[1] for cell in cells)
    standing = [np.rot90(cell, -1) for cell in cells if cell.shape[1] > 0]
    return np.hstack([np.pad(cell, ((0, height - cell.shape[0]), (0, 0), (0, 0)), mode="edge") for cell in standing])
