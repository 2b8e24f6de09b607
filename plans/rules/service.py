"""What a subscription is served, and for which spans each of its charges is due: computed from facts, day by day.

The facts of a subscription only ever gain entries: its terms, schedules, pauses, its end. From them `spans_due` says
which spans a charge covers and when each is billed. What has been billed is kept beside it; the difference of the two
is what a billing run bills, and a billed span that the facts have shortened since is what a credit gives back. So
billing twice bills once, and a late run bills what punctual ones would have.

Days are local days of the account; spans are half-open. Events belong to a span by their instants, from `from_at` on
and before `until_at`, because a change of plan parts the events of its day and gives the day to the new plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from provider.kernel.clock import first_instant, local_day

from .calendar import Interval, Schedule, add_interval

Timing = Literal["in_advance", "in_arrears"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A price of a flat charge for a while, counted in days or months from the first day; the last one is open."""

    price: Decimal
    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """When a charge is due: its cadence (None: the plan's), its timing, whether part of a period costs a part."""

    code: str
    timing: Timing
    is_prorated: bool
    interval: Interval | None = None
    phases: tuple[Phase, ...] = ()
    trial_days: int = 0  # in which it is free, from the first day of the subscription on
    is_term: bool = False  # what a paid term (a card) pays for: the flat charges of the plan


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of uninterrupted service under one plan: days [start, end), events [from_at, until_at).

    A free one is served and opens no period: the grace of whoever lives on prepaid terms.
    """

    plan: str
    start: date
    from_at: datetime
    end: date | None = None
    until_at: datetime | None = None
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleFrom:
    """From the local day `day` on, periods follow `schedule`."""

    day: date
    schedule: Schedule


def that_stand(wished: Iterable[ScheduleFrom]) -> tuple[ScheduleFrom, ...]:
    """Of the schedules in the order in which they were wished those that hold, in the order of time.

    The last wish wins: it takes the place of all that would begin on its day or after.
    """
    stand: list[ScheduleFrom] = []
    for entry in wished:
        while stand and stand[-1].day >= entry.day:
            stand.pop()
        stand.append(entry)
    return tuple(stand)


@dataclass(frozen=True, slots=True)
class PaidSeats:
    """On the days [start, end) a term pays for this many seats; for none where it was taken back."""

    start: date
    end: date
    count: int


@dataclass(frozen=True, slots=True)
class Service:
    """The facts: since when, in which zone, which stretches of service, which schedules, in the order of time."""

    first_day: date
    zone: ZoneInfo
    stretches: tuple[Stretch, ...]
    schedules: tuple[ScheduleFrom, ...] = field(default_factory=tuple)
    paid: tuple[tuple[date, date], ...] = ()  # terms that were paid ahead: days [start, end)
    is_prepaid: bool = False  # lives on paid terms alone: nothing that a term pays for is ever billed
    trial_ends: tuple[date, ...] = ()  # to which a trial was extended, one after the other: first days after it
    seats: tuple[PaidSeats, ...] = ()  # of the paid terms that have any; they do not overlap, but for those of none
    edges: Mapping[tuple[str, str], tuple[date, ...]] = field(default_factory=dict)  # by plan and charge: agreed prices
    # and seats that are paid for begin or end

    def schedule_on(self, day: date) -> Schedule:
        """The schedule that the day follows."""
        if len(self.schedules) == 1:
            return self.schedules[0].schedule
        return [entry for entry in self.schedules if entry.day <= day or entry is self.schedules[0]][-1].schedule


@dataclass(slots=True, unsafe_hash=True)  # never changed; not frozen, for a run makes them by the hundred thousand
class DueSpan:
    """A span of one charge: days [start, end) of the whole period [whole_start, whole_end), due at `due_at`.

    `phase` is the index of the price that holds; -1 is the trial.
    """

    plan: str
    charge: str
    start: date
    end: date
    whole_start: date
    whole_end: date
    from_at: datetime
    until_at: datetime | None
    phase: int
    due_at: datetime
    is_paid: bool = False  # by a term

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def whole_days(self) -> int:
        return (self.whole_end - self.whole_start).days


def spans_due(*, service: Service, charge: ChargeTerms, plan: str, since: date, until: datetime) -> Iterator[DueSpan]:
    """The spans of `charge` under `plan` that end after `since` and are due at or before the instant `until`.

    In advance a span is due when it opens, in arrears when it has closed: at the first instant after its last day, or
    at the instant at which the service was cut.
    """
    for stretch in service.stretches:
        if stretch.plan != plan or (stretch.end is not None and stretch.end <= since):
            continue
        walk = Walk(service=service, charge=charge, stretch=stretch, start=stretch.start)
        for span in walk.until(until, start=stretch.start):
            if span.due_at <= until and span.end > since:
                yield span


class Walk:
    """The spans of one charge in one stretch, one after the other, each computed once, when it is first asked for.

    What is due, what it costs, whether anything is left and what comes next are four questions about the same spans.
    """

    __slots__ = ("_found", "_rest", "_zone", "charge")

    def __init__(self, *, service: Service, charge: ChargeTerms, stretch: Stretch, start: date) -> None:
        self.charge = charge
        self._zone = service.zone
        self._found: list[DueSpan] = []
        self._rest = _walk(service=service, charge=charge, stretch=stretch, start=start)

    def knows(self, start: date) -> bool:
        """Whether a span that was found begins on the day."""
        return any(span.start == start for span in self._found)

    def until(self, at: datetime, *, start: date) -> Iterator[DueSpan]:
        """Those from the one that begins on `start` to the last that has begun by the instant."""
        last = local_day(at=at, zone=self._zone)
        number = 0
        while number < len(self._found) or self._find():
            span = self._found[number]
            if span.start > last:
                return
            if span.start >= start:
                yield span
            number += 1

    def _find(self) -> bool:
        span = next(self._rest, None)
        if span is None:
            return False
        self._found.append(span)
        return True


def _walk(*, service: Service, charge: ChargeTerms, stretch: Stretch, start: date) -> Iterator[DueSpan]:
    if stretch.is_free:
        return
    edges = _phase_edges(charge=charge, service=service)
    agreed = service.edges.get((stretch.plan, charge.code), ())
    day = start
    while stretch.end is None or day < stretch.end:
        whole_start, end = whole = _whole_period(service=service, charge=charge, day=day)
        phase, phase_end = _phase_on(edges=edges, day=day, charge=charge)
        is_paid, paid_edge = _paid_on(service, day=day) if charge.is_term else (False, None)
        agreed_edge = next((edge for edge in agreed if edge > day), None) if agreed else None
        for edge in (phase_end, stretch.end, _next_schedule(service.schedules, day), paid_edge, agreed_edge):
            if edge is not None and edge < end:
                end = edge
        yield DueSpan(
            plan=stretch.plan,
            charge=charge.code,
            start=day,
            end=end,
            whole_start=whole_start,
            whole_end=whole[1],
            from_at=stretch.from_at,
            until_at=stretch.until_at if end == stretch.end else None,
            phase=phase,
            due_at=_due_at(service=service, charge=charge, stretch=stretch, start=day, end=end),
            is_paid=is_paid,
        )
        day = end


def _due_at(*, service: Service, charge: ChargeTerms, stretch: Stretch, start: date, end: date) -> datetime:
    if charge.timing == "in_advance":
        return max(stretch.from_at, first_instant(day=start, zone=service.zone))
    if end == stretch.end and stretch.until_at is not None:
        return stretch.until_at
    return first_instant(day=end, zone=service.zone)


def _whole_period(*, service: Service, charge: ChargeTerms, day: date) -> tuple[date, date]:
    schedule = service.schedule_on(day)
    if charge.interval is None:
        return schedule.whole_period(day)
    own = Schedule(interval=charge.interval, anchor=schedule.anchor, day_of_month=schedule.day_of_month)
    return own.whole_period(day)


def _next_schedule(schedules: Sequence[ScheduleFrom], day: date) -> date | None:
    if len(schedules) < 2:
        return None
    return min((entry.day for entry in schedules[1:] if entry.day > day), default=None)


def _paid_on(service: Service, *, day: date) -> tuple[bool, date | None]:
    """Whether a paid term covers the day, and the next day on which that changes."""
    if service.is_prepaid:
        return True, None
    edge = min((edge for term in service.paid for edge in term if edge > day), default=None)
    return any(start <= day < end for start, end in service.paid), edge


def trial_edges(*, first_day: date, trial_days: int, extended: Sequence[date]) -> list[date]:
    """The first day after the trial, then after each extension of it; what was free once stays a span of its own.

    Without days of trial there is nothing to extend.
    """
    edges = [first_day + timedelta(days=trial_days)]
    for day in extended if trial_days else ():
        if day > edges[-1]:
            edges.append(day)
    return edges


def _phase_edges(*, charge: ChargeTerms, service: Service) -> list[tuple[int, date]]:
    """The trial (-1) and the phases that end, in order, each with the first day after it."""
    trial = trial_edges(first_day=service.first_day, trial_days=charge.trial_days, extended=service.trial_ends)
    edges = [(-1, edge) for edge in trial]
    edge = trial[-1]
    for index, phase in enumerate(charge.phases[:-1]):
        edge = add_interval(day=edge, interval=Interval(months=phase.months, days=phase.days))
        edges.append((index, edge))
    return edges


def _phase_on(*, edges: Sequence[tuple[int, date]], day: date, charge: ChargeTerms) -> tuple[int, date | None]:
    """The phase that holds on `day` (-1: trial) and the day on which it ends, if it does."""
    for phase, edge in edges:
        if day < edge:
            return phase, edge
    return max(len(charge.phases) - 1, 0), None
