"""Seats that terms pay for: whatever is parted where, each day is charged once, for the seats beyond those paid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.rules.calendar import Interval, schedule_of
from plans.rules.charging import DueLine, Facts, lines_due
from plans.rules.counted import CountedUsage, Used
from plans.rules.paid_seats import edges_of
from plans.rules.service import ChargeTerms, PaidSeats, ScheduleFrom, Service, Stretch, Timing
from plans.rules.terms import Charge, MeterTerms, PlanTerms

pytestmark = pytest.mark.hypothesis
START = date(2026, 1, 1)
PRICE = Decimal(31)
ZONE = ZoneInfo("UTC")
SEATS = MeterTerms("seats", "unique", True)


def moment(day: int, *, hour: int = 0) -> datetime:
    return datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


def facts(seats: tuple[PaidSeats, ...], *, came: list[int], timing: Timing) -> Facts:
    charge = Charge(ChargeTerms("seat", timing, True), "per_unit", price=PRICE, meter=SEATS)
    plans = {"p": PlanTerms("p", Interval(months=1), (charge,))}
    schedule = schedule_of(interval=Interval(months=1), anchor="anniversary", start=START)
    usage = CountedUsage(
        zone=ZONE, events=[("seats", Used(moment(d), Decimal(1), str(n), False)) for n, d in enumerate(came)]
    )
    return Facts(
        name="s",
        currency="EUR",
        service=Service(
            START, ZONE, (Stretch("p", START, moment(0)),), (ScheduleFrom(START, schedule),), seats=seats,
            edges=edges_of(seats, plans=plans),
        ),
        plans=plans,
        usage=usage,
    )  # fmt: skip


def exact(line: DueLine) -> Fraction:
    return sum((Fraction(step.units) * Fraction(step.unit) for step in line.steps), Fraction(0)) * line.share


@st.composite
def terms(draw: st.DrawFn) -> tuple[PaidSeats, ...]:
    """Terms one after the other, with or without days between them."""
    found, day = [], 0
    for _ in range(draw(st.integers(0, 3))):
        day += draw(st.integers(0, 20))
        length = draw(st.integers(1, 45))
        count = draw(st.integers(0, 4))
        found.append(PaidSeats(START + timedelta(days=day), START + timedelta(days=day + length), count))
        day += length
    return tuple(found)


@given(seats=terms(), came=st.lists(st.integers(0, 80), max_size=5).map(sorted))
def test_the_days_sum_to_what_is_beyond_the_paid_seats(seats: tuple[PaidSeats, ...], came: list[int]) -> None:
    """Two months and a bit, in arrears: the parts together cost each day's own seats beyond those paid, no more."""
    lines = lines_due(facts=facts(seats, came=came, timing="in_arrears"), billed=(), at=moment(90))

    expected = Fraction(0)
    for number in range(90):
        day, length = START + timedelta(days=number), (31, 28, 31)[(START + timedelta(days=number)).month - 1]
        paid = max((one.count for one in seats if one.start <= day < one.end), default=0)
        taken = sum(d <= number for d in came)
        expected += Fraction(max(taken - paid, 0)) * Fraction(PRICE) / length
    assert sum(map(exact, lines), Fraction(0)) == expected
    spans = sorted((line.start, line.end) for line in lines)
    assert all(before[1] == after[0] for before, after in pairwise(spans)), "no day twice, none left"


def test_a_term_that_was_taken_back_pays_for_nothing_and_still_parts_the_days() -> None:
    gone = PaidSeats(date(2026, 1, 11), date(2026, 1, 21), 0)
    lines = lines_due(facts=facts((gone,), came=[0], timing="in_arrears"), billed=(), at=moment(31))

    assert [(line.start.day, line.amount_minor) for line in lines] == [(1, 1000), (11, 1000), (21, 1100)]
