"""Calendar months, by which books are closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta


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
