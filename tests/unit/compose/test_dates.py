"""Dates as they are written, and numbers that are none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notesyncd.compose.dates import begins_with_date, is_date_line, written_date

CAPTURED = date(2026, 11, 23)
DAY = date(2026, 11, 21)


def found(*lines: str) -> date | None:
    return written_date(lines, reference=CAPTURED)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21",
        "2026/11/21",
        "2026. 11. 21",
        "21.11.2026",
        "21. 11. 2026",
        "21/11/2026",
        "11/21/2026",
        "21.11.26",
        "21/11/'26",
        "November 21, 2026",
        "Nov. 21st 2026",
        "Nov21,2026",
        "Saturday, 21 November 2026",
        "the 21st of November 2026",
        "Berlin, den 21. November 2026",
        "Sa 21. Nov. 2026",
        "Paris, le 21 novembre 2026",
        "Project meeting 21 Nov 2026",
        "2026年11月21日",
        "2026 年 11 月 21 日（土）",
        "令和8年11月21日",
        "２０２６年１１月２１日",
        "11月21日(土)",
        "21. November",
        "Saturday, Nov 21",
        "21.11.",
    ],
)
def test_forms_of_one_day(line: str) -> None:
    assert found(line) == DAY


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("1er mai 2026", date(2026, 5, 1)),
        ("3. März 2026", date(2026, 3, 3)),
        ("14 août 2025", date(2025, 8, 14)),
        ("24. Jänner 2026", date(2026, 1, 24)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("March 25, 1905", date(1905, 3, 25)),
        ("20/11/2026", date(2026, 11, 20)),
    ],
)
def test_other_days(line: str, day: date) -> None:
    assert found(line) == day


def test_a_missing_year_is_the_nearest_one() -> None:
    assert written_date(["28. Dezember"], reference=date(2027, 1, 3)) == date(2026, 12, 28)
    assert written_date(["3 January"], reference=date(2026, 12, 30)) == date(2027, 1, 3)


def test_where_day_and_month_can_be_swapped_the_day_of_capture_decides() -> None:
    assert written_date(["03/04/2026"], reference=date(2026, 4, 5)) == date(2026, 4, 3)
    assert written_date(["03/04/2026"], reference=date(2026, 3, 5)) == date(2026, 3, 4)
    assert written_date(["03/04/2026"], reference=date(2026, 9, 1)) is None
    assert written_date(["03.04.2026"], reference=date(2026, 9, 1)) == date(2026, 4, 3)


@pytest.mark.parametrize(
    "line",
    [
        "call me at 10:30",
        "room 21.11",
        "version 3.11.2",
        "3/4 cup of flour",
        "May 12 guests come",
        "we meet again on 3 May or so I think, at the inn of 2026",
        "Send it to Anna before the end of 24 December 2026 please",
        "31.02.2026",
        "2026-13-01",
        "Phone 0170 21.11.20261",
        "21 Nowhere 2026",
        "1.1.3026",
        "2026",
        "November 2026",
        "10.11.26 at the inn",
        "",
    ],
)
def test_what_is_no_date_of_a_page(line: str) -> None:
    assert found(line) is None


def test_only_the_beginning_and_the_end_of_a_page_count() -> None:
    page = [f"line {number}" for number in "abcdefgh"]
    assert found(*page[:3], "21.11.2026", *page[3:]) == DAY
    assert found(*page, "21.11.2026") == DAY
    assert found(*page[:6], "21.11.2026", *page[6:]) is None
    assert found("21.11.2026", "20.11.2026") == DAY


def test_a_line_of_its_own() -> None:
    assert is_date_line("Saturday, 21 November 2026")
    assert is_date_line("2026年11月21日（土）")
    assert not is_date_line("Project meeting 21 Nov 2026 with all")
    assert not is_date_line("May 12 guests")
    assert begins_with_date("3. März ist Messe")
    assert not begins_with_date("3. Butter")


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1901, 1, 1), date(2027, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y年%m月%d日"]))
def test_every_full_date_is_read_back(day: date, form: str) -> None:
    assert found(day.strftime(form)) == day


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789./- ,Nov年月日mai令和", max_size=24))
def test_no_text_breaks_it(text: str) -> None:
    day = found(text)
    assert day is None or 1500 <= day.year <= CAPTURED.year + 2
