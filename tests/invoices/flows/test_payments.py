"""Paying online, end to end against the double: however often webhook and browser come, one payment, one posting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoices.errors import GatewayUnavailable, InvoiceSettled, NoGateway, WebhookNotGenuine
from invoices.flows.payments import ask_about, ask_about_waiting, open_payment_page, take_webhook
from invoices.models import GatewayEvent, Invoice, InvoiceState, Payment, PaymentAttempt
from invoices.operations.payments import record_payment
from provider.kernel import ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import OutboxEvent
from provider.kernel.money import Money
from tests.invoices.factories import AT, make_invoice
from tests.racing import race
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return datetime.now(UTC)


def begin(invoice: Invoice) -> PaymentAttempt:
    open_payment_page(invoice_id=invoice.id, by=SYSTEM, real_at=now())
    return PaymentAttempt.objects.filter(invoice=invoice).latest("created_at")


def deliver(double: Running, *, keep: bool = False) -> list[str]:
    """Hand the waiting webhooks to the product; what came of each."""
    outcomes: list[str] = []

    def to(body: bytes, headers: dict[str, str]) -> int:
        told = take_webhook(body=body, signature=headers["Stripe-Signature"], real_at=now())
        outcomes.append(told.outcome)
        return 200

    double.store.deliver(to, keep=keep)
    return outcomes


def come_back(attempt: PaymentAttempt) -> str:
    return ask_about(PaymentAttempt.objects.get(pk=attempt.pk), by=SYSTEM, real_at=now()).outcome


def in_transit() -> int:
    return ledger.balance(of=LedgerAccount.IN_TRANSIT, currency="CNY").minor


def test_the_payer_pays_and_webhooks_and_browser_make_one_payment(double: Running):
    invoice = make_invoice()
    attempt = begin(invoice)
    assert attempt.page_url.startswith(double.address)
    double.store.pay(attempt.session_id)

    assert deliver(double, keep=True) == ["done", "ignored"]
    assert deliver(double) == ["known", "known"]
    assert come_back(attempt) == "ignored"

    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.method, payment.attempt) == (31800, "stripe", attempt)
    assert in_transit() == 31800
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 0
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert GatewayEvent.objects.count() == 2


def test_the_browser_may_be_quicker_than_the_webhook(double: Running):
    attempt = begin(make_invoice())
    double.store.pay(attempt.session_id)

    assert come_back(attempt) == "done"
    assert set(deliver(double)) == {"ignored"}

    assert Payment.objects.count() == 1
    assert in_transit() == 31800


def test_pressing_twice_leads_to_the_same_page(double: Running):
    invoice = make_invoice()

    assert begin(invoice) == begin(invoice)
    assert PaymentAttempt.objects.count() == 1


def test_a_call_whose_answer_got_lost_is_made_again_with_the_same_key(double: Running):
    invoice = make_invoice()
    double.trouble("lost", times=3)
    with pytest.raises(GatewayUnavailable):
        begin(invoice)
    assert PaymentAttempt.objects.get().status == "created"

    attempt = begin(invoice)

    assert attempt.status == "open"
    assert len({key for method, _, key in double.calls if method == "POST"}) == 1
    mine = [s for s in double.store.all_of("checkout.session") if s["client_reference_id"] == str(attempt.id)]
    assert len(mine) == 1


def test_a_declined_card_is_told_once_and_another_one_pays(double: Running):
    invoice = make_invoice()
    attempt = begin(invoice)
    double.store.decline(attempt.session_id, decline_code="insufficient_funds")
    double.store.decline(attempt.session_id, decline_code="insufficient_funds")

    assert deliver(double) == ["done", "ignored"]
    assert PaymentAttempt.objects.get().failure_code == "insufficient_funds"
    assert OutboxEvent.objects.filter(name="invoices.payment_failed").count() == 1
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 31800

    double.store.ask_for_3ds(attempt.session_id)
    double.store.pay(attempt.session_id)
    deliver(double)

    assert PaymentAttempt.objects.get().status == "succeeded"
    assert Payment.objects.get().amount_minor == 31800


def test_a_page_that_expired_is_replaced_by_a_new_one(double: Running):
    invoice = make_invoice()
    attempt = begin(invoice)
    double.store.expire_session(attempt.session_id)
    assert deliver(double) == ["done"]

    following = begin(invoice)

    assert PaymentAttempt.objects.get(pk=attempt.pk).status == "expired"
    assert following.session_id != attempt.session_id


def test_another_amount_than_asked_for_waits_for_finance_and_settles_nothing(double: Running):
    invoice = make_invoice()
    attempt = begin(invoice)
    double.store.get(attempt.session_id)["amount_total"] = 30000
    double.store.pay(attempt.session_id)

    assert deliver(double)[0] == "mismatch"

    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 31800
    assert Payment.objects.get().amount_minor == 30000
    assert ledger.balance(of=LedgerAccount.UNAPPLIED, currency="CNY").minor == -30000
    assert GatewayEvent.objects.filter(outcome="mismatch").count() == 1


def test_paid_by_bank_meanwhile_the_card_payment_is_kept_and_waits(double: Running):
    invoice = make_invoice()
    attempt = begin(invoice)
    record_payment(
        account_id=invoice.account_id, invoice_id=invoice.id, method="bank", reference="T-1",
        amount=Money(31800, "CNY"), received_on=AT.date(), by=SYSTEM, at=AT,
    )  # fmt: skip
    double.store.pay(attempt.session_id)

    deliver(double)

    assert Payment.objects.count() == 2
    assert ledger.balance(of=LedgerAccount.UNAPPLIED, currency="CNY").minor == -31800
    with pytest.raises(InvoiceSettled, match=invoice.number_text):
        begin(invoice)


def test_a_forged_webhook_does_nothing_and_one_of_a_stranger_is_kept_as_ignored(double: Running):
    attempt = begin(make_invoice())
    double.store.pay(attempt.session_id)
    event = double.store.undelivered[0]
    body, headers = double.store.signed(event, secret="whsec_of_somebody")
    with pytest.raises(WebhookNotGenuine):
        take_webhook(body=body, signature=headers["Stripe-Signature"], real_at=now())
    assert not Payment.objects.exists()

    PaymentAttempt.objects.filter(pk=attempt.pk).update(gateway="other")
    assert set(deliver(double)) == {"ignored"}
    assert not Payment.objects.exists()


def test_what_no_webhook_told_is_asked_for_after_a_while(double: Running):
    attempt = begin(make_invoice())
    double.store.pay(attempt.session_id)
    double.store.undelivered.clear()

    assert ask_about_waiting(real_at=now()) == 0
    assert ask_about_waiting(real_at=now() + timedelta(minutes=11)) == 1

    assert Payment.objects.count() == 1


def test_without_a_gateway_nobody_is_sent_anywhere(settings):
    settings.STRIPE_KEY = ""

    with pytest.raises(NoGateway):
        begin(make_invoice())
    assert ask_about_waiting(real_at=now()) == 0


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_webhook_and_browser_at_the_same_moment(double: Running):
    attempt = begin(make_invoice())
    double.store.pay(attempt.session_id)

    race(lambda: come_back(attempt), lambda: deliver(double, keep=True), lambda: come_back(attempt))

    assert Payment.objects.count() == 1
    assert in_transit() == 31800
