"""Prices agreed for one subscription: the pieces of a period come to what its days cost, each at its own price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from plans.rules import arithmetic
from plans.rules.agreed import Agreed, Amounts, amounts_of, edges_of, is_parted, read, with_amounts, write
from plans.rules.calendar import interval_of, schedule_of
from plans.rules.charging import DueLine, Facts, lines_due
from plans.rules.counted import CountedUsage, Used
from plans.rules.explanation import explain
from plans.rules.rating import PercentagePrice, Tier, total
from plans.rules.service import ChargeTerms, Phase, ScheduleFrom, Service, Stretch
from plans.rules.terms import Charge, MeterTerms, PlanTerms
from provider.kernel.clock import first_instant
from provider.kernel.sentences import Day

D = Decimal
ZONE = ZoneInfo("Asia/Shanghai")
CALLS = MeterTerms("calls", "sum", carries_over=False)
SEATS = MeterTerms("seats", "unique", carries_over=True)
START = date(2026, 1, 15)


def charge(code: str, model: str, *, timing: str = "in_advance", prorated: bool = True, **facts: object) -> Charge:
    return Charge(due=ChargeTerms(code=code, timing=timing, is_prorated=prorated), model=model, **facts)  # type: ignore[arg-type]


def facts_of(priced: Charge, *, agreed: list[Agreed], usage: list[tuple[str, Used]]) -> Facts:
    """One subscription since 15 January, by months, with one charge."""
    schedule = schedule_of(interval=interval_of("month"), anchor="anniversary", start=START)
    key = ("team", priced.code)
    service = Service(
        START, ZONE, (Stretch("team", START, first_instant(day=START, zone=ZONE)),), (ScheduleFrom(START, schedule),),
        edges={key: edges_of(agreed)} if is_parted(priced) else {},
    )  # fmt: skip
    return Facts(
        name="main", currency="CNY", service=service, plans={"team": PlanTerms("team", schedule.interval, (priced,))},
        usage=CountedUsage(zone=ZONE, events=usage), agreed={key: agreed},
    )  # fmt: skip


def agree(priced: Charge, price: Decimal, *, start: date, end: date | None) -> Agreed:
    found = with_amounts(priced, Amounts(price=price))
    assert found is not None
    return Agreed(start, end, found)


def exact(line: DueLine) -> Fraction:
    return Fraction(total(line.steps)) * line.share


@given(
    timing=st.sampled_from(["in_advance", "in_arrears"]),
    cuts=st.lists(st.integers(0, 120), min_size=2, max_size=6, unique=True).map(sorted),
    is_open=st.booleans(),
    price=st.decimals(D(0), D(999), places=2),
    other=st.decimals(D(0), D(999), places=2),
)
def test_each_day_costs_what_was_agreed_for_it_and_every_day_is_charged_once(
    timing: str, cuts: list[int], is_open: bool, price: Decimal, other: Decimal
) -> None:
    base = charge("base", "flat", timing=timing, price=price)
    edges = [START + timedelta(days=number) for number in cuts]
    spans = list(zip(edges[::2], [*edges[1::2], None], strict=False))
    spans = [(start, end) for start, end in spans if end or is_open]
    agreed = [agree(base, other, start=start, end=end) for start, end in spans]

    lines = lines_due(
        facts=facts_of(base, agreed=agreed, usage=[]), billed=(), at=first_instant(day=date(2026, 7, 1), zone=ZONE)
    )

    by_period: dict[tuple[date, date], list[DueLine]] = {}
    for line in lines:
        assert line.covers is not None
        by_period.setdefault(line.covers, []).append(line)
    for (first, last), parts in by_period.items():
        days = [day for line in parts for day in _days(line)]
        assert len(days) == len(set(days))
        if days[-1] == last - timedelta(days=1):
            assert days == [first + timedelta(days=n) for n in range((last - first).days)]
        wanted = sum(other if any(one.covers(day) for one in agreed) else price for day in days)
        assert sum(map(exact, parts)) == Fraction(wanted) / (last - first).days
        for line in parts:
            stored = arithmetic.read(arithmetic.write(arithmetic.of_line(line=line, charge=base, currency="CNY")))
            assert stored.amount_minor == line.amount_minor
            assert (stored.agreed is not None) == any(one.covers(line.start) for one in agreed)


def _days(line: DueLine) -> list[date]:
    return [line.start + timedelta(days=number) for number in range((line.end - line.start).days)]


def test_calls_cost_the_price_of_their_day_and_the_line_says_so() -> None:
    calls = charge("call", "per_unit", timing="in_arrears", prorated=False, price=D("0.5"), meter=CALLS)
    february = date(2026, 2, 1)
    used = [
        ("calls", Used(first_instant(day=date(2026, 1, 20), zone=ZONE), D(10), "", False)),
        ("calls", Used(first_instant(day=february, zone=ZONE), D(10), "", False)),
    ]
    agreed = [agree(calls, D("0.2"), start=february, end=None)]

    lines = lines_due(
        facts=facts_of(calls, agreed=agreed, usage=used), billed=(), at=first_instant(day=date(2026, 2, 15), zone=ZONE)
    )

    assert [(line.start, line.units, line.amount_minor) for line in lines] == [(START, 10, 500), (february, 10, 200)]
    told = [explain(arithmetic.of_line(line=line, charge=calls, currency="CNY")) for line in lines]
    assert told[0].levels == ()
    assert told[1].levels[0].facts == {"day": Day(february)}


def test_a_seat_more_costs_the_agreed_price_for_the_days_left() -> None:
    seats = charge("seat", "per_unit", price=D(31), meter=SEATS)
    february = date(2026, 2, 1)
    used = [("seats", Used(first_instant(day=START, zone=ZONE), D(1), "ann", False))]
    agreed = [agree(seats, D("15.50"), start=february, end=date(2026, 2, 15))]
    at = first_instant(day=february, zone=ZONE)

    lines = lines_due(facts=facts_of(seats, agreed=agreed, usage=used), billed=(), at=at)

    assert [(line.start, line.end, line.amount_minor) for line in lines if line.start == february] == [
        (february, date(2026, 2, 15), 700)
    ]


def test_what_is_priced_for_a_whole_period_takes_the_price_of_its_first_day() -> None:
    tiers = (Tier(D(100), D("0.5")), Tier(None, D("0.2"), D(5)))
    whole = [
        charge("base", "flat", prorated=False, price=D(100)),
        charge("call", "graduated", timing="in_arrears", prorated=False, tiers=tiers, meter=CALLS),
        charge("seat", "graduated", tiers=tiers, meter=SEATS),
        charge(
            "share", "percentage", timing="in_arrears", prorated=False, meter=CALLS,
            percentage=PercentagePrice(D("0.05"), free_events=3),
        ),
        charge("pack", "package", timing="in_arrears", prorated=False, price=D(5), size=D(100), meter=CALLS),
    ]  # fmt: skip
    assert [is_parted(one) for one in whole] == [False] * 5
    base = whole[0]
    agreed = [agree(base, D(40), start=date(2026, 2, 1), end=None)]

    lines = lines_due(
        facts=facts_of(base, agreed=agreed, usage=[]), billed=(), at=first_instant(day=date(2026, 2, 15), zone=ZONE)
    )

    assert [(line.start, line.amount_minor) for line in lines] == [(START, 10000), (date(2026, 2, 15), 4000)]


def test_other_amounts_fit_a_charge_of_the_same_shape_only() -> None:
    tiered = charge("call", "graduated", prorated=False, tiers=(Tier(D(9), D(1)), Tier(None, D(2))), meter=CALLS)
    share = charge("share", "percentage", prorated=False, percentage=PercentagePrice(D("0.05")), meter=CALLS)
    phased = replace(charge("base", "flat", price=D(0)), due=ChargeTerms("base", "in_advance", True, phases=(
        Phase(D(0), days=30), Phase(D(20)),
    )))  # fmt: skip
    for one in (tiered, share, phased, charge("base", "flat", price=D("9.50"))):
        amounts = amounts_of(one)
        assert read(write(amounts)) == amounts
        assert with_amounts(one, amounts) is not None
    assert amounts_of(phased).price == 20
    assert with_amounts(tiered, Amounts(price=D(1))) is None
    assert with_amounts(tiered, Amounts(tiers=((D(1), D(0)),))) is None
    assert with_amounts(share, Amounts(price=D(1))) is None
    assert with_amounts(charge("setup", "one_time", price=D(1)), Amounts(price=D(2))) is None
