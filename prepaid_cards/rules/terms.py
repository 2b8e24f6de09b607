"""Until when a card is taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from provider.kernel.clock import first_instant, local_day


def end_of_day(*, last_day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a last day that is included."""
    return first_instant(day=last_day + timedelta(days=1), zone=zone)


def end_of_year_after(*, sold_at: datetime, years: int, zone: ZoneInfo) -> datetime:
    """The first instant after the end of the year, `years` years after that of the sale."""
    return first_instant(day=date(local_day(at=sold_at, zone=zone).year + years + 1, 1, 1), zone=zone)


def last_day_before(*, instant: datetime, zone: ZoneInfo) -> date:
    """The last whole day before an instant that is the first of a day: what readers are told."""
    return local_day(at=instant - timedelta(microseconds=1), zone=zone)
