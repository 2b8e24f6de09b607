"""Machines give money back to the card that paid: seen first, asked once, and never beyond what the note promised."""

from __future__ import annotations

import pytest

from invoices.flows.payments import ask_about, open_payment_page
from invoices.flows.refunds import ask_again
from invoices.models import CreditNote, Invoice, Payment, PaymentAttempt, Refund
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from tests.api.conftest import Caller, assert_problem, caller_for, make_key
from tests.factories import make_account
from tests.invoices.factories import make_invoice
from tests.stripe_double import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invoice(provider: Account) -> Invoice:
    return make_invoice(account=make_account(name="Hengtai", email="li@hengtai.example"))


def pay_by_card(double: Running, invoice: Invoice) -> Payment:
    """On Stripe's page."""
    open_payment_page(invoice_id=invoice.pk, by=SYSTEM, real_at=now())
    attempt = PaymentAttempt.objects.get()
    double.store.pay(attempt.session_id)
    ask_about(attempt, by=SYSTEM, real_at=now())
    return Payment.objects.get()


def credited(machine: Caller, invoice: Invoice) -> str:
    """The address of a credit note over all of it, to be paid back."""
    made = machine.post(f"/invoices/{invoice.id}/credit", {"how": "refund", "reason": "Cancelled"})
    assert made.status_code == 200, made.content
    return f"/credit-notes/{made.json()['id']}"


def given_back(double: Running, payment: Payment) -> int:
    """How often."""
    return [one["payment_intent"] for one in double.store.all_of("refund")].count(payment.reference)


def test_a_machine_sees_what_goes_back_and_gives_it_back_once(
    machine: Caller, invoice: Invoice, double: Running
) -> None:
    payment = pay_by_card(double, invoice)
    address = credited(machine, invoice)

    seen = machine.post(f"{address}/refund-by-card", {"preview": True})
    assert (seen.status_code, seen.json()["payment_id"], seen.json()["is_begun"]) == (200, str(payment.pk), False)
    assert not Refund.objects.exists()
    stale = machine.post(f"{address}/refund-by-card", {"expected": "of something else"})
    assert_problem(stale, status=409, code="facts_changed")
    assert not Refund.objects.exists()

    act = {"expected": seen.json()["fingerprint"]}
    first, again = (machine.post(f"{address}/refund-by-card", act, key="back-1") for _ in range(2))
    assert (first.status_code, first.json()["status"], first.json()["method"]) == (201, "succeeded", "stripe")
    assert (first.json()["amount"], first.json()) == (seen.json()["amount"], again.json())
    assert given_back(double, payment) == 1
    for body in ({}, {"preview": True}):
        assert_problem(machine.post(f"{address}/refund-by-card", body), status=409, code="refund_not_possible")
    assert machine.get(address).json()["refund_left"] == "0.00"


def test_a_refund_whose_answer_was_lost_waits_and_is_paid_once(
    machine: Caller, invoice: Invoice, double: Running
) -> None:
    payment = pay_by_card(double, invoice)
    address = credited(machine, invoice)
    double.trouble("lost", times=10)

    lost = machine.post(f"{address}/refund-by-card", {}, key="back-2")
    assert (lost.status_code, lost.json()["status"]) == (202, "created")
    waiting = machine.post(f"{address}/refund-by-card", {"preview": True}).json()
    assert (waiting["is_begun"], waiting["amount"]) == (True, lost.json()["amount"])
    double.troubles.clear()
    Refund.objects.update(created_at=now())
    more = machine.post(f"{address}/refund-by-card", {"expected": waiting["fingerprint"]})

    assert (more.status_code, more.json()["id"], more.json()["status"]) == (201, lost.json()["id"], "succeeded")
    assert (given_back(double, payment), ask_again(real_at=now())) == (1, 0)


def test_what_no_card_paid_is_refused_and_so_is_a_house_without_a_gateway(
    machine: Caller, invoice: Invoice, double: Running, settings
) -> None:
    machine.post(
        f"/invoices/{invoice.id}/payments", {"amount": "318.00", "received_on": "2026-11-01", "reference": "T"}
    )
    address = credited(machine, invoice)
    for body in ({}, {"preview": True}):
        assert_problem(machine.post(f"{address}/refund-by-card", body), status=409, code="refund_not_by_card")
    settings.STRIPE_KEY = ""
    for body in ({}, {"preview": True}):
        assert_problem(machine.post(f"{address}/refund-by-card", body), status=409, code="no_gateway")
    assert machine.post(f"{address}/refund-by-card", {"amount": "1"}).status_code == 422
    assert not Refund.objects.exists()


def test_only_a_key_for_it_gives_back_and_a_test_key_never_real_money(
    machine: Caller, provider: Account, invoice: Invoice, double: Running
) -> None:
    payment = pay_by_card(double, invoice)
    address = f"{credited(machine, invoice)}/refund-by-card"
    clerk = caller_for(provider, portal="provider", scopes=["credits:write", "invoices:read"])
    tester = caller_for(provider, portal="provider")
    tester.secret = make_key(provider, portal="provider", is_test=True)[1]
    subscriber = caller_for(CreditNote.objects.get().account)

    assert clerk.post(address, {}).status_code == 403
    assert subscriber.post(address, {}).status_code == 403
    for body in ({}, {"preview": True}):
        assert_problem(tester.post(address, body), status=404, code="not_found")
    assert given_back(double, payment) == 0
