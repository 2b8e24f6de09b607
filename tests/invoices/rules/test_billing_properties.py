"""Whatever happens and whenever anybody bills: the same documents, no day twice, no credit beyond what was charged."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plans.rules.story import Step, Story, read_story
from tests.invoices.rules.paper import Document, Paper
from tests.properties import examples

YEAR = 400
TEMPLATE = """\
story: A random year
timezone: {zone}
currency: CNY
tax: "6"
meters:
  seats: {{aggregate: unique, property: user, carries_over: true}}
  calls: {{aggregate: count}}
plans:
  team:
    interval: {team_interval}
    anchor: {anchor}
    bill: {timing}
    price: "100.00"
    trial: {trial}
    charges:
      - {{code: setup, model: one_time, price: "50.00"}}
      - {{code: seat, model: per_unit, meter: seats, price: "31", bill: in_advance, prorate: true,
         free_in_trial: {free}}}
      - {{code: call, model: graduated, meter: calls, free_in_trial: {free},
         tiers: [{{up_to: 10, unit: "0.5"}}, {{unit: "0.2", flat: "5"}}]}}
  pro:
    interval: {pro_interval}
    anchor: {anchor}
    bill: {timing}
    price: "333.33"
    last_day: free
    charges:
      - {{code: seat, model: per_unit, meter: seats, price: "62", bill: in_arrears, prorate: true}}
      - {{code: desk, model: per_unit, quantity: 3, price: "7.77", prorate: true}}
      - {{code: call, model: per_unit, meter: calls, price: "0.1"}}
steps:
  - {{at: 2023-03-01, do: bill}}
expect:
  - {{at: 2023-03-01, nothing: true}}
"""


@st.composite
def years(draw: st.DrawFn) -> Story:
    """A story of about a year: a subscription that does whatever subscriptions do, at any hour."""
    intervals = [draw(st.sampled_from(["month", "quarter", "year", "week", "30 days"])) for _ in range(2)]
    text = TEMPLATE.format(
        zone=draw(st.sampled_from(["Asia/Shanghai", "Europe/Paris", "America/New_York", "UTC"])),
        team_interval=intervals[0],
        pro_interval=intervals[1],
        anchor=draw(st.sampled_from(["calendar", "anniversary", "31", "15"])),
        timing=draw(st.sampled_from(["in_advance", "in_arrears"])),
        trial=draw(st.sampled_from([0, 14, 45])),
        free=draw(st.sampled_from(["true", "false"])),
    )
    story = read_story(text)
    start = story.steps[0].at + timedelta(hours=draw(st.integers(0, 24 * 40)))
    steps = [Step(at=start, do="subscribe", line=0, facts={"plan": "team"})]
    has_anchor = all(interval in ("month", "quarter", "year") for interval in intervals)
    return replace(story, steps=(*steps, *draw(_happenings(start, has_anchor=has_anchor))))


@st.composite
def _happenings(draw: st.DrawFn, start: datetime, *, has_anchor: bool) -> list[Step]:
    hours = sorted(draw(st.lists(st.integers(1, 24 * 300), min_size=0, max_size=9)))
    steps, state, plan, items = [], "active", "team", 0
    for hour in hours:
        at = start + timedelta(hours=hour)
        do = draw(st.sampled_from(_acts(state, plan=plan, has_anchor=has_anchor)))
        facts: dict[str, object] = {}
        if do == "change_plan":
            plan = "pro" if plan == "team" else "team"
            facts = {"plan": plan, "when": "now"}
        elif do == "add":
            items += 1
            facts = {"meter": "seats", "item": f"user {items}"}
        elif do == "remove":
            facts = {"meter": "seats", "item": f"user {max(items - 1, 1)}"}
        elif do == "use":
            facts = {"meter": "calls", "count": draw(st.integers(1, 15))}
        elif do == "set_quantity":
            facts = {"charge": "desk", "quantity": Decimal(draw(st.integers(0, 9)))}
        elif do == "set_anchor":
            facts = {"day": draw(st.integers(1, 31))}
        state = {"pause": "paused", "resume": "active", "cancel": "ended"}.get(do, state)
        steps.append(Step(at=at, do=do, line=0, facts=facts))
        if state == "ended":
            break
    return steps


def _acts(state: str, *, plan: str, has_anchor: bool) -> list[str]:
    if state == "paused":
        return ["resume"]
    acts = ["add", "add", "remove", "use", "use", "change_plan", "pause", "cancel"]
    return acts + ["set_quantity"] * (plan == "pro") + ["set_anchor"] * has_anchor


def billed_every(story: Story, days: int) -> Story:
    """The same story with a `bill` step every so many days, and one at the end."""
    first, last = story.steps[0].at, story.steps[0].at + timedelta(days=YEAR)
    bills = [first + timedelta(days=n) for n in range(days, YEAR, days)] + [last]
    extra = [Step(at=at, do="bill", line=0, facts={}) for at in bills]
    return replace(story, steps=tuple(sorted([*story.steps, *extra], key=lambda step: step.at)))


def content(documents: list[Document]) -> list[tuple[object, ...]]:
    return [
        (d.kind, d.subtotal, d.tax, d.total, d.credit_applied, tuple((x.charge, x.start, x.end) for x, _ in d.lines))
        for d in documents
    ]


slow = examples(8)


@slow
@given(years(), st.sampled_from([1, 7, 30]))
def test_billing_daily_weekly_monthly_or_once_late_makes_the_same_documents(story: Story, days: int) -> None:
    punctual, once = (content(Paper(billed_every(story, every)).play()) for every in (days, YEAR))
    assert punctual == once


def test_a_seat_that_comes_at_the_instant_of_a_pause_and_its_end_is_charged_from_that_day_on() -> None:
    story = read_story(
        TEMPLATE.format(
            zone="Asia/Shanghai", team_interval="month", pro_interval="month", anchor="calendar", timing="in_advance",
            trial=0, free="false",
        )
    )  # fmt: skip
    at = story.steps[0].at + timedelta(hours=30)
    seat = {"meter": "seats", "item": "user 1"}
    happened = [
        Step(at=story.steps[0].at, do="subscribe", line=0, facts={"plan": "team"}),
        *(Step(at=at, do=do, line=0, facts=facts) for do, facts in (("add", seat), ("pause", {}), ("resume", {}))),
    ]
    daily, once = (Paper(billed_every(replace(story, steps=tuple(happened)), every)).play() for every in (1, YEAR))
    assert content(daily) == content(once)
    seats = [line for document in daily[:6] for line, _ in document.lines if line.charge == "seat"]
    assert [line.amount_minor for line in seats] == [3000, 3000, 3000]  # charged, given back, charged again


@slow
@given(years())
def test_billing_again_makes_nothing(story: Story) -> None:
    paper = Paper(billed_every(story, YEAR))
    before = len(paper.play())
    paper.bill()
    assert len(paper.documents) == before


@slow
@given(years())
def test_no_day_of_a_flat_charge_is_charged_twice_unless_it_was_credited(story: Story) -> None:
    documents = Paper(billed_every(story, YEAR)).play()
    days: Counter[date] = Counter()
    for document in documents:
        for index, (due, line) in enumerate(document.lines):
            if due.charge != "base" or document.kind != "invoice":
                continue
            credited = document.credited.get(index)
            kept = due.end if credited is None else due.start + _kept(due.end - due.start, credited.amount_minor, line)
            days.update(due.start + timedelta(days=n) for n in range((kept - due.start).days))
    assert set(days.values()) <= {1}


def _kept(length: timedelta, credited_minor: int, line: object) -> timedelta:
    amount = line.amount_minor  # type: ignore[attr-defined]
    return timedelta(days=round(length.days * (amount - credited_minor) / amount))


@slow
@given(years())
def test_credit_never_exceeds_what_was_charged(story: Story) -> None:
    for document in Paper(billed_every(story, YEAR)).play():
        for index, credit in document.credited.items():
            line = document.lines[index][1]
            assert 0 <= credit.amount_minor <= line.amount_minor
            assert 0 <= credit.tax_minor <= line.tax_minor
