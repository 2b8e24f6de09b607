"""Whatever happens to a subscription, each of its days is due exactly once, or not at all while it is not served."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from plans.rules.calendar import Interval, Schedule, interval_of, schedule_of
from plans.rules.service import ChargeTerms, DueSpan, Phase, ScheduleFrom, Service, Stretch, spans_due, that_stand

UTC_ZONE = ZoneInfo("UTC")
FAR = date(2100, 1, 1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def stretch(start: date, end: date | None = None, plan: str = "team") -> Stretch:
    return Stretch(plan, start, midnight(start), end, midnight(end) if end else None)


def service(*stretches: Stretch, schedules: list[ScheduleFrom] | None = None, interval: str = "month") -> Service:
    first = stretches[0].start
    standard = [ScheduleFrom(first, schedule_of(interval=interval_of(interval), anchor="anniversary", start=first))]
    return Service(first, UTC_ZONE, stretches, tuple(schedules or standard))


def due(facts: Service, charge: ChargeTerms, until: date, plan: str = "team") -> list[DueSpan]:
    return list(spans_due(service=facts, charge=charge, plan=plan, since=date.min, until=midnight(until)))


ADVANCE = ChargeTerms(code="base", timing="in_advance", is_prorated=True)
ARREARS = ChargeTerms(code="base", timing="in_arrears", is_prorated=True)


def test_in_advance_is_due_when_the_period_opens_in_arrears_when_it_has_closed() -> None:
    facts = service(stretch(date(2026, 1, 15)))
    assert [s.due_at.date() for s in due(facts, ADVANCE, date(2026, 2, 15))] == [date(2026, 1, 15), date(2026, 2, 15)]
    assert [s.due_at.date() for s in due(facts, ARREARS, date(2026, 2, 15))] == [date(2026, 2, 15)]
    assert due(facts, ARREARS, date(2026, 2, 14)) == []


def test_free_then_reduced_then_full_price_splits_the_periods_where_a_phase_ends() -> None:
    phases = (Phase(Decimal(0), days=30), Phase(Decimal("9.95"), months=6), Phase(Decimal("19.95")))
    charge = ChargeTerms(code="base", timing="in_advance", is_prorated=True, phases=phases)
    start = date(2012, 3, 6)
    facts = service(
        stretch(start),
        schedules=[ScheduleFrom(start, schedule_of(interval=interval_of("month"), anchor=15, start=start))],
    )
    found = [(s.start, s.end, s.phase, s.whole_days) for s in due(facts, charge, date(2012, 10, 15))]
    assert found[:4] == [
        (date(2012, 3, 6), date(2012, 3, 15), 0, 29),
        (date(2012, 3, 15), date(2012, 4, 5), 0, 31),
        (date(2012, 4, 5), date(2012, 4, 15), 1, 31),
        (date(2012, 4, 15), date(2012, 5, 15), 1, 30),
    ]
    assert found[-3:] == [
        (date(2012, 9, 15), date(2012, 10, 5), 1, 30),
        (date(2012, 10, 5), date(2012, 10, 15), 2, 30),
        (date(2012, 10, 15), date(2012, 11, 15), 2, 31),
    ]


def test_a_pause_leaves_its_days_out_and_resuming_opens_the_rest_of_the_running_period() -> None:
    facts = service(
        stretch(date(2012, 5, 31), date(2012, 7, 10)),
        stretch(date(2012, 7, 20)),
        schedules=[ScheduleFrom(date(2012, 5, 31), Schedule(Interval(months=1), date(2012, 5, 31), 31))],
    )
    assert [(s.start, s.end) for s in due(facts, ADVANCE, date(2012, 7, 31))] == [
        (date(2012, 5, 31), date(2012, 6, 30)),
        (date(2012, 6, 30), date(2012, 7, 10)),
        (date(2012, 7, 20), date(2012, 7, 31)),
        (date(2012, 7, 31), date(2012, 8, 31)),
    ]


def test_the_days_up_to_a_new_anchor_are_part_of_the_whole_period_that_ends_there() -> None:
    start = date(2016, 5, 1)
    month = interval_of("month")
    facts = service(
        stretch(start),
        schedules=[
            ScheduleFrom(start, schedule_of(interval=month, anchor="anniversary", start=start)),
            ScheduleFrom(date(2016, 6, 1), Schedule(month, date(2016, 6, 15), 15)),
        ],
    )
    second = due(facts, ADVANCE, date(2016, 6, 1))[1]
    assert (second.start, second.end, second.days, second.whole_days) == (date(2016, 6, 1), date(2016, 6, 15), 14, 31)


def test_of_schedules_the_last_wish_wins_over_those_that_would_begin_on_its_day_or_after() -> None:
    first, second, third, last = (
        ScheduleFrom(day, schedule_of(interval=interval_of("month"), anchor=day.day, start=day))
        for day in (date(2026, 1, 5), date(2026, 6, 14), date(2026, 3, 11), date(2026, 7, 19))
    )
    assert that_stand([first, second, third, last]) == (first, third, last)
    assert that_stand([first, third, second, last]) == (first, third, second, last)
    assert that_stand([first, second, ScheduleFrom(second.day, third.schedule)])[1:] == (
        ScheduleFrom(second.day, third.schedule),
    )


def test_a_change_of_plan_gives_the_day_to_the_new_one_and_keeps_the_anchor() -> None:
    facts = service(stretch(date(2026, 1, 15), date(2026, 2, 5), "team"), stretch(date(2026, 2, 5), None, "pro"))
    assert [s.end for s in due(facts, ARREARS, date(2026, 2, 20), "team")] == [date(2026, 2, 5)]
    assert [(s.start, s.end) for s in due(facts, ADVANCE, date(2026, 2, 20), "pro")] == [
        (date(2026, 2, 5), date(2026, 2, 15)),
        (date(2026, 2, 15), date(2026, 3, 15)),
    ]


def test_a_charge_may_have_its_own_cadence_on_the_same_anchor() -> None:
    monthly = ChargeTerms(code="seat", timing="in_arrears", is_prorated=False, interval=Interval(months=1))
    facts = service(stretch(date(2026, 1, 31)), interval="year")
    assert [s.end for s in due(facts, monthly, date(2026, 4, 1))] == [date(2026, 2, 28), date(2026, 3, 31)]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Service, set[date]]:
    """A subscription that starts, changes plan, pauses and ends at will, and the days on which it is served."""
    start = draw(st.dates(date(2020, 1, 1), date(2024, 12, 31)))
    cuts = sorted(draw(st.sets(st.integers(1, 700), min_size=1, max_size=6)))
    stretches, served, day = [], set(), start
    for number, cut in enumerate(cuts):
        end = start + timedelta(days=cut)
        if draw(st.booleans()) or number == 0:
            stretches.append(stretch(day, end, draw(st.sampled_from(["team", "pro"]))))
            served |= {day + timedelta(days=n) for n in range((end - day).days)}
        day = end
    interval = draw(st.sampled_from([Interval(months=1), Interval(months=3), Interval(days=7), Interval(months=12)]))
    anchor = draw(st.sampled_from(["calendar", "anniversary", 31, 15]))
    schedules = [ScheduleFrom(start, schedule_of(interval=interval, anchor=anchor, start=start))]
    if interval.months and draw(st.booleans()):  # from some day on periods begin on another day of the month
        later = start + timedelta(days=draw(st.integers(1, 600)))
        moved = schedule_of(interval=interval, anchor=draw(st.integers(1, 31)), start=later)
        schedules.append(ScheduleFrom(later, moved))
    return Service(start, UTC_ZONE, tuple(stretches), tuple(schedules)), served


@given(history=histories(), trial=st.integers(0, 40), timing=st.sampled_from(["in_advance", "in_arrears"]))
def test_no_day_is_due_twice_and_none_is_left_out(history: tuple[Service, set[date]], trial: int, timing: str) -> None:
    facts, served = history
    charge = ChargeTerms(code="base", timing=timing, is_prorated=True, trial_days=trial, phases=(Phase(Decimal(1)),))
    days = Counter(
        span.start + timedelta(days=n)
        for plan in ("team", "pro")
        for span in due(facts, charge, FAR, plan)
        for n in range(span.days)
    )
    assert set(days) == served
    assert set(days.values()) <= {1}


@given(history=histories(), every=st.integers(1, 45))
def test_asking_day_by_day_finds_what_one_late_question_finds(history: tuple[Service, set[date]], every: int) -> None:
    facts, _ = history
    found: set[DueSpan] = set()
    day = facts.first_day
    while day < facts.first_day + timedelta(days=800):
        found |= set(due(facts, ADVANCE, day)) | set(due(facts, ADVANCE, day, "pro"))
        day += timedelta(days=every)
    assert found == set(due(facts, ADVANCE, day)) | set(due(facts, ADVANCE, day, "pro"))
