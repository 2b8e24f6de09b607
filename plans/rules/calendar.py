"""Billing periods on local days: intervals, anchors, and the share of a whole period.

Periods are half-open [start, end) and lie between neighbouring *boundaries*. A boundary is counted from the anchor,
never from the boundary before, so 31 January is followed by 28 (or 29) February and then by 31 March: it never drifts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

_NAMED: Final[dict[str, tuple[int, int]]] = {  # name: (months, days)
    "day": (0, 1),
    "week": (0, 7),
    "month": (1, 0),
    "quarter": (3, 0),
    "half_year": (6, 0),
    "year": (12, 0),
}
_COUNTED: Final = re.compile(r"([1-9][0-9]{0,3}) (day|week|month|year)s?")

AnchorWord = Literal["calendar", "anniversary"]
Anchor = AnchorWord | int  # or a day of the month


class BadInterval(ValueError):
    """The text names no interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time in calendar months or in days; exactly one of the two is not 0."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if (self.months > 0) == (self.days > 0) or self.months < 0 or self.days < 0:
            raise BadInterval("An interval is a positive number either of months or of days.")


def interval_of(text: str) -> Interval:
    """Read "month", "half_year", "30 days", "2 weeks" or "18 months"; raises `BadInterval` with what would be right."""
    if text in _NAMED:
        months, days = _NAMED[text]
        return Interval(months=months, days=days)
    counted = _COUNTED.fullmatch(text)
    if counted is None:
        raise BadInterval(f"“{text}” is no interval; write {', '.join(_NAMED)}, or a number of days, weeks or months.")
    months, days = _NAMED[counted[2]]
    return Interval(months=months * int(counted[1]), days=days * int(counted[1]))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The boundaries of one subscription's periods: `anchor` and, from it, one interval after another both ways.

    `day_of_month` is the day that is wanted where the month is long enough; `anchor` is one boundary.
    """

    interval: Interval
    anchor: date
    day_of_month: int

    def boundary(self, index: int) -> date:
        """The boundary `index` intervals after the anchor (before it, if negative)."""
        if self.interval.days:
            return self.anchor + timedelta(days=index * self.interval.days)
        return _month_day(months=_month_number(self.anchor) + index * self.interval.months, day=self.day_of_month)

    def index_at(self, day: date) -> int:
        """The index of the last boundary that is not after `day`."""
        if self.interval.days:
            return (day - self.anchor).days // self.interval.days
        index = (_month_number(day) - _month_number(self.anchor)) // self.interval.months
        return index if self.boundary(index) <= day else index - 1

    def whole_period(self, day: date) -> tuple[date, date]:
        """The whole period that contains `day`."""
        index = self.index_at(day)
        return self.boundary(index), self.boundary(index + 1)


def add_interval(*, day: date, interval: Interval) -> date:
    """The day one interval after `day`; where the month is too short, its last day."""
    if interval.days:
        return day + timedelta(days=interval.days)
    return _month_day(months=_month_number(day) + interval.months, day=day.day)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


@lru_cache(maxsize=20_000)
def _month_day(*, months: int, day: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def schedule_of(*, interval: Interval, anchor: Anchor, start: date) -> Schedule:
    """The schedule of a subscription that starts on the local day `start`.

    `calendar`: Monday, the 1st, or the first day of the calendar quarter, half-year or year. `anniversary`: the day of
    the start. A number: that day of the month in which it starts (months only; days and weeks count from the start).
    """
    if anchor == "calendar":
        return Schedule(interval=interval, anchor=_calendar_anchor(interval=interval, start=start), day_of_month=1)
    if anchor == "anniversary" or interval.days:
        return Schedule(interval=interval, anchor=start, day_of_month=start.day)
    if not 1 <= anchor <= 31:
        raise BadInterval("An anchor is a day of the month, from 1 to 31.")
    return Schedule(interval=interval, anchor=_month_day(months=_month_number(start), day=anchor), day_of_month=anchor)


def _calendar_anchor(*, interval: Interval, start: date) -> date:
    if interval.days:
        return start - timedelta(days=start.weekday()) if interval.days % 7 == 0 else start
    month = (start.month - 1) // interval.months * interval.months if 12 % interval.months == 0 else 0
    return date(start.year, month + 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """The served part [start, end) of the whole period [whole_start, whole_end)."""

    start: date
    end: date
    whole_start: date
    whole_end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def whole_days(self) -> int:
        return (self.whole_end - self.whole_start).days

    @property
    def share(self) -> Fraction:
        """Served days over the days of the whole period: the day rule."""
        return Fraction(self.days, self.whole_days)


def spans(*, schedule: Schedule, start: date, end: date | None, opened_by: date) -> Iterator[Span]:
    """The periods of a subscription that is served in [start, end), in order, which open on or before `opened_by`."""
    day = start
    while day <= opened_by and (end is None or day < end):
        whole_start, whole_end = schedule.whole_period(day)
        served_until = whole_end if end is None else min(whole_end, end)
        yield Span(start=day, end=served_until, whole_start=whole_start, whole_end=whole_end)
        day = served_until
