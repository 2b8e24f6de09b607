"""What a subscription would have paid for a span of days under other terms, by the same rules that bill it.

Both sides are computed alike, from what was really used and really sold: no trial, no introductory prices, nothing that
is paid once, before discounts and tax. So a difference is one of the terms, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from plans.rules.calendar import Schedule, schedule_of
from plans.rules.catalogue.preview import lasting_terms
from plans.rules.charging import Facts, lines_due
from plans.rules.service import ScheduleFrom, Service, Stretch
from plans.rules.terms import MeterTerms, PlanTerms
from plans.rules.units import Usage
from provider.kernel.clock import first_instant, local_day


@dataclass(frozen=True, slots=True)
class Span:
    """The days [start, end) that are played again."""

    start: date
    end: date


def within(stretches: Sequence[Stretch], span: Span, *, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """What of the service lies in the span."""
    opens, closes = (first_instant(day=day, zone=zone) for day in (span.start, span.end))
    return tuple(
        replace(
            one,
            start=max(one.start, span.start),
            from_at=max(one.from_at, opens),
            end=min(one.end or span.end, span.end),
            until_at=min(one.until_at or closes, closes),
        )
        for one in stretches
        if one.start < span.end and (one.end is None or one.end > max(one.start, span.start))
    )


def cost_within(
    *,
    facts: Facts,
    plans: Mapping[str, PlanTerms],
    stretches: Sequence[Stretch],
    usage: Usage,
    span: Span,
) -> dict[str, int]:
    """Minor units by charge, for stretches that lie in the span; `plans` has the terms of each."""
    schedule = schedule_of(interval=plans[stretches[-1].plan].interval, anchor="anniversary", start=span.start)
    return _cost(facts=facts, plans=plans, stretches=stretches, usage=usage, span=span, schedule=schedule)


def cost_of_period(*, facts: Facts, terms: PlanTerms, at: datetime) -> int:
    """Minor units of the period that runs at an instant, all of it under these terms.

    With the seats, records and sold units of that instant for each of its days, and what was used until then; as above,
    without what holds for a while only.
    """
    zone = facts.service.zone
    known = facts.service.schedule_on(day := local_day(at=at, zone=zone))
    span = Span(*known.whole_period(day))
    opens, closes = (first_instant(day=edge, zone=zone) for edge in (span.start, span.end))
    sold = {code: [(opens, found[-1])] for code, changes in facts.quantities.items() if (found := _until(changes, at))}
    costs = _cost(
        facts=replace(facts, quantities=sold),
        plans={terms.name: terms},
        stretches=[Stretch(terms.name, span.start, opens, span.end, closes)],
        usage=_AsAt(facts.usage, at),
        span=span,
        schedule=Schedule(terms.interval, known.anchor, known.day_of_month),
    )
    return sum(costs.values())


def _until(changes: Sequence[tuple[datetime, Decimal]], at: datetime) -> list[Decimal]:
    return [number for since, number in changes if since <= at]


@dataclass(frozen=True, slots=True)
class _AsAt:
    """Usage whose levels are those of one instant all the time."""

    usage: Usage
    at: datetime

    def instants(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[datetime]:
        return self.usage.instants(meter, from_at=from_at, until_at=until_at)

    def total(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        if meter.carries_over:
            return self.usage.level(meter, until_at=self.at)
        return self.usage.total(meter, from_at=from_at, until_at=until_at)

    def values(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[Decimal]:
        return self.usage.values(meter, from_at=from_at, until_at=until_at)

    def level(self, meter: MeterTerms, *, until_at: datetime) -> Decimal:
        return self.usage.level(meter, until_at=self.at)

    def daily(self, meter: MeterTerms, *, start: date, end: date, until_at: datetime) -> Sequence[Decimal]:
        if meter.carries_over:
            return [self.usage.level(meter, until_at=self.at)] * (end - start).days
        return self.usage.daily(meter, start=start, end=end, until_at=until_at)


def _cost(
    *,
    facts: Facts,
    plans: Mapping[str, PlanTerms],
    stretches: Sequence[Stretch],
    usage: Usage,
    span: Span,
    schedule: Schedule,
) -> dict[str, int]:
    terms, zone = {name: lasting_terms(one) for name, one in plans.items()}, facts.service.zone
    played = replace(
        facts,
        service=Service(
            span.start, zone, tuple(stretches), (ScheduleFrom(span.start, schedule),), edges=facts.service.edges
        ),
        plans=terms,
        usage=usage,
    )
    found: dict[str, int] = {}
    for line in lines_due(facts=played, billed=(), at=first_instant(day=span.end, zone=zone)):
        if line.kind != "one_time" and line.start < span.end:
            found[line.charge] = found.get(line.charge, 0) + line.amount_minor
    return found
