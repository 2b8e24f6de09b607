"""How long a term lasts that was paid ahead, by a card or online: on the anchor, in days, or by its value."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from .calendar import Interval, Schedule, add_interval
from .terms import PlanTerms


def term_end(*, begin: date, months: int, days: int, schedule: Schedule) -> date:
    """The first day that is no longer paid. Months are counted on the anchor where the term begins on a boundary."""
    if days:
        return begin + timedelta(days=days)
    return _months_on(begin=begin, months=months, schedule=schedule)


def _months_on(*, begin: date, months: int, schedule: Schedule) -> date:
    if schedule.interval.days:
        return add_interval(day=begin, interval=Interval(months=months))
    monthly = Schedule(interval=Interval(months=1), anchor=schedule.anchor, day_of_month=schedule.day_of_month)
    index = monthly.index_at(begin)
    if monthly.boundary(index) == begin:
        return monthly.boundary(index + months)
    return add_interval(day=begin, interval=Interval(months=months))


def period_price(terms: PlanTerms) -> Decimal:
    """What one period of the plan costs in flat prices, in major units."""
    price = Fraction(0)
    for charge in terms.charges:
        if charge.due.is_term:
            one = charge.due.phases[-1].price if charge.due.phases else charge.price
            price += Fraction(one) * _times(charge.due.interval, terms.interval)
    return Decimal(price.numerator) / Decimal(price.denominator)


def _times(own: Interval | None, plan: Interval) -> Fraction:
    """How often a charge's own interval goes into the plan's."""
    if own is None:
        return Fraction(1)
    return Fraction(plan.months, own.months) if own.months else Fraction(plan.days, own.days)


def end_by_value(*, begin: date, value: Decimal, terms: PlanTerms, schedule: Schedule) -> date:
    """Whole periods first, then days of the next one, the last day rounded up in the holder's favour."""
    price = Fraction(period_price(terms))
    periods = floor(Fraction(value) / price)
    end = begin
    for _ in range(periods):
        end = _one_period(day=end, schedule=schedule)
    left = Fraction(value) - periods * price
    whole = (_one_period(day=end, schedule=schedule) - end).days
    return end + timedelta(days=ceil(left / price * whole))


def _one_period(*, day: date, schedule: Schedule) -> date:
    start, end = schedule.whole_period(day)
    return end if start == day else add_interval(day=day, interval=schedule.interval)


def value_of_days(*, begin: date, end: date, terms: PlanTerms, schedule: Schedule) -> Fraction:
    """What days [begin, end) are worth in flat prices: whole periods first, then a share of the next one."""
    price, value, day = Fraction(period_price(terms)), Fraction(0), begin
    while day < end:
        after = _one_period(day=day, schedule=schedule)
        value += price * Fraction((min(after, end) - day).days, (after - day).days)
        day = after
    return value


def days_for_value(*, begin: date, value: Fraction, terms: PlanTerms, schedule: Schedule) -> date:
    """The first day that a value no longer pays for, of time that changes its plan: parts of a day are left out.

    Rounded down, for changing to and fro must never make time.
    """
    price, left, end = Fraction(period_price(terms)), value, begin
    while left >= price:
        end, left = _one_period(day=end, schedule=schedule), left - price
    whole = (_one_period(day=end, schedule=schedule) - end).days
    return end + timedelta(days=floor(left / price * whole))
