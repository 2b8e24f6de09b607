"""Time: instants in UTC, decisions in a zone. Only doors call `now()`; everything deeper takes `at=`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

# What is asked for lies between them, so that a zone and a day more can be reckoned at either end.
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def now_for(*, test_clock_at: datetime | None) -> datetime:
    """The present instant for an account: its test clock where it carries one, else the real time."""
    return test_clock_at if test_clock_at is not None else now()


def local_day(*, at: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which the instant `at` falls in `zone`."""
    return at.astimezone(zone).date()


@lru_cache(maxsize=50_000)  # the same days of the same zones are asked for again and again when many are billed
def first_instant(*, day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC.

    Where daylight saving removes 00:00 it is the first instant that exists; where 00:00 comes twice, the earlier one.
    """
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    instant = midnight.astimezone(UTC)
    if instant.astimezone(zone).date() == day and instant.astimezone(zone).time() == time.min:
        return instant
    return _first_after_gap(day=day, zone=zone, near=instant)


def _first_after_gap(*, day: date, zone: ZoneInfo, near: datetime) -> datetime:
    low, high = near - timedelta(hours=26), near + timedelta(hours=26)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).date() < day:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA zone names that an account may choose."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
