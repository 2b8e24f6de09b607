"""Events that come after their period was billed stand on the next invoice, as a line of their own, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from invoices.models import CreditNote, Invoice, InvoiceLine, WaitingInvoice
from invoices.operations import subscriptions
from invoices.operations.approvals import NewRule, add_rule, approve
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription
from plans.models import Subscription
from plans.operations.usage import NewEvent, record_usage
from plans.rules import arithmetic
from plans.rules.story import read_story
from provider.kernel import laws, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from provider.workshop.stories.stage import Stage, set_stage

pytestmark = pytest.mark.django_db

_STORY = """\
story: The stage of late usage
timezone: Asia/Shanghai
currency: CNY
tax: "6"
meters: {{calls: {{aggregate: count}}}}
plans:
  phone:
    interval: month
    anchor: calendar
    price: "10.00"
    bill: in_arrears
{extra}    charges:
      - {{code: call, model: graduated, meter: calls, tiers: [{{up_to: 10, unit: "1"}}, {{unit: "0.5"}}]{more}}}
steps: [{{at: 2026-01-01, do: bill}}]
expect: [{{at: 2026-01-01, nothing: true}}]
"""
START = datetime(2025, 12, 31, 16, tzinfo=UTC)  # the first instant of January in Shanghai


def month(number: int, day: int = 2) -> datetime:
    return datetime(2026, number, day, tzinfo=UTC)


def set_up(*, extra: str = "", more: str = "") -> Stage:
    stage = set_stage(read_story(_STORY.format(extra=extra and f"    {extra}\n", more=more and f", {more}")))
    wish = NewSubscription(version_id=stage.versions["phone"].id)
    subscriptions.start_subscription(account_id=stage.account.pk, wish=wish, by=SYSTEM, at=START)
    return stage


def use(stage: Stage, name: str, *, count: int, on: datetime, told: datetime) -> None:
    events = [NewEvent(id=f"{name}-{n}", meter="calls", at=on) for n in range(count)]
    record_usage(account_id=stage.account.pk, source="test", events=events, by=SYSTEM, at=told)
    outbox.drain()


def bill(stage: Stage, at: datetime) -> list[tuple[str, date | None, Decimal, int]]:
    """What the account is billed at that moment, line by line."""
    known = set(InvoiceLine.objects.values_list("id", flat=True))
    bill_account(account_id=stage.account.pk, at=at, by=SYSTEM)
    rows = InvoiceLine.objects.exclude(id__in=known).order_by("id")
    return [(f"{row.charge_code} {row.kind}", row.start_on, row.units.normalize(), row.amount_minor) for row in rows]


def assert_laws() -> None:
    found = [laws.check(law) for law in laws.known()]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


def test_late_events_are_a_line_of_the_next_invoice_priced_with_their_period() -> None:
    stage = set_up()
    use(stage, "january", count=8, on=month(1, 10), told=month(1, 10))
    assert bill(stage, month(2)) == [
        ("base recurring", date(2026, 1, 1), 1, 1000),
        ("call usage", date(2026, 1, 1), 8, 800),
    ]
    use(stage, "late", count=4, on=month(1, 20), told=month(2, 3))
    use(stage, "february", count=1, on=month(2, 4), told=month(2, 4))
    assert bill(stage, month(2, 5)) == []  # it waits for the next invoice

    assert bill(stage, month(3)) == [
        ("base recurring", date(2026, 2, 1), 1, 1000),
        ("call usage", date(2026, 2, 1), 1, 100),
        ("call adjustment", date(2026, 1, 1), 4, 300),  # 12 calls cost 11.00, of which 8.00 were billed
    ]
    line = InvoiceLine.objects.get(kind="adjustment")
    how = arithmetic.read(line.arithmetic)
    assert (how.amount_minor, how.before_minor, line.end_on) == (300, 800, date(2026, 2, 1))
    invoice = Invoice.objects.get(pk=line.invoice_id)
    assert invoice.snapshot["lines"][2]["title"] == "Late usage: call"
    assert Subscription.objects.get(id=line.subscription_id).late_from_at is None
    use(stage, "late", count=4, on=month(1, 20), told=month(2, 20))  # the same again is a duplicate
    assert [one[0] for one in bill(stage, month(4))] == ["base recurring"]
    assert_laws()


def test_events_of_the_month_before_last_count_too_and_twice_late_is_billed_twice_in_part() -> None:
    stage = set_up()
    bill(stage, month(2))
    use(stage, "first", count=3, on=month(1, 29), told=month(2, 3))
    assert ("call adjustment", date(2026, 1, 1), 3, 300) in bill(stage, month(3))
    use(stage, "second", count=9, on=month(1, 30), told=month(3, 3))

    assert ("call adjustment", date(2026, 1, 1), 9, 800) in bill(stage, month(4))  # 12 cost 11.00 in all
    assert_laws()


def test_late_usage_counts_towards_what_was_paid_as_minimum() -> None:
    stage = set_up(more='minimum: "9.00"')
    use(stage, "january", count=4, on=month(1, 10), told=month(1, 10))
    assert ("call minimum", date(2026, 1, 1), 1, 500) in bill(stage, month(2))
    use(stage, "late", count=4, on=month(1, 20), told=month(2, 3))
    assert not [one for one in bill(stage, month(3)) if "adjustment" in one[0]]
    use(stage, "later", count=2, on=month(1, 31), told=month(3, 2))

    assert ("call adjustment", date(2026, 1, 1), 6, 100) in bill(stage, month(4))  # 10.00 less 9.00
    assert_laws()


def test_late_usage_counts_towards_the_minimum_of_the_plan() -> None:
    stage = set_up(extra='minimum: "20.00"')
    use(stage, "january", count=4, on=month(1, 10), told=month(1, 10))
    assert ("minimum minimum", date(2026, 1, 1), 1, 600) in bill(stage, month(2))
    use(stage, "late", count=4, on=month(1, 20), told=month(2, 3))
    assert not [one for one in bill(stage, month(3)) if one[1] == date(2026, 1, 1)]
    use(stage, "later", count=4, on=month(1, 30), told=month(3, 2))

    assert ("call adjustment", date(2026, 1, 1), 8, 100) in bill(stage, month(4))  # 12 calls, 11.00: 21.00 in all
    assert_laws()


def test_who_is_not_served_any_more_is_billed_for_late_usage_at_once() -> None:
    stage = set_up()
    subscription = Subscription.objects.get(account=stage.account)
    subscriptions.cancel(account_id=stage.account.pk, subscription_id=subscription.pk, by=SYSTEM, at=month(1, 20))
    use(stage, "late", count=2, on=month(1, 15), told=month(1, 25))

    assert bill(stage, month(1, 26)) == [("call adjustment", date(2026, 1, 1), 2, 200)]
    assert bill(stage, month(1, 27)) == []
    subscription.refresh_from_db()
    assert subscription.next_due_at is None
    assert_laws()


def test_a_run_that_comes_late_bills_late_usage_once() -> None:
    stage = set_up()
    bill(stage, month(2))
    use(stage, "late", count=2, on=month(1, 20), told=month(2, 3))

    assert [one for one in bill(stage, month(5)) if "adjustment" in one[0]] == [
        ("call adjustment", date(2026, 1, 1), 2, 200)
    ]
    assert_laws()


def test_usage_that_is_taken_back_is_credited_of_what_was_charged() -> None:
    stage = set_up()
    use(stage, "january", count=12, on=month(1, 10), told=month(1, 10))
    bill(stage, month(2))  # 11.00 for calls
    back = [NewEvent(id=f"back-{n}", meter="calls", at=month(1, 10), is_removal=True) for n in range(4)]
    record_usage(account_id=stage.account.pk, source="test", events=back, by=SYSTEM, at=month(2, 5))
    outbox.drain()

    bill(stage, month(3))

    note = CreditNote.objects.get()
    line = note.lines.get()
    assert (note.cause, line.amount_minor, line.line.charge_code) == ("corrected", 300, "call")  # 8 calls cost 8.00
    assert Invoice.objects.latest("made_at").credit_applied_minor == 318
    bill(stage, month(4))
    assert CreditNote.objects.count() == 1
    use(stage, "again", count=4, on=month(1, 11), told=month(2, 10))
    assert not [one for one in bill(stage, month(4, 3)) if one[0] == "call adjustment"]
    assert ("call adjustment", date(2026, 1, 1), 4, 300) in bill(stage, month(5))  # 12 calls again
    assert_laws()


def test_late_usage_of_an_invoice_that_waits_comes_after_it_was_approved() -> None:
    stage = set_up()
    add_rule(rule=NewRule(kind="above", above=Money(1500, "CNY")), by=SYSTEM, at=START)
    use(stage, "january", count=8, on=month(1, 10), told=month(1, 10))
    bill(stage, month(2))
    waiting = WaitingInvoice.objects.get()
    use(stage, "late", count=2, on=month(1, 20), told=month(2, 3))
    assert not [one for one in bill(stage, month(3)) if "adjustment" in one[0]]

    approve(invoice_ids=[waiting.pk], by=SYSTEM, at=month(3, 5))

    assert ("call adjustment", date(2026, 1, 1), 2, 200) in bill(stage, month(4))
    assert_laws()
