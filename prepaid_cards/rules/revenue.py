"""When the price of a term becomes revenue: in equal parts on each of its days, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from provider.kernel.money import round_half_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What was deferred for the days [begins_on, ends_on)."""

    net_minor: int
    begins_on: date
    ends_on: date

    def served_minor(self, *, before: date) -> int:
        """What the days before `before` have earned; rounded once from the whole, so that months add up to it."""
        days = (self.ends_on - self.begins_on).days
        served = min(max((before - self.begins_on).days, 0), days)
        return round_half_away(numerator=self.net_minor * served, denominator=days)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_ends(*, last: date, count: int) -> Iterator[date]:
    """The last days of `count` months up to and including the day `last`, oldest first; the last one is `last`."""
    firsts = [last.replace(day=1)]
    for _ in range(count - 1):
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    for first in reversed(firsts):
        yield min(next_month(first) - timedelta(days=1), last)
