from __future__ import annotations

from datetime import date, datetime

import pytest

from notesyncd_obsidian.moment import format_moment

# Expected texts: moment.js 2.30.1, locale "en".
AT = datetime(2026, 1, 3, 15, 4, 9)  # a Saturday


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("YYYY-MM-DD", "2026-01-03"),
        ("YYYY/MM-MMMM/YYYY-MM-DD dddd", "2026/01-January/2026-01-03 Saturday"),
        ("dddd, MMMM Do YYYY", "Saturday, January 3rd 2026"),
        ("[Daily] D. MMM. YY", "Daily 3. Jan. 26"),
        ("gggg-[W]ww", "2026-W01"),
        ("GGGG-[W]WW-E", "2026-W01-6"),
        ("DDDD DDDo Qo", "003 3rd 1st"),
        ("HH:mm:ss hh A kk a", "15:04:09 03 PM 15 pm"),
        ("dd ddd d e", "Sa Sat 6 6"),
        ("LL | LT", "January 3, 2026 | 3:04 PM"),
        (r"\D[D]", "DD"),
        ("日記 YYYY年M月D日", "日記 2026年1月3日"),
        ("yyyy yo z[x]", "2026 2026th x"),
        ("[a] b] D", "a] b 3"),
    ],
)
def test_writes_what_moment_writes(pattern: str, text: str) -> None:
    assert format_moment(AT, pattern) == text


@pytest.mark.parametrize(
    ("day", "iso", "local"),
    [
        (date(2027, 1, 1), "2026-W53", "2027-W01"),
        (date(2023, 1, 1), "2022-W52", "2023-W01"),
        (date(2024, 12, 30), "2025-W01", "2025-W01"),
        (date(2022, 12, 31), "2022-W52", "2022-W53"),
    ],
)
def test_weeks_at_the_turn_of_the_year(day: date, iso: str, local: str) -> None:
    assert format_moment(day, "GGGG-[W]WW") == iso
    assert format_moment(day, "gggg-[W]ww") == local


@pytest.mark.parametrize(
    ("day", "text"), [(1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (22, "22nd"), (23, "23rd")]
)
def test_ordinals(day: int, text: str) -> None:
    assert format_moment(date(2026, 3, day), "Do") == text
