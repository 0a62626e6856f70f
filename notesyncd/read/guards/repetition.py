"""Three signs of a text that goes round in circles: one piece again and again, counting, and nothing new."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from notesyncd.api import is_cjk

LONGEST_PERIOD = 120
"""Characters of a piece whose repetition is found exactly; longer ones are left to ``stale_tail``."""

_LEAST_LENGTH = 17  # characters: "row 1 2 3 4" and "ha ha ha ha" stand on pages
# What a handwritten page may hold of one piece:
_PAGE_OF_SHORT = 256  # characters: two lines of "la la la", a ruled line, the dots of a list of contents
_PAGE_OF_LONG = 1024  # characters: forty times "I must not talk in class" as one paragraph
_LETTERS = 1536  # letters and digits, where the piece has lines; tags and borders of a table are none
_LINES = 50  # as many as an A4 sheet has at 6 mm a line

_LINE_BREAK = re.compile(r"\n|<(?:br|div|li|p|tr)\b")
_MARKUP = re.compile(r"<[^<>]{0,500}>|\[[ xX]?\]|\[illegible\]")
_WORD = re.compile(r"[^\W\d_ー]|\A\d+\Z")

_NUMBER = re.compile(r"\d{1,9}")
_WIDEST_GAP = 12  # characters without a word between two numbers: a table's border with its padding
_LOOKED_AT_FIRST = 400  # characters in which the last numbers are looked for
_COUNTED = 100_000  # characters at the end in which numbers are counted

_STALE_RATIO = 8  # of a chunk, packed after what stands before it; measured: text 1.5 to 3, answers in JSON 4
_CHUNK = 256  # characters
_MEMORY = 4096  # characters before a chunk that it is compared with
_STALE_CHUNKS = 8
_STALE_LETTERS = 1024  # letters and digits among them: tables of ticks and of yes and no are mostly markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """What a text repeats up to its end.

    Attributes:
        begin: where the text begins to repeat itself; the first piece, which may well be true, stands before.
        piece: what is repeated, from its own begin; empty where it is no fixed text.
        times: how often the piece stands there.
        numbers: that were counted.
    """

    begin: int
    piece: str = ""
    times: int = 1
    numbers: tuple[str, ...] = ()


def periodic_tail(text: str, *, patient: bool = False) -> Repetition | None:
    """Find the shortest piece of up to 120 characters that the end of a text repeats exactly, and too often.

    Too often: 12 times a single character, 6 times a piece of up to 5, 4 times a longer one, and over 16 characters.

    Args:
        patient: wait until it is longer than what a page may hold. That is the rule in any case for pieces without a
            word in them, such as dashes, the empty cells of a table, or its column of zeros.
    """
    for period in range(1, min(LONGEST_PERIOD, len(text) // 2) + 1):
        piece = text[-period:]
        if not text.endswith(piece * _too_often(period)):
            continue
        patiently = patient or _is_plain(piece)
        if not patiently or text.endswith(piece * max(_too_often(period), _page(piece))):
            return _repetition(text, period)
    return None


def counting_tail(text: str, *, least: int) -> Repetition | None:
    """Find numbers up or down by one up to the end of a text, ``least`` of them.

    Between them stands no word, or always the same: ``1. 2. 3.`` on lines of their own, ``1. Milk 2. Milk 3. Milk``.
    """
    if len(_counted(list(_NUMBER.finditer(text, max(0, len(text) - _LOOKED_AT_FIRST))), text)) < min(3, least):
        return None  # quickly, for it is asked while a text streams in
    counted = _counted(list(_NUMBER.finditer(text, max(0, len(text) - _COUNTED))), text)
    if len(counted) < least:
        return None
    return Repetition(begin=counted[0].start(), numbers=tuple(number.group() for number in counted))


def stale_tail(text: str) -> Repetition | None:
    """Find that a text has brought nothing new for 2,048 characters and more: more than a handwritten page holds.

    That is where what stood before packs each chunk of it eight times.
    """
    begin = len(text)
    while begin > _CHUNK and _is_stale(text, begin - _CHUNK):
        begin -= _CHUNK
    is_long = len(text) - begin >= _STALE_CHUNKS * _CHUNK
    return Repetition(begin=begin) if is_long and _letters(text[begin:]) >= _STALE_LETTERS else None


def without_markup(piece: str) -> str:
    """Return a piece of text without tags, check boxes and marks for the illegible; its ends may be cut through one."""
    turn = next((at for mark in "<[" if (at := piece.find(mark)) >= 0), 0)
    return _MARKUP.sub(" ", piece[turn:] + piece[:turn])


def _too_often(period: int) -> int:
    times = 12 if period == 1 else 6 if period < 6 else 4
    return max(times, ceil(_LEAST_LENGTH / period))


def _page(piece: str) -> int:
    """Return how often a piece, again and again, may stand on a page."""
    lines = (len(_LINE_BREAK.findall(piece * 2)) + 1) // 2  # twice, for its ends may cut a tag
    if lines:
        page = min(_LINES / lines, _LETTERS / max(1, _letters(piece)))
        return ceil(max(page, _PAGE_OF_SHORT / len(piece)))
    return ceil((_PAGE_OF_SHORT if len(piece) < 6 else _PAGE_OF_LONG) / len(piece))


def _letters(text: str) -> int:
    return sum(map(str.isalnum, without_markup(text)))


def _is_plain(piece: str) -> bool:
    """Tell whether a piece has no word in it; digits are one where nothing stands between them: 111111."""
    return _WORD.search(without_markup(piece)) is None


def _repetition(text: str, period: int) -> Repetition:
    begin = len(text) - period
    while begin > 0 and text[begin - 1] == text[begin - 1 + period]:
        begin -= 1
    second = begin + period
    return Repetition(
        begin=_first_end(text, second, second + period),
        piece=text[begin:second],
        times=(len(text) - begin) // period,
    )


def _first_end(text: str, position: int, last: int) -> int:
    """Return where the first piece ends that was found to end at ``position``.

    What stands before the first piece may end like it, so that a repetition seems to begin some characters too early.
    So the piece ends with the next line; without lines with the next sentence or tag; without these with the word.
    """
    for ends in ("\n", ".!?。！？>"):
        for end in range(position, last):
            if text[end - 1] in ends:
                return end
    for end in range(position, last):
        if is_cjk(text[end]) or not (text[end - 1].isalnum() and text[end].isalnum()):
            return end
    return position


def _counted(numbers: Sequence[re.Match[str]], text: str) -> list[re.Match[str]]:
    """Return those of the last numbers of a text that count up or down to its end."""
    if len(numbers) < 2:
        return []
    step = _step(numbers[-2], numbers[-1])
    between = _between(numbers[-2], numbers[-1], text)
    after = " ".join(text[numbers[-1].end() :][: LONGEST_PERIOD + 1].split())
    if abs(step) != 1 or not (_is_gap(after) or between.startswith(after)):
        return []
    counted = [numbers[-1]]
    for number in reversed(numbers[:-1]):
        gap = _between(number, counted[-1], text)
        if _step(number, counted[-1]) != step or not (_is_gap(gap) or gap == between):
            break
        counted.append(number)
    return counted[::-1]


def _step(number: re.Match[str], following: re.Match[str]) -> int:
    return int(following.group()) - int(number.group())


def _between(number: re.Match[str], following: re.Match[str], text: str) -> str:
    return " ".join(text[number.end() : following.start()][: LONGEST_PERIOD + 1].split())


def _is_gap(text: str) -> bool:
    return len(text) <= _WIDEST_GAP and not any(map(str.isalnum, text))


def _is_stale(text: str, begin: int) -> bool:
    """Tell whether the chunk that begins there says nothing that does not stand before it."""
    chunk = text[begin : begin + _CHUNK].encode("utf-8", "replace")
    before = text[max(0, begin - _MEMORY) : begin].encode("utf-8", "replace")
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS, zdict=before)
    return len(packer.compress(chunk) + packer.flush()) * _STALE_RATIO < len(chunk)
