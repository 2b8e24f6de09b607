"""An event that was told in error is taken back once, by an event of its own; the bill follows, as was shown before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from invoices.errors import PreviewOutdated
from invoices.models import CreditNote, InvoiceLine
from invoices.operations import subscriptions
from invoices.operations.corrections import correct_usage
from invoices.operations.subscriptions import NewSubscription
from invoices.rules.changes import Foreseen
from plans.errors import (
    EventBilledAtOnce,
    EventCorrected,
    EventIsCorrection,
    EventOfOwnCrm,
    NoReasonGiven,
    UsageEventUnknown,
)
from plans.models import UsageEvent
from plans.operations.usage import NewEvent, record_usage
from plans.queries.corrections import Corrected, access_event, access_told_event
from plans.queries.explorer import usage_by_day
from plans.rules.story import read_story
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow
from provider.workshop.stories.stage import Stage, set_stage

from .test_late_usage import START, assert_laws, bill, month, set_up, use

pytestmark = pytest.mark.django_db

METERS = """\
story: Meters of every kind
timezone: Asia/Shanghai
currency: CNY
tax: "6"
meters:
  sold: {aggregate: sum}
  peak: {aggregate: max}
  state: {aggregate: latest}
  seats: {aggregate: unique, property: user, carries_over: true}
  texts: {aggregate: count}
plans:
  all:
    interval: month
    anchor: calendar
    bill: in_arrears
    price: "10.00"
    charges:
      - {code: share, model: percentage, meter: sold, rate: "10", fixed: "1"}
      - {code: peak, model: per_unit, meter: peak, price: "1"}
      - {code: state, model: per_unit, meter: state, price: "1"}
      - {code: seat, model: per_unit, meter: seats, price: "31", prorate: true}
      - {code: text, model: per_unit, meter: texts, price: "1", bill: in_advance}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""


def take_back(
    stage: Stage,
    event_id: str,
    *,
    at: datetime,
    reason: str = "A test call",
    expected: str | None = None,
    is_preview: bool = False,
    source: str = "test",
) -> Foreseen[Corrected]:
    known = access_told_event(account_id=stage.account.pk, source=source, event_id=event_id)
    made = correct_usage(known=known, reason=reason, by=SYSTEM, at=at, expected=expected, is_preview=is_preview)
    outbox.drain()
    return made


def told(made: Foreseen[Corrected]) -> list[tuple[str, date, Decimal, Decimal, int, int]]:
    return [
        (f"{one.line.charge} {one.line.kind}", one.line.start, one.units_before, one.units_after, one.before_minor,
         one.after_minor)
        for one in made.changes
    ]  # fmt: skip


def test_a_call_of_the_open_month_is_taken_back_and_its_invoice_is_what_the_preview_said() -> None:
    stage = set_up()
    use(stage, "call", count=12, on=month(1, 10), told=month(1, 10))

    seen = take_back(stage, "call-3", at=month(1, 12), is_preview=True, reason="")
    assert told(seen) == [("call usage", date(2026, 1, 1), 12, 11, 1100, 1050)]
    assert (seen.difference_minor, UsageEvent.objects.count()) == (-53, 12)

    made = take_back(stage, "call-3", at=month(1, 12), expected=seen.fingerprint)
    correction = made.result.correction
    assert correction is not None
    assert (correction.source, correction.event_id) == ("correction", str(made.result.event.id))
    assert correction.properties == {"corrects": {"source": "test", "id": "call-3"}, "reason": "A test call"}
    assert access_event(account_id=stage.account.pk, number=correction.id).corrects == made.result.event
    assert AuditRow.objects.get(verb="usage.corrected").reason == "A test call"
    [calls] = usage_by_day(account=stage.account, start=date(2026, 1, 1), end=date(2026, 2, 1), at=month(1, 12))
    assert calls.total == 11

    assert ("call usage", date(2026, 1, 1), 11, 1050) in bill(stage, month(2))
    assert_laws()


def test_a_call_of_a_billed_month_is_given_back_with_the_next_invoice() -> None:
    stage = set_up()
    use(stage, "call", count=8, on=month(1, 10), told=month(1, 10))
    bill(stage, month(2))

    made = take_back(stage, "call-0", at=month(2, 12))

    assert told(made) == [("call usage", date(2026, 1, 1), 0, 8, 0, -100)]
    assert (made.changes[0].is_credit, made.difference_minor) == (True, -106)
    assert not CreditNote.objects.exists()
    bill(stage, month(3))
    note = CreditNote.objects.get()
    assert (note.cause, note.total_minor) == ("corrected", 106)
    bill(stage, month(4))
    assert CreditNote.objects.count() == 1
    assert_laws()


def test_an_event_is_taken_back_once_with_a_reason_and_neither_a_correction_nor_a_strangers() -> None:
    stage, other = set_up(), set_up()
    use(stage, "call", count=2, on=month(1, 10), told=month(1, 10))
    own = [NewEvent("own", "calls", month(1))]
    record_usage(account_id=stage.account.pk, source="crm", events=own, by=SYSTEM, at=month(1, 10))

    with pytest.raises(NoReasonGiven):
        take_back(stage, "call-0", at=month(1, 12), reason=" ")
    with pytest.raises(PreviewOutdated):
        take_back(stage, "call-0", at=month(1, 12), expected="something else")
    assert not UsageEvent.objects.filter(source="correction").exists()
    made = take_back(stage, "call-0", at=month(1, 12))
    assert made.result.correction is not None
    with pytest.raises(EventCorrected):
        take_back(stage, "call-0", at=month(1, 13))
    with pytest.raises(EventIsCorrection):
        take_back(stage, str(made.result.event.id), source="correction", at=month(1, 13))
    with pytest.raises(EventOfOwnCrm):
        take_back(stage, "own", source="crm", at=month(1, 13))
    with pytest.raises(UsageEventUnknown):
        take_back(stage, "call-99", at=month(1, 13))
    with pytest.raises(UsageEventUnknown):
        take_back(other, "call-1", at=month(1, 13))
    with pytest.raises(NotFound):
        access_event(account_id=other.account.pk, number=made.result.event.id)
    assert_laws()


def test_what_is_taken_back_leaves_no_trace_on_a_bill_whatever_the_meter_keeps() -> None:
    stage = set_up_all()
    right = {"sold": 50, "peak": 3, "state": 4}
    day = month(1, 10)
    for name, events in {
        "right": [NewEvent(f"{meter}", meter, day, Decimal(value)) for meter, value in right.items()],
        "wrong": [NewEvent(f"{meter}", meter, day, Decimal(900)) for meter in right],
        "seats": [
            NewEvent("ann", "seats", month(1, 1), item="ann"),
            NewEvent("bo", "seats", month(1, 1), item="bo"),
            NewEvent("ann goes", "seats", month(1, 20), item="ann", is_removal=True),
        ],
    }.items():
        record_usage(account_id=stage.account.pk, source=name, events=events, by=SYSTEM, at=month(1, 20))
    outbox.drain()

    for meter in right:
        take_back(stage, meter, source="wrong", at=month(1, 21))
    take_back(stage, "bo", source="seats", at=month(1, 21))
    take_back(stage, "ann goes", source="seats", at=month(1, 21))

    found = usage_by_day(account=stage.account, start=date(2026, 1, 1), end=date(2026, 2, 1), at=month(1, 22))
    assert {one.meter.code: one.total for one in found} == {"seats": 1, "sold": 50, "peak": 3, "state": 4}
    lines = {one[0]: one[3] for one in bill(stage, month(2)) if one[1] == date(2026, 1, 1)}
    assert lines == {
        "base recurring": 1000, "share usage": 600, "peak usage": 300, "state usage": 400, "seat recurring": 3100,
    }  # fmt: skip
    assert_laws()


def test_what_was_billed_when_it_came_is_taken_back_once_its_period_is_over() -> None:
    stage = set_up_all()
    texts = [NewEvent(f"text-{n}", "texts", month(1, 10)) for n in range(2)]
    record_usage(account_id=stage.account.pk, source="test", events=texts, by=SYSTEM, at=month(1, 10))
    outbox.drain()

    with pytest.raises(EventBilledAtOnce):
        take_back(stage, "text-0", at=month(1, 12))
    bill(stage, month(2))
    take_back(stage, "text-0", at=month(2, 12))

    bill(stage, month(3))
    assert CreditNote.objects.get().total_minor == 106
    assert_laws()


def set_up_all() -> Stage:
    stage = set_stage(read_story(METERS))
    wish = NewSubscription(version_id=stage.versions["all"].id)
    subscriptions.start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=START)
    return stage


def test_a_removal_in_the_open_period_waits_for_what_is_billed_at_once_next() -> None:
    stage = set_up_all()
    for number, is_removal, day in ((1, False, 10), (2, True, 11), (3, False, 12), (4, False, 13)):
        at = month(1, day)
        events = [NewEvent(f"text-{number}", "texts", at, is_removal=is_removal)]
        record_usage(account_id=stage.account.pk, source="test", events=events, by=SYSTEM, at=at)
        outbox.drain()

    assert InvoiceLine.objects.filter(charge_code="text").count() == 2  # the first, and what is beyond it again
    assert_laws()
