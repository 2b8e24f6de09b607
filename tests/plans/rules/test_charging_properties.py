"""Whatever cuts a period, its parts come to the whole; and a day on which the clock is changed is a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from plans.rules.calendar import interval_of, schedule_of
from plans.rules.charging import DueLine, Facts, lines_due
from plans.rules.counted import CountedUsage, Used
from plans.rules.rating import total
from plans.rules.service import ChargeTerms, ScheduleFrom, Service, Stretch
from plans.rules.terms import Charge, MeterTerms, PlanTerms
from provider.kernel.clock import first_instant, local_day

D = Decimal
SEATS = MeterTerms("seats", "unique", carries_over=True)
ZONES = ("Asia/Shanghai", "Europe/Paris", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Gaza")
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
days = st.dates(date(2018, 1, 1), date(2026, 12, 31))


def plan(
    name: str, *, interval: str, timing: str, price: Decimal, trial: int = 0, frees_seats: bool = False
) -> PlanTerms:
    base = Charge(
        due=ChargeTerms(code="base", timing=timing, is_prorated=True, trial_days=trial), model="flat", price=price
    )
    seat = Charge(
        due=ChargeTerms(code="seat", timing="in_arrears", is_prorated=True, trial_days=trial if frees_seats else 0),
        model="per_unit",
        price=price,
        meter=SEATS,
    )
    return PlanTerms(name=name, interval=interval_of(interval), charges=(base, seat))


def exact(line: DueLine) -> Fraction:
    return Fraction(total(line.steps)) * line.share


@given(
    start=days,
    interval=st.sampled_from(["week", "30 days", "month", "quarter", "year"]),
    anchor=st.sampled_from(["calendar", "anniversary", 15, 31]),
    timing=st.sampled_from(["in_advance", "in_arrears"]),
    cuts=st.sets(st.integers(1, 400), max_size=6),
    price=st.decimals(D("0.01"), D(9999), places=2),
    seats=st.integers(0, 5),
    zone=zones,
    trial=st.sampled_from([0, 14, 100]),
    extended=st.sets(st.integers(1, 150), max_size=2),
    frees_seats=st.booleans(),
)
def test_the_parts_of_a_period_come_to_the_whole_however_it_is_cut(
    *,
    start: date,
    interval: str,
    anchor: str | int,
    timing: str,
    cuts: set[int],
    price: Decimal,
    seats: int,
    zone: ZoneInfo,
    trial: int,
    extended: set[int],
    frees_seats: bool,
) -> None:
    """Between two plans of the same price a change costs nothing, to the last fraction of a cent.

    The days of the trial, as it was extended, are free of the base fee, and of seats where they are marked so.
    """
    if isinstance(anchor, int) and interval in ("week", "30 days"):
        anchor = "anniversary"
    edges = [start + timedelta(days=n) for n in (0, *sorted(cuts))]
    stretches = [
        Stretch(name, first, first_instant(day=first, zone=zone), last, last and first_instant(day=last, zone=zone))
        for name, first, last in zip(["one", "two"] * 4, edges, [*edges[1:], None], strict=False)
    ]
    schedule = schedule_of(interval=interval_of(interval), anchor=anchor, start=start)
    ends = tuple(start + timedelta(days=n) for n in sorted(extended))
    service = Service(start, zone, tuple(stretches), (ScheduleFrom(start, schedule),), trial_ends=ends)
    tried = start + timedelta(days=max([trial, *extended]) if trial else 0)
    free_until = {"base": tried, "seat": tried if frees_seats else start}
    first_seats = [("seats", Used(first_instant(day=start, zone=zone), D(1), str(n), False)) for n in range(seats)]
    facts = Facts(
        name="main",
        currency="CNY",
        service=service,
        plans={
            name: plan(name, interval=interval, timing=timing, price=price, trial=trial, frees_seats=frees_seats)
            for name in ("one", "two")
        },
        usage=CountedUsage(zone=zone, events=first_seats),
        quantities={},
    )

    parts: dict[tuple[str, object], list[DueLine]] = {}
    far = first_instant(day=start + timedelta(days=900), zone=zone)
    for line in lines_due(facts=facts, billed=(), at=far):
        parts.setdefault((line.charge, line.covers), []).append(line)

    whole = {"base": Fraction(price), "seat": Fraction(price) * seats}
    for (charge, covers), lines in parts.items():
        assert isinstance(covers, tuple)
        served = (covers[1] - max(covers[0], start)).days
        assert sum((line.end - line.start).days for line in lines) == served
        charged = (covers[1] - min(max(covers[0], start, free_until[charge]), covers[1])).days
        assert sum(map(exact, lines)) == whole[charge] * Fraction(charged, (covers[1] - covers[0]).days)


@given(zone=zones, start=days, hours=st.lists(st.integers(0, 24 * 400), min_size=2, max_size=2))
def test_a_day_of_daylight_saving_counts_once(zone: ZoneInfo, start: date, hours: list[int]) -> None:
    """A seat that comes and goes at any hour is counted on each local day that it was there, no more and no less."""
    midnight = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
    came, went = (midnight + timedelta(hours=hour) for hour in sorted(hours))
    events = [("seats", Used(came, D(1), "ann", False)), ("seats", Used(went, D(1), "ann", True))]
    usage = CountedUsage(zone=zone, events=events)
    first, last = local_day(at=came, zone=zone), local_day(at=went, zone=zone)

    counted = usage.daily(
        SEATS,
        start=first - timedelta(days=3),
        end=last + timedelta(days=3),
        until_at=first_instant(day=last + timedelta(days=3), zone=zone),
    )

    assert sum(counted) == (last - first).days + 1
    assert set(counted) == {D(0), D(1)}
    opens, closes = (first_instant(day=day, zone=zone) for day in (first, first + timedelta(days=1)))
    assert opens <= came < closes
