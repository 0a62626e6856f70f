"""The date somebody wrote on a page: English, French, German, Japanese and ISO forms; better none than a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH_NAMES = (
    "january jan januar janner janvier janv",
    "february feb februar fevrier fevr fev",
    "march mar marz maerz mrz mars",
    "april apr avril avr",
    "may mai",
    "june jun juni juin",
    "july jul juli juillet juil",
    "august aug aout",
    "september sep sept septembre",
    "october oct oktober okt octobre",
    "november nov novembre",
    "december dec dezember dez decembre",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}

# Words that may stand beside a date in a line that is nothing but a date.
_BESIDE_WORDS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim",
    "date datum den der le the on am of 日付 月 火 水 木 金 土 日 月曜 火曜 水曜 木曜 金曜 土曜 日曜",
    "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
)
_BESIDE = frozenset(word for words in _BESIDE_WORDS for word in words.split())

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}  # the year before each era's first
_DAY = r"(?<![\d.,:])(?P<day>\d{1,2})"
_MONTH = r"(?P<name>[^\W\d_]{3,9})\.?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})(?P<sep>[-/.])\s?(?P<month>\d{1,2})(?P=sep)\s?(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d.,:])(?P<first>\d{1,2})\s?(?P<sep>[./-])\s?(?P<second>\d{1,2})\s?(?P=sep)\s?(?:(?P<year>\d{4})|['’]?(?P<short>\d{2}))(?![\d])",
        rf"{_DAY}(?:st|nd|rd|th|er|\.)?\s*(?:of\s+)?{_MONTH},?\s*(?:(?P<year>\d{{4}})(?!\d)|(?!\s*\d))",
        rf"(?<![^\W\d_]){_MONTH}\s*(?P<day>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?(?:,?\s*(?P<year>\d{{4}})(?!\d))?",
        r"(?:(?P<year>\d{4})\s*年|(?P<era>令和|平成|昭和)\s*(?P<era_year>\d{1,2}|元)\s*年)?\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日",
        r"^(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.$",
    )
)

# A date of this page's hand: nobody dates a note further ahead than next year's calendar.
_YEARS_AHEAD = 2
_OLDEST_YEAR = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A date as it is written: the readings (month, day) it allows, and what else stands in its line."""

    readings: tuple[tuple[int, int], ...]
    year: int | None
    short_year: bool
    begin: int
    rest: tuple[str, ...]


def written_date(lines: Sequence[str], *, reference: date) -> date | None:
    """Return the date that heads or ends a page, or None.

    It counts in the first five lines and the last one, and only beside at most four other words. Without a year, or
    with one of two digits, it counts only in a line of its own; a missing year is the one nearest to ``reference``
    (the day of capture). Where day and month can be swapped ("03/04/2026") it counts only within a week of it.
    """
    for line in [*lines[:5], *lines[5:][-1:]]:
        for written in _found(line):
            found = _resolved(written, reference)
            if found is not None:
                return found
    return None


def is_date_line(text: str) -> bool:
    """Tell whether a line says nothing but a date, with at most a weekday and a place."""
    return any(_is_alone(written) for written in _found(text))


def begins_with_date(text: str) -> bool:
    """Tell whether a line begins with a date, so that its first number is none of a list."""
    return any(written.begin == 0 for written in _found(text))


def _found(text: str) -> Iterator[_Written]:
    line = " ".join(unicodedata.normalize("NFKC", text).split())
    for pattern in _PATTERNS:
        for match in pattern.finditer(line):
            readings = _readings(match.groupdict())
            if not readings:
                continue
            year, short_year = _year(match.groupdict())
            rest = f"{line[: match.start()]} {line[match.end() :]}"
            yield _Written(
                readings=readings,
                year=year,
                short_year=short_year,
                begin=match.start(),
                rest=tuple(word for word in re.findall(r"\w+", rest) if _plain(word) not in _BESIDE),
            )


def _readings(parts: dict[str, str | None]) -> tuple[tuple[int, int], ...]:
    if parts.get("name"):
        month = _MONTHS.get(_plain(parts["name"] or ""), 0)
        pairs = [(month, int(parts["day"] or 0))]
    elif parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second"] or 0)
        # With dots the day always stands first.
        pairs = [(second, first)] if parts["sep"] == "." else [(second, first), (first, second)]
    else:
        pairs = [(int(parts["month"] or 0), int(parts["day"] or 0))]
    return tuple(dict.fromkeys((month, day) for month, day in pairs if 1 <= month <= 12 and 1 <= day <= 31))


def _year(parts: dict[str, str | None]) -> tuple[int | None, bool]:
    """Return the year and whether only two digits of it are written."""
    if parts.get("year"):
        return int(parts["year"] or 0), False
    if parts.get("short"):
        return 2000 + int(parts["short"] or 0), True
    if parts.get("era"):
        count = parts["era_year"] or ""
        return _ERAS[parts["era"] or ""] + (1 if count == "元" else int(count)), False
    return None, False


def _is_alone(written: _Written) -> bool:
    """Tell whether nothing but a place stands beside the date; beside one without a year, nothing at all."""
    if written.year is None or written.short_year:
        return not written.rest
    return len(written.rest) <= 1 and not any(word.isdigit() for word in written.rest)


def _resolved(written: _Written, reference: date) -> date | None:
    if written.year is None or written.short_year:
        if not _is_alone(written):
            return None
    elif len(written.rest) > 4:
        return None
    years = [reference.year + step for step in (-1, 0, 1)] if written.year is None else [written.year]
    possible = [day for year in years for month, number in written.readings if (day := _date(year, month, number))]
    possible = [day for day in possible if _OLDEST_YEAR <= day.year <= reference.year + _YEARS_AHEAD]
    if not possible:
        return None
    nearest = min(possible, key=lambda day: (abs(day - reference), day))
    if len(written.readings) > 1 and abs(nearest - reference) > timedelta(days=7):
        return None
    return nearest


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _plain(word: str) -> str:
    """Fold case and accents away, as month names are listed."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
