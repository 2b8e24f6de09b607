"""What a subscription would have paid for a span of days under other terms, by the same rules that bill it.

Both sides are computed alike, from what was really used and really sold: no trial, no introductory prices, nothing that
is paid once, before discounts and tax. So a difference is one of the terms, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from plans.rules.calendar import schedule_of
from plans.rules.catalogue.preview import lasting_terms
from plans.rules.charging import Facts, lines_due
from plans.rules.service import ScheduleFrom, Service, Stretch
from plans.rules.terms import PlanTerms
from plans.rules.units import Usage
from provider.kernel.clock import first_instant


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
    terms = {name: lasting_terms(one) for name, one in plans.items()}
    zone, last = facts.service.zone, terms[stretches[-1].plan]
    schedule = schedule_of(interval=last.interval, anchor="anniversary", start=span.start)
    played = replace(
        facts,
        service=Service(span.start, zone, tuple(stretches), (ScheduleFrom(span.start, schedule),)),
        plans=terms,
        usage=usage,
    )
    found: dict[str, int] = {}
    for line in lines_due(facts=played, billed=(), at=first_instant(day=span.end, zone=zone)):
        if line.kind != "one_time" and line.start < span.end:
            found[line.charge] = found.get(line.charge, 0) + line.amount_minor
    return found
