"""What one subscription used, from its events: the answers that rating asks for (`plans.rules.charging.Usage`).

The events of a meter are held in their order in time; questions are answered by bisection, so a period with many days
costs what its events cost. An instant's own events are counted from that instant on: spans are half-open.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from provider.kernel.clock import first_instant

from .terms import MeterTerms

ZERO = Decimal(0)


class Used(NamedTuple):
    """One event as rating needs it."""

    at: datetime
    value: Decimal
    item: str
    is_removal: bool


@dataclass(slots=True)
class _Meter:
    """The events of a meter in order, their instants apart for bisection, and the level after each."""

    events: list[Used] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)
    levels: list[Decimal] = field(default_factory=list)

    def add(self, event: Used) -> None:
        before = self.levels[-1] if self.levels else ZERO
        self.events.append(event)
        self.instants.append(event.at)
        self.levels.append(before + (-event.value if event.is_removal else event.value))

    def within(self, from_at: datetime, until_at: datetime) -> list[Used]:
        return self.events[bisect_left(self.instants, from_at) : bisect_left(self.instants, until_at)]

    def level(self, until_at: datetime) -> Decimal:
        index = bisect_left(self.instants, until_at)
        return self.levels[index - 1] if index else ZERO

    def items(self, until_at: datetime) -> set[str]:
        there: set[str] = set()
        for event in self.events[: bisect_left(self.instants, until_at)]:
            (there.discard if event.is_removal else there.add)(event.item)
        return there


class CountedUsage:
    """The events of one subscription by meter, handed in by instant."""

    def __init__(self, *, zone: ZoneInfo, events: Iterable[tuple[str, Used]] = (), batch: int = 0) -> None:
        self.zone = zone
        self.batch = batch  # the newest that was read
        self._meters: dict[str, _Meter] = {}
        for meter, event in events:
            self._meters.setdefault(meter, _Meter()).add(event)

    def _of(self, meter: MeterTerms) -> _Meter:
        return self._meters.get(meter.name) or _Meter()

    def instants(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> list[datetime]:
        """The instants at which something was counted, each once."""
        return sorted({event.at for event in self._of(meter).within(from_at, until_at)})

    def values(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[Decimal]:
        """The value of each event, in the events' order; one that takes back is negative."""
        return [-e.value if e.is_removal else e.value for e in self._of(meter).within(from_at, until_at)]

    def total(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        """The meter's aggregate over the events of the span; a level's is what stands at its end."""
        if meter.aggregate == "unique":
            return self._distinct(meter, from_at=from_at, until_at=until_at)
        if meter.carries_over:
            return self.level(meter, until_at=until_at)
        values = self.values(meter, from_at=from_at, until_at=until_at)
        if meter.aggregate == "count":
            taken_back = sum(e.is_removal for e in self._of(meter).within(from_at, until_at))
            return Decimal(len(values) - 2 * taken_back)
        if meter.aggregate == "sum":
            return sum(values, ZERO)
        if meter.aggregate == "max":
            return max(values, default=ZERO)
        return values[-1] if values else ZERO

    def _distinct(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        there = self._of(meter).items(from_at) if meter.carries_over else set()
        events = self._of(meter).within(from_at, until_at)
        return Decimal(len(there | {event.item for event in events if not event.is_removal}))

    def level(self, meter: MeterTerms, *, until_at: datetime) -> Decimal:
        """The level of a meter that carries over, just before the instant."""
        if meter.aggregate == "unique":
            return Decimal(len(self._of(meter).items(until_at)))
        return self._of(meter).level(until_at)

    def daily(self, meter: MeterTerms, *, start: date, end: date, until_at: datetime) -> Sequence[Decimal]:
        """The units of each local day: `unique` counts what was there at any moment, others the end of the day."""
        days = [start + timedelta(days=n) for n in range((end - start).days)]
        if meter.aggregate == "unique":
            return self._daily_items(meter, days=days, until_at=until_at)
        return [self.level(meter, until_at=self._close(day, until_at=until_at)) for day in days]

    def _close(self, day: date, *, until_at: datetime) -> datetime:
        opens = first_instant(day=day, zone=self.zone)
        return min(first_instant(day=day + timedelta(days=1), zone=self.zone), max(until_at, opens))

    def _daily_items(self, meter: MeterTerms, *, days: Sequence[date], until_at: datetime) -> list[Decimal]:
        if not days:
            return []
        mine = self._of(meter)
        there = mine.items(opens := first_instant(day=days[0], zone=self.zone))
        events = deque(mine.within(opens, self._close(days[-1], until_at=until_at)))
        units: list[Decimal] = []
        for number, day in enumerate(days):
            if not events:
                return units + [Decimal(len(there))] * (len(days) - number)
            if events[0].at >= (closes := self._close(day, until_at=until_at)):
                units.append(Decimal(len(there)))  # most days: nobody comes and nobody goes
                continue
            seen = set(there)
            while events and events[0].at < closes:
                event = events.popleft()
                (there.discard if event.is_removal else there.add)(event.item)
                if not event.is_removal:
                    seen.add(event.item)
            units.append(Decimal(len(seen)))
        return units
