"""Time that was paid ahead, when the plan changes: what is left of it goes on as time of the new plan, by its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from plans import errors
from plans.models import PaidTerm, Subscription
from plans.queries.facts import Known
from plans.queries.terms import Sold
from plans.rules.calendar import Schedule
from plans.rules.paid_terms import days_for_value, period_price, value_of_days
from provider.kernel.clock import first_instant, local_day

A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """A term whose days from `begin` on are days of the new plan, until `end`."""

    row: PaidTerm
    begin: date
    end: date


def check_convertible(known: Known, *, terms: Sold, at: datetime) -> None:
    """Refuse a change of plan of which the time that is paid would become nothing, or anything."""
    day = local_day(at=at, zone=known.zone)
    rows = _left(known, day=day)
    if not rows or terms.plan_id == known.current.plan_id:
        return
    if not period_price(terms.terms) or not period_price(known.current.terms):
        raise errors.PaidTimeWithoutValue(field="version")
    if any(one.end == one.begin for one in _moved(known, terms=terms, rows=rows, day=day)):
        raise errors.PaidTimeTooShort(field="version")


def convert_terms(known: Known, *, terms: Sold, at: datetime) -> None:
    """Have what is left of the paid terms pay for the new plan, one after the other. Call it before the plan changes.

    A change that was chosen long ago is not refused now: it leaves a term at least one day, and time without a price
    as it is.
    """
    day = local_day(at=at, zone=known.zone)
    rows = _left(known, day=day)
    is_priced = period_price(terms.terms) and period_price(known.current.terms)
    if not rows or not is_priced or terms.plan_id == known.current.plan_id:
        return
    moved = list(_moved(known, terms=terms, rows=rows, day=day, least=A_DAY))
    is_later = moved[-1].end > rows[-1].end_on
    for one in reversed(moved) if is_later else moved:  # terms never overlap, not even in between
        start_on = one.row.start_on if one.row.start_on < day else one.begin
        PaidTerm.objects.filter(pk=one.row.pk).update(
            start_on=start_on,
            end_on=one.end,
            starts_at=first_instant(day=start_on, zone=known.zone),
            ends_at=first_instant(day=one.end, zone=known.zone),
        )
    known.row.paid_until = first_instant(day=moved[-1].end, zone=known.zone)
    Subscription.objects.filter(pk=known.row.pk).update(paid_until=known.row.paid_until)


def _left(known: Known, *, day: date) -> list[PaidTerm]:
    """The terms of which days are left, in order."""
    rows = PaidTerm.objects.filter(subscription=known.row, taken_back_at=None, end_on__gt=day)
    return list(rows.order_by("start_on"))


def _moved(
    known: Known, *, terms: Sold, rows: list[PaidTerm], day: date, least: timedelta = timedelta()
) -> Iterator[_Moved]:
    begin = max(rows[0].start_on, day)
    for row in rows:
        first = max(row.start_on, day)
        old = known.facts.service.schedule_on(first)
        value = value_of_days(begin=first, end=row.end_on, terms=known.current.terms, schedule=old)
        new = Schedule(terms.terms.interval, old.anchor, old.day_of_month)
        end = max(days_for_value(begin=begin, value=value, terms=terms.terms, schedule=new), begin + least)
        yield _Moved(row=row, begin=begin, end=end)
        begin = end
