"""Invoices that wait for approval: made as drafts by the run, sent by whoever approves them, exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from invoices.errors import (
    ApprovalPercentMissing,
    ApprovalRuleExists,
    InvoiceNotWaiting,
    PreviewOutdated,
    SettingAsideNeedsReason,
)
from invoices.models import (
    ApprovalRule,
    CreditNote,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceState,
    WaitingInvoice,
)
from invoices.operations import balances, runs, subscriptions
from invoices.operations.approvals import NewRule, add_rule, approve, end_rule, set_aside
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription
from provider.accounts.models import Account
from provider.kernel import laws, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow, LedgerEntry
from provider.kernel.money import Money
from provider.messages.models import Message
from provider.workshop.stories.stage import Stage
from tests.factories import make_account
from tests.invoices.selling import make_stage
from tests.racing import race

START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEBRUARY = datetime(2026, 2, 15, tzinfo=UTC)
APRIL = datetime(2026, 4, 20, tzinfo=UTC)


def customer(stage: Stage, *, plan: str = "team", starts_at: datetime | None = None, **facts: Any) -> Account:
    account = make_account(time_zone="Asia/Shanghai", is_test=True, email="a@example.com", **facts)
    Account.objects.filter(id=account.id).update(created_at=START)
    wish = NewSubscription(version_id=stage.versions[plan].id, starts_at=starts_at)
    subscriptions.start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=START)
    return account


def rule(kind: str, **facts: Any) -> ApprovalRule:
    return add_rule(rule=NewRule(kind=kind, **facts), by=SYSTEM, at=START)


def run(at: datetime = FEBRUARY) -> runs.Batch:
    return runs.bill_all(as_of=at, by=SYSTEM)


def waiting() -> list[UUID]:
    return list(WaitingInvoice.objects.filter(state="waiting").order_by("invoice__due_at").values_list("pk", flat=True))


def assert_laws() -> None:
    found = [laws.check(law) for law in laws.known()]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


@pytest.mark.django_db
def test_without_a_rule_nothing_waits() -> None:
    customer(make_stage())

    done = run()

    assert (done.invoices, done.waiting, waiting()) == (1, 0, [])


@pytest.mark.django_db
def test_what_waits_asks_nobody_and_becomes_an_invoice_of_the_day_of_approval() -> None:
    stage = make_stage()
    account = customer(stage)
    rule("above", above=Money(10000, "CNY"))
    balances.top_up(
        account_id=account.pk,
        amount=Money(2000, "CNY"),
        name="main",
        source_kind="test",
        source_id="1",
        by=SYSTEM,
        at=START,
    )
    outbox.drain()
    sent, entries = Message.objects.count(), LedgerEntry.objects.count()
    next_number = InvoiceSeries.objects.get().next_number

    done = run(APRIL)  # February, March and April, late; nothing stops for the one that waits
    outbox.drain()

    assert (done.invoices, done.waiting, done.totals) == (0, 3, {})
    assert run(APRIL) == runs.Batch()
    assert bill_account(account_id=account.pk, at=APRIL, by=SYSTEM) == ()
    assert (Message.objects.count(), LedgerEntry.objects.count()) == (sent, entries)
    assert InvoiceSeries.objects.get().next_number == next_number
    first = Invoice.objects.get(pk=waiting()[0])
    assert (first.status, first.number, first.number_text, first.issued_on, first.pay_by_on) == (
        "draft",
        None,
        "",
        None,
        None,
    )
    assert first.waiting.reasons == [{"kind": "above", "limit_minor": 10000, "percent": 0}]
    assert not InvoiceState.objects.filter(invoice__status="draft").exists()
    assert_laws()

    seen = approve(invoice_ids=[first.pk], by=SYSTEM, at=APRIL, is_preview=True)
    made = approve(invoice_ids=[first.pk], by=SYSTEM, at=APRIL, expected=seen.fingerprint)
    outbox.drain()

    first.refresh_from_db()
    assert made == seen
    assert (made.totals, made.due) == ((Money(10600, "CNY"),), (Money(8600, "CNY"),))
    assert (first.status, first.number, first.issued_on, first.due_at.month) == (
        "finalized",
        next_number,
        date(2026, 4, 20),
        2,
    )
    assert (first.balance_applied_minor, first.due_minor) == (2000, 8600)
    assert first.pay_by_on is not None
    assert first.pay_by_on > date(2026, 4, 20)
    assert first.snapshot["number"] == first.number_text
    assert first.snapshot["due_minor"] == 8600
    assert Message.objects.count() == sent + 1
    assert len(waiting()) == 2
    assert AuditRow.objects.filter(verb="invoice.approved", subject_id=str(first.pk)).exists()
    assert_laws()

    approve(invoice_ids=waiting(), by=SYSTEM, at=APRIL)
    assert [row.number for row in Invoice.objects.order_by("number")] == [1, 2, 3, 4]
    assert_laws()


@pytest.mark.django_db
def test_the_first_invoice_of_an_account_waits_and_the_second_does_not() -> None:
    stage = make_stage()
    rule("first")
    late = customer(stage, starts_at=datetime(2026, 1, 31, 16, tzinfo=UTC))  # nothing is billed before February
    old = customer(stage)  # its first one was made as it was seen, by the act

    done = run(datetime(2026, 3, 20, tzinfo=UTC))

    found = Invoice.objects.get(status="draft")
    assert (done.waiting, found.account_id, found.due_at.month) == (1, late.pk, 1)  # the end of January, in UTC
    assert found.waiting.reasons == [{"kind": "first", "limit_minor": 0, "percent": 0}]
    assert not WaitingInvoice.objects.filter(account=old).exists()


@pytest.mark.django_db
def test_a_change_from_last_time_is_judged_month_by_month() -> None:
    stage = make_stage()
    account = customer(stage)
    run()  # 106.00
    rule("changed", percent=20)
    mine = account.pk
    run(datetime(2026, 3, 16, tzinfo=UTC))
    assert waiting() == []
    subscription = InvoiceLine.objects.filter(invoice__account_id=mine, subscription__isnull=False)[0].subscription_id
    assert subscription is not None
    subscriptions.change_plan(
        account_id=mine, subscription_id=subscription, version_id=stage.versions["pro"].id, when="period_end",
        by=SYSTEM, at=datetime(2026, 3, 20, tzinfo=UTC),
    )  # fmt: skip

    run(datetime(2026, 5, 16, tzinfo=UTC))

    row = WaitingInvoice.objects.get()  # April came to 328.60; May, the same again, does not wait
    assert row.reasons == [{"kind": "changed", "limit_minor": 10600, "percent": 20}]
    assert (row.last_minor, row.invoice.total_minor) == (10600, 32860)
    assert_laws()


@pytest.mark.django_db
def test_what_is_cut_while_it_waits_is_credited_when_it_is_approved() -> None:
    stage = make_stage()
    account = customer(stage)
    rule("above", above=Money(0, "CNY"))
    run()  # 15 February to 15 March: 28 days
    line = InvoiceLine.objects.get(invoice__status="draft")
    assert line.subscription_id is not None
    outcome = subscriptions.cancel(
        account_id=account.pk, subscription_id=line.subscription_id, by=SYSTEM, at=datetime(2026, 2, 28, 4, tzinfo=UTC)
    )
    assert [one.kind for one in outcome.documents] == []  # nobody was asked for anything, so nothing is given back yet
    assert WaitingInvoice.objects.get().owed == [
        {"line_id": line.pk, "unused_days": 14, "days": 28, "end": "2026-03-15"}
    ]

    made = approve(invoice_ids=waiting(), by=SYSTEM, at=APRIL)

    note = CreditNote.objects.get()
    state = InvoiceState.objects.get(invoice=line.invoice_id)
    assert (note.total_minor, note.cause, note.snapshot["lines"][0]["title"]) == (5300, "unused", "team")
    assert (made.totals, made.due, made.credit_notes_count) == ((Money(10600, "CNY"),), (Money(5300, "CNY"),), 1)
    assert (state.open_minor, state.credited_minor) == (5300, 5300)
    assert_laws()


@pytest.mark.django_db
def test_setting_aside_needs_a_reason_and_can_be_thought_over() -> None:
    customer(make_stage())
    rule("above", above=Money(0, "CNY"))
    run()
    ids = waiting()
    with pytest.raises(SettingAsideNeedsReason):
        set_aside(invoice_ids=ids, reason=" ", by=SYSTEM, at=APRIL)

    assert set_aside(invoice_ids=ids, reason="A gift", by=SYSTEM, at=APRIL) == list(ids)

    row = WaitingInvoice.objects.get()
    assert (row.state, row.note, run(FEBRUARY)) == ("set_aside", "A gift", runs.Batch())
    with pytest.raises(InvoiceNotWaiting):
        set_aside(invoice_ids=ids, reason="Again", by=SYSTEM, at=APRIL)
    assert_laws()
    approve(invoice_ids=ids, by=SYSTEM, at=APRIL)
    with pytest.raises(InvoiceNotWaiting):
        approve(invoice_ids=ids, by=SYSTEM, at=APRIL)


@pytest.mark.django_db
def test_an_approval_whose_preview_is_outdated_makes_nothing() -> None:
    account = customer(make_stage())
    rule("above", above=Money(0, "CNY"))
    run()
    seen = approve(invoice_ids=waiting(), by=SYSTEM, at=APRIL, is_preview=True)
    balances.top_up(
        account_id=account.pk,
        amount=Money(2000, "CNY"),
        name="main",
        source_kind="test",
        source_id="1",
        by=SYSTEM,
        at=START,
    )

    with pytest.raises(PreviewOutdated):
        approve(invoice_ids=waiting(), by=SYSTEM, at=APRIL, expected=seen.fingerprint)

    assert len(waiting()) == 1
    with pytest.raises(NotFound):
        approve(invoice_ids=[account.pk], by=SYSTEM, at=APRIL)


@pytest.mark.django_db
def test_rules_stand_once_and_end() -> None:
    first = rule("first")
    with pytest.raises(ApprovalRuleExists):
        rule("first")
    with pytest.raises(ApprovalPercentMissing):
        rule("changed", percent=0)
    rule("above", above=Money(100, "CNY"))
    rule("above", above=Money(100, "TWD"))

    end_rule(rule_id=first.pk, by=SYSTEM, at=APRIL)

    with pytest.raises(NotFound):
        end_rule(rule_id=first.pk, by=SYSTEM, at=APRIL)
    assert rule("first").pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_make_one_invoice() -> None:
    customer(make_stage())
    rule("above", above=Money(0, "CNY"))
    run()
    ids = waiting()

    told: list[str] = []

    def approving() -> None:
        try:
            approve(invoice_ids=ids, by=SYSTEM, at=APRIL)
            told.append("made")
        except InvoiceNotWaiting:
            told.append("late")

    race(approving, approving)

    assert sorted(told) == ["late", "made"]
    assert LedgerEntry.objects.filter(source_kind="invoice", source_id=str(ids[0])).count() == 1
    assert_laws()
