"""Subscriptions as they are billed: each act makes its documents at once, and its preview shows them before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoices.errors import PreviewOutdated
from invoices.models import CreditNote, Invoice, InvoiceLine, InvoiceSeries
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, Outcome
from invoices.rules import snapshot
from plans.errors import (
    NotSoldByUnits,
    PaidBeyondAnchor,
    SamePlan,
    StartsTooEarly,
    SubscribedAlready,
    SubscriptionStateForbids,
)
from plans.models import PendingChange, Period, Subscription
from provider.kernel import ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import AuditRow, LedgerPosting, OutboxEvent
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_5 = datetime(2026, 2, 5, 8, tzinfo=UTC)


def start(stage: Stage, *, plan: str = "team", at: datetime = START, **facts: Any) -> Outcome:
    wish = NewSubscription(version_id=stage.versions[plan].id, **facts)
    return subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=at)


def test_a_start_is_billed_at_once_with_everything_that_belongs_to_it() -> None:
    stage = make_stage()

    outcome = start(stage)

    (document,) = outcome.documents
    assert [(line.charge, line.amount_minor) for line in document.lines] == [("base", 10000), ("setup", 50000)]
    assert (document.subtotal_minor, document.tax_minor, document.total_minor) == (60000, 3600, 63600)
    invoice = Invoice.objects.get()
    assert invoice.number_text == document.number == f"{stage.seller.number_prefix}-2026-000001"
    assert (invoice.status, invoice.issued_on, invoice.due_at) == ("finalized", date(2026, 1, 15), START)
    assert invoice.state.open_minor == 63600
    assert snapshot.read(invoice.snapshot).number == invoice.number_text
    assert outcome.subscription.next_due_at == datetime(2026, 2, 14, 16, tzinfo=UTC)
    base = InvoiceLine.objects.get(charge_code="base")
    assert base.period is not None
    assert (base.period.start_on, base.period.end_on) == (date(2026, 1, 15), date(2026, 2, 15))


def test_a_start_enters_the_books_and_the_history_and_is_told() -> None:
    stage = make_stage()

    outcome = start(stage)

    owed = ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY", account_id=stage.account.id)
    assert owed.minor == 63600
    assert ledger.balance(of=LedgerAccount.DEFERRED_SERVICE, currency="CNY").minor == -60000
    assert ledger.balance(of=LedgerAccount.TAX_PAYABLE, currency="CNY").minor == -3600
    assert AuditRow.objects.filter(verb="subscription.start", subject_id=str(outcome.subscription.id)).exists()
    told = set(OutboxEvent.objects.values_list("name", flat=True))
    assert {"plans.subscription_changed", "invoices.documents_finalized"} <= told
    stage.account.refresh_from_db()
    assert stage.account.currency_fixed_at == START


def test_a_preview_writes_nothing_and_the_act_makes_what_it_showed() -> None:
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["team"].id)
    seen = subscriptions.start_subscription(
        account_id=stage.account.id, wish=wish, by=SYSTEM, at=START, is_preview=True
    )
    for table in (Subscription, Invoice, Period, InvoiceLine, InvoiceSeries, LedgerPosting, OutboxEvent, AuditRow):
        assert not table.objects.exists()

    made = subscriptions.start_subscription(
        account_id=stage.account.id, wish=wish, by=SYSTEM, at=START, expected=seen.fingerprint
    )

    assert seen.due_minor == made.due_minor == 63600
    assert seen.documents[0].number == ""


def test_an_act_that_would_make_something_else_than_its_preview_is_refused_with_the_new_one() -> None:
    stage = make_stage()
    started = start(stage).subscription
    facts = {"account_id": stage.account.id, "subscription_id": started.id, "by": SYSTEM, "at": FEB_5}
    version = stage.versions["pro"].id
    seen = subscriptions.change_plan(**facts, version_id=version, is_preview=True)
    subscriptions.set_quantity(**facts, charge="desk", quantity=Decimal(3))

    with pytest.raises(PreviewOutdated) as refusal:
        subscriptions.change_plan(**facts, version_id=version, expected=seen.fingerprint)

    preview = refusal.value.preview
    assert isinstance(preview, Outcome)
    assert preview.fingerprint != seen.fingerprint
    assert not CreditNote.objects.exists()
    subscriptions.change_plan(**facts, version_id=version, expected=preview.fingerprint)
    assert CreditNote.objects.count() == 2


def test_a_change_credits_what_was_not_used_and_uses_the_credit() -> None:
    stage = make_stage()
    started = start(stage).subscription

    outcome = subscriptions.change_plan(
        account_id=stage.account.id,
        subscription_id=started.id,
        version_id=stage.versions["pro"].id,
        by=SYSTEM,
        at=FEB_5,
    )

    note, invoice = outcome.documents
    assert (note.kind, note.subtotal_minor, note.total_minor) == ("credit_note", 3226, 3420)
    assert note.of_number == f"{stage.seller.number_prefix}-2026-000001"
    assert (invoice.subtotal_minor, invoice.credit_applied_minor) == (10000, 3420)
    row = CreditNote.objects.get()
    assert (row.credit_minor, row.refund_minor, row.number_text) == (3420, 0, note.number)
    assert (row.lines.get().start_on, row.lines.get().end_on) == (date(2026, 2, 5), date(2026, 2, 15))
    assert Period.objects.get(charge_code="base", stretch=0).end_on == date(2026, 2, 5)
    owed = ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY", account_id=stage.account.id)
    assert owed.minor == 63600 - 3420 + invoice.total_minor


def test_unused_time_may_be_dropped_and_stays_dropped() -> None:
    stage = make_stage()
    started = start(stage).subscription

    outcome = subscriptions.cancel(
        account_id=stage.account.id, subscription_id=started.id, unused="none", by=SYSTEM, at=FEB_5
    )

    assert outcome.documents == ()
    assert outcome.subscription.status == "ended"
    assert outcome.next_due_at is None
    assert bill_account(account_id=stage.account.id, at=datetime(2026, 6, 1, tzinfo=UTC), by=SYSTEM) == ()


def test_an_act_first_does_what_was_overdue() -> None:
    stage = make_stage()
    started = start(stage).subscription

    outcome = subscriptions.pause(
        account_id=stage.account.id,
        subscription_id=started.id,
        by=SYSTEM,
        at=datetime(2026, 3, 20, 1, tzinfo=UTC),
    )

    assert [(d.kind, d.due_at.day, d.due_at.month) for d in outcome.documents] == [
        ("invoice", 14, 2),
        ("invoice", 14, 3),
        ("credit_note", 20, 3),
    ]


def test_a_start_in_the_past_is_billed_period_by_period() -> None:
    stage = make_stage(opened="2026-01-01")

    outcome = start(stage, at=datetime(2026, 3, 20, tzinfo=UTC), starts_at=START)

    assert [document.subtotal_minor for document in outcome.documents] == [60000, 10000, 10000]
    assert {invoice.issued_on for invoice in Invoice.objects.all()} == {date(2026, 3, 20)}


def test_a_start_to_come_is_billed_when_it_has_come() -> None:
    stage = make_stage()
    later = datetime(2026, 2, 28, 16, tzinfo=UTC)

    outcome = start(stage, starts_at=later)

    assert (outcome.documents, outcome.subscription.status, outcome.next_due_at) == ((), "scheduled", later)
    (document,) = bill_account(account_id=stage.account.id, at=later, by=SYSTEM)
    assert document.subtotal_minor == 60000
    assert Subscription.objects.get().status == "active"


def test_what_was_planned_is_done_when_its_time_has_come_or_withdrawn_before() -> None:
    stage = make_stage()
    started = start(stage).subscription
    facts = {"account_id": stage.account.id, "subscription_id": started.id, "by": SYSTEM, "at": FEB_5}
    subscriptions.cancel(**facts, when="period_end")
    subscriptions.withdraw(**facts)
    subscriptions.change_plan(**facts, version_id=stage.versions["pro"].id, when="period_end")

    (document,) = bill_account(account_id=stage.account.id, at=datetime(2026, 2, 14, 17, tzinfo=UTC), by=SYSTEM)

    assert [(line.plan, line.amount_minor) for line in document.lines] == [("pro", 31000)]
    assert list(PendingChange.objects.order_by("id").values_list("outcome", flat=True)) == ["withdrawn", "done"]


def test_refusals_change_nothing() -> None:
    stage = make_stage()
    started = start(stage).subscription
    facts = {"account_id": stage.account.id, "subscription_id": started.id, "by": SYSTEM, "at": FEB_5}

    with pytest.raises(SubscribedAlready):
        start(stage)
    with pytest.raises(StartsTooEarly):
        start(stage, plan="calls", code="more", starts_at=datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(SamePlan):
        subscriptions.change_plan(**facts, version_id=stage.versions["team"].id)
    with pytest.raises(NotSoldByUnits):
        subscriptions.set_quantity(**facts, charge="base", quantity=Decimal(2))
    with pytest.raises(PaidBeyondAnchor):
        subscriptions.set_anchor(**facts, day=10, when="now")
    with pytest.raises(SubscriptionStateForbids):
        subscriptions.resume(**facts)
    assert Invoice.objects.count() == 1
