"""Periods begin and end where the anchor says, whatever the month."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.rules.calendar import BadInterval, Interval, interval_of, schedule_of, spans

SAMPLES = Path(__file__).parents[2] / "stories" / "proration_samples.csv"

intervals = st.one_of(
    st.builds(Interval, months=st.integers(1, 36)), st.builds(lambda days: Interval(days=days), st.integers(1, 90))
)
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))
anchors = st.one_of(st.sampled_from(["calendar", "anniversary"]), st.integers(1, 31))


def _samples() -> list[dict[str, str]]:
    with SAMPLES.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _samples(), ids=lambda row: f"{row['interval']} {row['start']} by {row['target']}")
def test_the_periods_charged_in_advance_are_those_that_other_engines_publish(row: dict[str, str]) -> None:
    start = date.fromisoformat(row["start"])
    charged = spans(
        schedule=schedule_of(interval=interval_of(row["interval"]), anchor=int(row["anchor_day"]), start=start),
        start=start,
        end=date.fromisoformat(row["end"]) if row["end"] else None,
        opened_by=date.fromisoformat(row["target"]),
    )
    shares = sum((span.share for span in charged), Fraction(0))
    assert abs(shares - Fraction(row["periods"])) < Fraction(2, 10**9)  # the source sums rounded parts


@given(interval=intervals, anchor=anchors, start=days, length=st.integers(1, 1500))
def test_the_periods_of_any_subscription_serve_each_day_exactly_once(
    interval: Interval, anchor: str | int, start: date, length: int
) -> None:
    end = start + timedelta(days=length)
    schedule = schedule_of(interval=interval, anchor=anchor, start=start)
    day = start
    for span in spans(schedule=schedule, start=start, end=end, opened_by=end):
        assert span.start == day < span.end
        assert span.whole_start <= span.start
        assert span.end <= span.whole_end
        day = span.end
    assert day == end


@given(start=days, index=st.integers(-60, 60))
def test_a_monthly_anchor_never_drifts(start: date, index: int) -> None:
    schedule = schedule_of(interval=Interval(months=1), anchor="anniversary", start=start)
    boundary = schedule.boundary(index)
    next_day = boundary + timedelta(days=1)
    assert boundary.day == start.day or (boundary.day < start.day and next_day.month != boundary.month)


@given(interval=intervals, anchor=anchors, start=days, day=days)
def test_every_day_lies_in_exactly_the_period_that_is_said_to_contain_it(
    interval: Interval, anchor: str | int, start: date, day: date
) -> None:
    whole_start, whole_end = schedule_of(interval=interval, anchor=anchor, start=start).whole_period(day)
    assert whole_start <= day < whole_end


def test_the_31st_and_the_29th_of_february_come_back_when_the_month_allows() -> None:
    monthly = schedule_of(interval=Interval(months=1), anchor="anniversary", start=date(2024, 1, 31))
    assert [monthly.boundary(i) for i in range(4)] == [
        date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30),
    ]  # fmt: skip
    yearly = schedule_of(interval=Interval(months=12), anchor="anniversary", start=date(2020, 2, 29))
    assert [yearly.boundary(i) for i in (1, 4)] == [date(2021, 2, 28), date(2024, 2, 29)]


@pytest.mark.parametrize(
    ("interval", "start", "anchor"),
    [
        ("week", date(2024, 3, 7), date(2024, 3, 4)),
        ("month", date(2024, 3, 5), date(2024, 3, 1)),
        ("quarter", date(2024, 5, 20), date(2024, 4, 1)),
        ("half_year", date(2024, 11, 2), date(2024, 7, 1)),
        ("year", date(2024, 11, 2), date(2024, 1, 1)),
    ],
)
def test_calendar_periods_begin_where_the_calendar_does(interval: str, start: date, anchor: date) -> None:
    schedule = schedule_of(interval=interval_of(interval), anchor="calendar", start=start)
    assert schedule.whole_period(start)[0] == anchor


@pytest.mark.parametrize("text", ["", "fortnight", "0 days", "-1 month", "1.5 months", "month ", "99999 days"])
def test_what_is_no_interval_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(BadInterval, match="write day, week"):
        interval_of(text)


def test_counted_intervals_are_read() -> None:
    assert interval_of("30 days") == Interval(days=30)
    assert interval_of("2 weeks") == Interval(days=14)
    assert interval_of("18 months") == Interval(months=18)
