"""What was billed is taken back: void, credit notes by line and amount, and money that goes back once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoices.errors import (
    CreditTooHigh,
    InvoiceHasPayments,
    NothingToCredit,
    PreviewOutdated,
    RefundNotByCard,
    RefundNotPossible,
    RefundReferenceMissing,
)
from invoices.flows.payments import ask_about, open_payment_page
from invoices.flows.refunds import ask_again, refund_by_card
from invoices.gateways import stripe
from invoices.models import CreditNote, Invoice, Payment, PaymentAttempt, Refund
from invoices.operations.billing import bill_account
from invoices.operations.credit_notes import credit_invoice, spread, void_invoice
from invoices.operations.payments import record_payment
from invoices.operations.refunds import begin_refund_by_card, refund_by_bank
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import now
from provider.kernel.money import Money

from .test_runs import assert_laws, customers

pytestmark = pytest.mark.django_db
FEBRUARY = datetime(2026, 2, 20, tzinfo=UTC)


def billed() -> Invoice:
    """An invoice over 106.00 CNY that asks for all of it."""
    _, (account_id,) = customers(1)
    (made,) = bill_account(account_id=account_id, at=FEBRUARY, by=SYSTEM)
    return Invoice.objects.select_related("state").get(pk=made.id)


def paid(invoice: Invoice, *, method: str = "bank", minor: int = 10600) -> Payment:
    return record_payment(
        account_id=invoice.account_id, method=method, reference=f"pi_{invoice.number_text}", amount=Money(minor, "CNY"),
        received_on=FEBRUARY.date(), by=SYSTEM, at=FEBRUARY, invoice_id=invoice.pk,
    ).payment  # fmt: skip


def credit(invoice: Invoice, **facts: object) -> CreditNote:
    usual = {"account_id": invoice.account_id, "invoice_id": invoice.pk, "reason": "", "by": SYSTEM, "at": FEBRUARY}
    made = credit_invoice(**usual | facts)  # type: ignore[arg-type]
    return CreditNote.objects.get(pk=made.document.id)


def assert_books() -> None:
    assert_laws()
    assert laws.check(laws.known(["refunds_are_what_was_promised"])[0]).holds


def test_an_unpaid_invoice_is_voided_once_and_asks_for_nothing() -> None:
    invoice = billed()
    facts = {
        "account_id": invoice.account_id,
        "invoice_id": invoice.pk,
        "reason": "Mistake",
        "by": SYSTEM,
        "at": FEBRUARY,
    }

    made = void_invoice(**facts)  # type: ignore[arg-type]

    invoice.state.refresh_from_db()
    assert (made.document.total_minor, made.settled_minor) == (10600, 10600)
    assert (invoice.state.open_minor, invoice.state.credited_minor) == (0, 10600)
    assert CreditNote.objects.get().cause == "void"
    with pytest.raises(NothingToCredit):
        void_invoice(**facts)  # type: ignore[arg-type]
    assert_books()


def test_a_credit_note_takes_off_what_is_open_first_and_a_paid_invoice_is_not_voided() -> None:
    invoice = billed()
    paid(invoice, minor=6000)
    line = invoice.lines.get()

    note = credit(invoice, amounts={line.pk: 5000}, settles=True)

    invoice.state.refresh_from_db()
    assert (note.total_minor, invoice.state.open_minor, invoice.state.credited_minor) == (5300, 0, 4600)
    assert note.credit_minor - note.uses.get().amount_minor == 700
    with pytest.raises(InvoiceHasPayments):
        void_invoice(account_id=invoice.account_id, invoice_id=invoice.pk, reason="", by=SYSTEM, at=FEBRUARY)
    with pytest.raises(CreditTooHigh):
        credit(invoice, amounts={line.pk: 5001})
    assert spread(invoice, amount_minor=5000) == {line.pk: 5000}
    with pytest.raises(CreditTooHigh):
        spread(invoice, amount_minor=5001)
    assert_books()


def test_a_preview_promises_what_is_issued() -> None:
    invoice = billed()
    facts: dict = {
        "account_id": invoice.account_id,
        "invoice_id": invoice.pk,
        "reason": "",
        "by": SYSTEM,
        "at": FEBRUARY,
    }
    shown = credit_invoice(**facts, settles=True, is_preview=True)
    assert not CreditNote.objects.exists()
    paid(invoice, minor=600)

    with pytest.raises(PreviewOutdated) as outdated:
        credit_invoice(**facts, settles=True, expected=shown.fingerprint)

    new = outdated.value.preview
    assert (shown.settled_minor, new.settled_minor) == (10600, 10000)  # type: ignore[attr-defined]


def test_money_goes_back_by_bank_once() -> None:
    invoice = billed()
    paid(invoice)
    note = credit(invoice, as_="refund")
    assert note.refund_minor == 10600
    with pytest.raises(RefundReferenceMissing):
        refund_by_bank(credit_note_id=note.pk, reference=" ", by=SYSTEM, at=FEBRUARY)
    with pytest.raises(RefundNotByCard):
        begin_refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=FEBRUARY)
    cash = ledger.balance(of=LedgerAccount.CASH, currency="CNY")

    refund_by_bank(credit_note_id=note.pk, reference="T-9", by=SYSTEM, at=FEBRUARY)

    assert ledger.balance(of=LedgerAccount.CASH, currency="CNY").minor == cash.minor - 10600
    with pytest.raises(RefundNotPossible):
        refund_by_bank(credit_note_id=note.pk, reference="T-10", by=SYSTEM, at=FEBRUARY)
    assert_books()


def test_money_goes_back_to_the_card_once_although_the_line_failed(double) -> None:
    invoice = billed()
    intent = paid_at(double, invoice)
    note = credit(invoice, as_="refund")
    double.trouble("lost", times=1)

    for _ in range(3):
        try:
            refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=FEBRUARY)
        except RefundNotPossible:
            continue

    assert [one["payment_intent"] for one in double.store.all_of("refund")].count(intent) == 1
    assert Refund.objects.get().status == "succeeded"
    assert_books()


def test_a_refund_whose_answer_was_lost_is_asked_about_by_the_clock_and_paid_once(double) -> None:
    invoice = billed()
    intent = paid_at(double, invoice)
    note = credit(invoice, as_="refund")
    refund = begin_refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=now())

    assert ask_again(real_at=now()) == 0  # whoever began it may still be waiting for its answer
    double.trouble("lost", times=1)
    for _ in range(3):
        ask_again(real_at=now() + timedelta(minutes=11))

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert [one["payment_intent"] for one in double.store.all_of("refund")].count(intent) == 1
    assert_books()


def test_a_refund_that_the_gateway_never_named_is_left_to_a_person_after_a_day(double) -> None:
    invoice = billed()
    paid_at(double, invoice)
    note = credit(invoice, as_="refund")
    refund = begin_refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=now() - timedelta(days=2))

    assert ask_again(real_at=now()) == 0  # under a key that is forgotten it could be paid twice
    Refund.objects.filter(pk=refund.pk).update(reference="re_unknown")
    assert ask_again(real_at=now()) == 1  # the gateway knows no such refund: told in the log, tried again later
    refund.refresh_from_db()
    assert refund.status == "created"


def test_a_refund_whose_key_the_gateway_has_forgotten_is_found_there_and_not_paid_twice(double) -> None:
    invoice = billed()
    intent = paid_at(double, invoice)
    note = credit(invoice, as_="refund")
    begun = begin_refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=now() - timedelta(days=2))
    money = Money(begun.amount_minor, begun.currency)
    stripe.refund(refund_id=begun.id, intent_id=intent, amount=money)  # its answer never arrives
    made = [one for one in double.store.all_of("refund") if one["payment_intent"] == intent]
    double.store.keys.clear()

    refund = refund_by_card(credit_note_id=note.pk, by=SYSTEM, at=now())

    assert [one for one in double.store.all_of("refund") if one["payment_intent"] == intent] == made
    assert refund.status == "succeeded"
    assert_books()


def paid_at(double, invoice: Invoice) -> str:
    """The invoice paid on Stripe's page."""
    open_payment_page(invoice_id=invoice.pk, by=SYSTEM, real_at=now())
    attempt = PaymentAttempt.objects.get()
    double.store.pay(attempt.session_id)
    ask_about(attempt, by=SYSTEM, real_at=now())
    return Payment.objects.get().reference
