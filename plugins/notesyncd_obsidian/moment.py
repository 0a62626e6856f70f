"""Dates in the format language of moment.js, because Obsidian's daily notes are named by it.

Tokens as in moment.js 2.30 (https://momentjs.com/docs/#/displaying/format/), locale ``en``: English names, and weeks
that begin on Sunday for ``w``, ``gg`` and ``e``. A vault whose Obsidian speaks another language and names its daily
notes by words (``MMMM``, ``dddd``) gets English words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

# Short forms such as ``L`` stand for a longer format (locale ``en``).
_LONG_FORMS = {
    "LTS": "h:mm:ss A",
    "LT": "h:mm A",
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "LLL": "MMMM D, YYYY h:mm A",
    "LL": "MMMM D, YYYY",
    "L": "MM/DD/YYYY",
    "llll": "ddd, MMM D, YYYY h:mm A",
    "lll": "MMM D, YYYY h:mm A",
    "ll": "MMM D, YYYY",
    "l": "M/D/YYYY",
}
_LONG_FORM = re.compile(r"\[[^\[]*\]|\\.|LTS?|L{1,4}|l{1,4}")
_TOKEN = re.compile(
    r"\[(?P<literal>[^\[]*)\]|\\(?P<escaped>.)"
    r"|Mo|M{1,4}|Do|DDDo|D{1,4}|do|d{1,4}|wo|ww?|Wo|WW?|Qo|Q|YYYYYY|YYYYY|YYYY|YY|Y|y{2,4}|yo?|gggg|gg|GGGG|GG|e|E"
    r"|a|A|HH?|hh?|kk?|mm?|ss?|S{1,9}|X|x|zz?|ZZ?|.",
    re.DOTALL,
)


def format_moment(moment: date, pattern: str) -> str:
    """Return ``moment`` as moment.js would write it by ``pattern``; what is no token stands as it is."""
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - as the wall shows it
    spelled = _LONG_FORM.sub(lambda match: _LONG_FORMS.get(match[0], match[0]), pattern)

    def write(match: re.Match[str]) -> str:
        if (literal := match["literal"]) is not None:
            return literal
        if (escaped := match["escaped"]) is not None:
            return escaped
        writer = _WRITERS.get(match[0])
        return writer(at) if writer else match[0]

    return _TOKEN.sub(write, spelled)


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _weekday(at: datetime) -> int:
    """0 is Sunday."""
    return at.isoweekday() % 7


def _week(at: datetime) -> tuple[int, int]:
    """Year and number of the week in locale ``en``: weeks begin on Sunday, the first one holds 1 January."""
    saturday = at.date() + timedelta(days=6 - _weekday(at))
    first_sunday = date(saturday.year, 1, 1) - timedelta(days=date(saturday.year, 1, 1).isoweekday() % 7)
    return saturday.year, (saturday - first_sunday).days // 7 + 1


def _iso(at: datetime) -> tuple[int, int]:
    year, week, _ = at.isocalendar()
    return year, week


def _offset(at: datetime, separator: str) -> str:
    offset = at.astimezone().utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{separator}{abs(minutes) % 60:02}"


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "YYYYYY": lambda at: f"+{at.year:06}",
    "YYYYY": lambda at: f"{at.year:05}",
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "Y": lambda at: str(at.year),
    **{"y" * width: lambda at, width=width: f"{at.year:0{width}}" for width in range(1, 5)},  # type: ignore[misc]
    "yo": lambda at: _ordinal(at.year),
    "Q": lambda at: str((at.month + 2) // 3),
    "Qo": lambda at: _ordinal((at.month + 2) // 3),
    "M": lambda at: str(at.month),
    "Mo": lambda at: _ordinal(at.month),
    "MM": lambda at: f"{at.month:02}",
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "D": lambda at: str(at.day),
    "Do": lambda at: _ordinal(at.day),
    "DD": lambda at: f"{at.day:02}",
    "DDD": lambda at: str(at.timetuple().tm_yday),
    "DDDo": lambda at: _ordinal(at.timetuple().tm_yday),
    "DDDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "d": lambda at: str(_weekday(at)),
    "do": lambda at: _ordinal(_weekday(at)),
    "dd": lambda at: _DAYS[_weekday(at)][:2],
    "ddd": lambda at: _DAYS[_weekday(at)][:3],
    "dddd": lambda at: _DAYS[_weekday(at)],
    "e": lambda at: str(_weekday(at)),
    "E": lambda at: str(at.isoweekday()),
    "w": lambda at: str(_week(at)[1]),
    "wo": lambda at: _ordinal(_week(at)[1]),
    "ww": lambda at: f"{_week(at)[1]:02}",
    "gg": lambda at: f"{_week(at)[0] % 100:02}",
    "gggg": lambda at: f"{_week(at)[0]:04}",
    "W": lambda at: str(_iso(at)[1]),
    "Wo": lambda at: _ordinal(_iso(at)[1]),
    "WW": lambda at: f"{_iso(at)[1]:02}",
    "GG": lambda at: f"{_iso(at)[0] % 100:02}",
    "GGGG": lambda at: f"{_iso(at)[0]:04}",
    "H": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour:02}",
    "h": lambda at: str(at.hour % 12 or 12),
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "k": lambda at: str(at.hour or 24),
    "kk": lambda at: f"{at.hour or 24:02}",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02}",
    **{"S" * width: lambda at, width=width: f"{at.microsecond:06}000"[:width] for width in range(1, 10)},  # type: ignore[misc]
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "X": lambda at: str(int(at.timestamp())),
    "x": lambda at: str(int(at.timestamp() * 1000)),
    "z": lambda _: "",
    "zz": lambda _: "",
    "Z": lambda at: _offset(at, ":"),
    "ZZ": lambda at: _offset(at, ""),
}
