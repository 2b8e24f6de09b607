"""From a line of an invoice to its events: exactly those that billing had counted, whatever was told afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from invoices.errors import LineCountsNoUsage
from invoices.models import CreditNoteLine, InvoiceLine
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.corrections import correct_usage
from invoices.operations.subscriptions import NewSubscription
from invoices.queries.behind import LineUsage, usage_of_line
from plans.models import Subscription, UsageEvent
from plans.operations.usage import NewEvent, record_usage
from plans.queries.behind import deciding_items
from plans.queries.corrections import access_told_event
from plans.rules import charging
from plans.rules.story import read_story
from plans.rules.usage import CORRECTION
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import first_instant
from provider.kernel.errors import NotFound
from provider.workshop.stories.stage import Stage, set_stage
from tests.properties import examples_on_tables

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2025, 12, 31, 16, tzinfo=UTC)  # the first instant of January there
# What both plans charge; seats and customer records they charge differently.
BOTH = """\
      - {code: call, model: graduated, meter: calls, tiers: [{up_to: 3, unit: "1"}, {unit: "0.5"}]}
      - {code: share, model: percentage, meter: sold, rate: "10", fixed: "1"}
      - {code: peak, model: per_unit, meter: peak, price: "1"}
      - {code: state, model: per_unit, meter: state, price: "1"}
      - {code: visitor, model: per_unit, meter: visitors, price: "1"}
      - {code: text, model: per_unit, meter: texts, price: "1", bill: in_advance}
"""
STORY = f"""\
story: Meters of every kind, on two plans and an add-on
timezone: Asia/Shanghai
currency: CNY
tax: "6"
meters:
  calls: {{aggregate: count}}
  sold: {{aggregate: sum}}
  peak: {{aggregate: max}}
  state: {{aggregate: latest}}
  visitors: {{aggregate: unique, property: user}}
  seats: {{aggregate: unique, property: user, carries_over: true}}
  records: {{aggregate: sum, carries_over: true}}
  texts: {{aggregate: count}}
plans:
  small:
    interval: month
    anchor: calendar
    bill: in_arrears
    price: "10.00"
    charges:
{BOTH}      - {{code: seat, model: per_unit, meter: seats, price: "31", prorate: true}}
      - {{code: record, model: per_unit, meter: records, price: "1"}}
  large:
    interval: month
    anchor: calendar
    bill: in_arrears
    price: "20.00"
    charges:
{BOTH}      - {{code: seat, model: per_unit, meter: seats, price: "31", bill: in_advance}}
      - {{code: record, model: per_unit, meter: records, price: "1", prorate: true}}
  addon:
    interval: month
    anchor: calendar
    bill: in_arrears
    price: "5.00"
    charges: [{{code: call, model: per_unit, meter: calls, price: "2"}}]
steps: [{{at: 2026-01-01, do: bill}}]
expect: [{{at: 2026-01-01, nothing: true}}]
"""
FLOWS = ("calls", "sold", "peak", "state", "visitors")
LEVELS = ("seats", "records")


class Said(NamedTuple):
    """What was told, in the order in which it came in; a correction by the name of what it takes back."""

    name: str
    subscription: str
    meter: str
    at: datetime
    counts: Decimal


@dataclass
class History:
    """An account that is used and billed, and what the test itself knows of it."""

    stage: Stage
    said: list[Said] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)  # by line: how much had been said when it was made
    credited: dict[int, int] = field(default_factory=dict)  # the same by line of a credit note for usage
    changed_at: datetime | None = None
    taken: set[str] = field(default_factory=set)

    def note_lines(self) -> None:
        """Remember how much had come in when the lines were made that are new."""
        for line_id in InvoiceLine.objects.values_list("id", flat=True):
            self.seen.setdefault(line_id, len(self.said))
        for line_id in CreditNoteLine.objects.filter(units__isnull=False).values_list("id", flat=True):
            self.credited.setdefault(line_id, len(self.said))

    def tell(self, event: NewEvent, *, told: datetime) -> None:
        code = event.subscription or "main"
        record_usage(account_id=self.stage.account.pk, source="test", events=[event], by=SYSTEM, at=told)
        value = Decimal(1) if event.meter in ("calls", "texts") else event.value
        self.said.append(Said(event.id, code, event.meter, event.at, -value if event.is_removal else value))
        outbox.drain()
        self.note_lines()

    def take_back(self, said: Said, *, told: datetime) -> None:
        known = access_told_event(account_id=self.stage.account.pk, source="test", event_id=said.name)
        correct_usage(known=known, reason="A test", by=SYSTEM, at=told, expected=None)
        self.taken.add(said.name)
        self.said.append(said._replace(name=f"not {said.name}", counts=-said.counts))
        outbox.drain()
        self.note_lines()

    def bill(self, at: datetime) -> None:
        bill_account(account_id=self.stage.account.pk, at=at, by=SYSTEM)
        self.note_lines()

    def change(self, at: datetime) -> None:
        main = Subscription.objects.get(account=self.stage.account, is_main=True)
        large = self.stage.versions["large"].id
        subscriptions.change_plan(
            account_id=self.stage.account.pk, subscription_id=main.pk, version_id=large, by=SYSTEM, at=at
        )
        self.changed_at = at
        self.note_lines()

    def lines(self) -> list[InvoiceLine]:
        rows = InvoiceLine.objects.exclude(meter_code="").exclude(kind="minimum")
        return list(
            rows.filter(invoice__account=self.stage.account).select_related("invoice", "subscription").order_by("id")
        )

    def expected(self, line: InvoiceLine) -> list[Said]:
        """What was said of the line's flow until it was made, and not already billed of its period."""
        assert line.subscription
        since, until = self._span(line)
        rows = [
            (number, one)
            for number, one in enumerate(self.said[: self.seen[line.pk]])
            if (one.subscription, one.meter) == (line.subscription.code, line.meter_code) and since <= one.at < until
        ]
        before = [self.seen[one.pk] for one in InvoiceLine.objects.filter(period=line.period_id, id__lt=line.pk)]
        if before:
            credits_ = CreditNoteLine.objects.filter(line__period=line.period_id, id__in=self.credited)
            before += [said for one in credits_ if (said := self.credited[one.pk]) < self.seen[line.pk]]
        return [one for number, one in rows if number >= max(before, default=0)]

    def _span(self, line: InvoiceLine) -> tuple[datetime, datetime]:
        assert line.start_on
        assert line.end_on
        since, until = (first_instant(day=day, zone=ZONE) for day in (line.start_on, line.end_on))
        if self.changed_at is None or line.subscription is None or line.subscription.code != "main":
            return since, until
        change_on = self.changed_at.astimezone(ZONE).date()  # its day is the new plan's, its events are parted
        if line.stretch:
            return (self.changed_at if line.start_on == change_on else since), until
        return since, (self.changed_at if line.end_on == change_on else until)


def begin() -> History:
    stage = set_stage(read_story(STORY.replace("&small", "")))
    for plan in ("small", "addon"):
        code = "main" if plan == "small" else plan
        wish = NewSubscription(version_id=stage.versions[plan].id, code=code, is_main=plan == "small")
        subscriptions.start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=START)
    return History(stage)


def behind(line: InvoiceLine) -> LineUsage:
    return usage_of_line(invoice=line.invoice, position=line.position)


def names_in(usage: LineUsage) -> list[str]:
    """The events of a line by the names that the test gave them."""
    rows = list(usage.events())
    corrected = dict(UsageEvent.objects.filter(account_id=usage.invoice.account_id).values_list("id", "event_id"))
    return sorted(f"not {corrected[int(row.event_id)]}" if row.source == CORRECTION else row.event_id for row in rows)


# --- Whatever happens ---


def happens(history: History, chance: Random, *, on: datetime, number: int) -> None:
    """Somebody tells something that happened on that day or up to four weeks ago, or takes something back."""
    late = timedelta(days=chance.choice([0, 0, 0, 1, 6, 13, 27]))
    at = max(START, on - late - timedelta(minutes=chance.randrange(600)))
    known = [one for one in history.said if one.name not in history.taken and one.meter in FLOWS]
    known = [one for one in known if not one.name.startswith("not ")]
    if known and chance.random() < 0.2:
        history.take_back(chance.choice(known), told=on)
        return
    meter = chance.choice([*FLOWS, *FLOWS, *LEVELS])
    item = chance.choice("abc") if meter in ("visitors", "seats") else ""
    value = Decimal(chance.randrange(1, 9)) if meter in ("sold", "peak", "state", "records") else Decimal(1)
    goes = meter in LEVELS and chance.random() < 0.3
    code = "addon" if meter == "calls" and chance.random() < 0.4 else "main"
    history.tell(NewEvent(f"e{number}", meter, at, value, item, goes, None, code), told=on)


def three_months(chance: Random) -> History:
    """Three months in which things happen in any order, with a change of plan in one of them."""
    history, number = begin(), 0
    change_on = chance.choice([None, 12, 40])
    for day in range(1, 94):
        on = START + timedelta(days=day, hours=chance.randrange(11, 20))
        if day == change_on:
            history.change(on)
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            number += 1
            happens(history, chance, on=on + timedelta(minutes=number % 50), number=number)
        if (on.astimezone(ZONE) + timedelta(hours=1)).day == 2:
            history.bill(on + timedelta(hours=1))
    return history


def faults_of(history: History) -> list[str]:
    faults = []
    for line in history.lines():
        usage = behind(line)
        named = f"{line.charge_code} {line.kind} {line.start_on} of {line.subscription}"
        if not usage.ties:
            faults.append(f"{named}: made from {usage.quantity}, its events come to {usage.again}")
        if usage.meter.carries_over:
            continue
        expected = history.expected(line)
        if names_in(usage) != sorted(one.name for one in expected):
            faults.append(f"{named}: lists {names_in(usage)}, billed {sorted(one.name for one in expected)}")
        if line.charge_code in ("call", "share"):
            total = sum((one.counts for one in expected), Decimal(0))
            if not total == usage.again.change == line.units:
                faults.append(f"{named}: {line.units} units, {usage.again.change} listed, {total} told")
    return faults


@examples_on_tables(3)
@given(chance=st.randoms(use_true_random=True))
def test_whatever_was_told_when_the_events_of_a_line_are_those_it_was_made_from(chance: Random) -> None:
    with transaction.atomic():
        history = three_months(chance)

        assert faults_of(history) == []
        assert "usage" in {line.kind for line in history.lines()}
        transaction.set_rollback(True)


# --- Case by case ---


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


def calls(history: History, *names: str, on: datetime, told: datetime | None = None) -> None:
    for name in names:
        history.tell(NewEvent(name, "calls", on, subscription="main"), told=told or on)


def the_line(history: History, charge: str, kind: str) -> InvoiceLine:
    return next(one for one in history.lines() if (one.charge_code, one.kind) == (charge, kind))


def test_late_events_stand_behind_their_own_line_and_what_is_taken_back_behind_both() -> None:
    history = begin()
    calls(history, "a", "b", "c", on=noon(1, 10))
    history.bill(noon(2, 2))
    history.take_back(history.said[0], told=noon(2, 3))
    calls(history, "late", "later", on=noon(1, 20), told=noon(2, 4))
    history.bill(noon(3, 2))

    first, late = the_line(history, "call", "usage"), the_line(history, "call", "adjustment")

    assert names_in(behind(first)) == ["a", "b", "c"]
    [(name, batch)] = behind(first).events().exclude(taken_back_batch=None).values_list("event_id", "taken_back_batch")
    assert name == "a"
    assert batch > behind(first).question.batch  # only after the line was made
    assert names_in(behind(late)) == ["late", "later", "not a"]
    again = behind(late).again
    assert (again.start, again.change, again.total, late.units) == (3, 1, 4, 1)
    assert behind(late).follows == first


def test_what_was_credited_before_is_neither_in_the_units_of_a_late_line_nor_behind_it() -> None:
    history = begin()
    calls(history, "a", "b", "c", on=noon(1, 30))
    history.bill(noon(2, 2))
    history.take_back(history.said[0], told=noon(2, 3))
    history.bill(noon(3, 2))
    calls(history, "late", "later", on=noon(1, 30), told=noon(3, 3))
    history.bill(noon(4, 2))

    credited = CreditNoteLine.objects.get(units__isnull=False)
    first, late = the_line(history, "call", "usage"), the_line(history, "call", "adjustment")

    assert (credited.line_id, credited.units, credited.amount_minor) == (first.pk, 1, 100)
    assert credited.credit_note.snapshot["lines"][0]["detail"] == "call · 1 of 3 taken back"
    assert (late.units, late.amount_minor) == (2, 150)  # the third at 1.00, the fourth at 0.50
    assert names_in(behind(late)) == ["late", "later"]
    again = behind(late).again
    assert (again.start, again.change, again.total) == (2, 2, 4)


def test_each_subscription_and_each_plan_has_its_own_events() -> None:
    history = begin()
    calls(history, "before", on=noon(1, 12))
    history.tell(NewEvent("of the add-on", "calls", noon(1, 12), subscription="addon"), told=noon(1, 12))
    history.change(noon(1, 12) + timedelta(hours=2))
    calls(history, "after", on=noon(1, 12) + timedelta(hours=3))
    history.bill(noon(2, 2))

    found = {(one.plan_code, *names_in(behind(one))) for one in history.lines() if one.charge_code == "call"}

    assert {row[1:] for row in found} == {("before",), ("after",), ("of the add-on",)}
    assert len({row[0] for row in found}) == 3


def test_a_level_says_what_stood_there_and_every_change() -> None:
    history = begin()
    for number, (day, item, goes) in enumerate([(3, "ann", False), (9, "bob", False), (20, "ann", True)]):
        event = NewEvent(f"s{number}", "seats", noon(1, day), Decimal(1), item, goes)
        history.tell(event, told=noon(1, day))
    history.tell(NewEvent("r0", "records", noon(1, 5), Decimal(7)), told=noon(1, 5))
    history.bill(noon(2, 2))
    history.tell(NewEvent("s3", "seats", noon(2, 9), Decimal(1), "eve"), told=noon(2, 9))
    history.bill(noon(3, 2))

    january, february = [one for one in history.lines() if one.charge_code == "seat"]
    records = [one for one in history.lines() if one.charge_code == "record"]

    assert (names_in(behind(january)), behind(january).again.total) == (["s0", "s1", "s2"], 1)
    again = behind(february).again
    assert (names_in(behind(february)), again.start, again.total) == (["s1", "s3"], 1, 2)  # s1 was there before
    assert [names_in(behind(one)) for one in records] == [["r0"], []]
    assert [(behind(one).again.start, behind(one).again.total) for one in records] == [(0, 7), (7, 7)]
    assert all(behind(one).ties for one in history.lines())


def test_a_level_in_advance_shows_what_made_each_line_of_it_rise() -> None:
    history = begin()
    history.change(START + timedelta(hours=1))
    for number, item in enumerate(["ann", "bob"]):
        at = noon(1, 5 + number)
        history.tell(NewEvent(f"s{number}", "seats", at, Decimal(1), item), told=at)

    first, second = [one for one in history.lines() if one.charge_code == "seat"]

    assert (names_in(behind(first)), first.units) == (["s0"], 1)
    assert (names_in(behind(second)), second.units, behind(second).uncharged) == (["s0", "s1"], 1, 1)
    assert (behind(first).ties, behind(second).ties) == (True, True)


def test_events_billed_at_once_stand_behind_one_line_each() -> None:
    history = begin()
    for number in range(2):
        at = noon(1, 5 + number)
        history.tell(NewEvent(f"t{number}", "texts", at), told=at)

    lines = [one for one in history.lines() if one.charge_code == "text"]

    assert [names_in(behind(one)) for one in lines] == [["t0"], ["t1"]]
    assert [behind(one).uncharged for one in lines] == [0, 1]


def test_distinct_items_are_listed_once_and_the_event_that_decides_is_known() -> None:
    history = begin()
    for number, item in enumerate("aba"):
        event = NewEvent(f"v{number}", "visitors", noon(1, 5 + number), Decimal(1), item)
        history.tell(event, told=noon(1, 9))
    for number, value in enumerate([3, 8, 5]):
        for meter in ("peak", "state"):
            event = NewEvent(f"{meter}{number}", meter, noon(1, 5 + number), Decimal(value))
            history.tell(event, told=noon(1, 9))
    history.bill(noon(2, 2))

    visitors, peak, state = (behind(the_line(history, code, "usage")) for code in ("visitor", "peak", "state"))

    assert names_in(visitors) == ["v0", "v1", "v2"]
    once = deciding_items(visitors.question, visitors.events())
    assert sorted(row.event_id for row in once) == ["v0", "v1"]
    deciding = [UsageEvent.objects.get(id=one.again.deciding).event_id for one in (peak, state)]
    assert (deciding, peak.again.total, state.again.total) == (["peak1", "state2"], 8, 5)


def test_an_older_line_is_made_out_from_its_days_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    history = begin()
    calls(history, "a", "b", on=noon(1, 10))
    with monkeypatch.context() as before:
        before.setattr(charging, "_tally", lambda *_, **__: None)  # as lines were made before they kept it
        history.bill(noon(2, 2))
    calls(history, "late", on=noon(1, 20), told=noon(2, 4))
    history.bill(noon(3, 2))

    old, new = behind(the_line(history, "call", "usage")), behind(the_line(history, "call", "adjustment"))

    assert (old.is_exact, old.ties, names_in(old)) == (False, None, ["a", "b"])
    assert (new.is_exact, new.ties, names_in(new)) == (True, True, ["late"])


def test_a_line_without_usage_is_refused_and_an_unknown_one_is_not_there() -> None:
    history = begin()
    calls(history, "a", on=noon(1, 10))
    history.bill(noon(2, 2))
    base = InvoiceLine.objects.filter(charge_code="base").select_related("invoice").earliest("id")

    with pytest.raises(LineCountsNoUsage):
        behind(base)
    with pytest.raises(NotFound):
        usage_of_line(invoice=base.invoice, position=99)
