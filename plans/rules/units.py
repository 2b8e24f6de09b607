"""What rating asks of usage, and units by day as a line keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple, Protocol

from .terms import MeterTerms


class Usage(Protocol):
    """What was used, for one subscription; instants are half-open [from_at, until_at), days are local."""

    def instants(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[datetime]:
        """The instants at which something was counted, in order."""

    def total(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        """The meter's aggregate over the events of the span."""

    def values(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[Decimal]:
        """The value of each event, in the events' order."""

    def level(self, meter: MeterTerms, *, until_at: datetime) -> Decimal:
        """The level of a meter that carries over, just before the instant."""

    def daily(self, meter: MeterTerms, *, start: date, end: date, until_at: datetime) -> Sequence[Decimal]:
        """The units of each local day: `unique` counts what was there at any moment, others the end of the day."""


class Tally(NamedTuple):
    """What a line was told of its meter: the question [from_at, until_at), the answer, and how far events had come in.

    `batch` is the newest batch of usage that was known. So the events behind the answer can be named for good, whatever
    is told later.
    """

    from_at: datetime
    until_at: datetime
    quantity: Decimal
    batch: int


@dataclass(frozen=True, slots=True)
class Run:
    """The same number of units on so many days in a row."""

    start: date
    days: int
    units: Decimal


def runs_of(days: Sequence[Decimal], *, start: date) -> tuple[Run, ...]:
    """Days of the same number as one run."""
    runs: list[Run] = []
    day = start
    for units, same in groupby(days):
        runs.append(Run(start=day, days=sum(1 for _ in same), units=units))
        day += timedelta(days=runs[-1].days)
    return tuple(runs)
