"""Money arrives once, settles what it can, and the books say so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from invoices.errors import NothingUnapplied, PaymentDiffers, PaymentNotPositive
from invoices.models import Invoice, InvoiceState, Payment
from invoices.operations.payments import Recorded, apply_payment, record_payment
from invoices.queries.payments import unapplied_minor, unapplied_payments
from provider.accounts.models import Account
from provider.kernel import ledger, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow, OutboxEvent
from provider.kernel.money import Money
from provider.messages.models import Message
from tests.factories import make_account
from tests.invoices.factories import AT, make_invoice
from tests.racing import race

pytestmark = pytest.mark.django_db
PAID_ON = date(2026, 11, 9)


def pay(invoice: Invoice, minor: int, *, reference: str = "T-100", currency: str = "CNY", **facts: object) -> Recorded:
    given: dict = {"account_id": invoice.account_id, "invoice_id": invoice.id, "method": "bank"}
    return record_payment(
        **given | facts,
        reference=reference, amount=Money(minor, currency), received_on=PAID_ON, by=SYSTEM, at=AT,
    )  # fmt: skip


def stands(of: LedgerAccount, account: Account | None = None) -> int:
    return ledger.balance(of=of, currency="CNY", account_id=account.id if account else None).minor


def state_of(invoice: Invoice) -> InvoiceState:
    return InvoiceState.objects.get(pk=invoice.pk)


def test_a_payment_settles_its_invoice_and_stands_in_the_books():
    invoice = make_invoice()

    recorded = pay(invoice, 31800)

    state = state_of(invoice)
    assert (recorded.is_new, recorded.settled_minor) == (True, 31800)
    assert (state.open_minor, state.paid_minor, state.settled_at) == (0, 31800, AT)
    assert stands(LedgerAccount.CASH) == 31800
    assert stands(LedgerAccount.RECEIVABLE, invoice.account) == -31800
    names = set(OutboxEvent.objects.values_list("name", flat=True))
    assert {"invoices.payment_received", "invoices.invoice_paid"} <= names
    assert AuditRow.objects.get(verb="payment.recorded").after["settled_minor"] == 31800


def test_money_of_a_gateway_is_in_transit_until_it_is_paid_out():
    pay(make_invoice(), 31800, method="stripe")

    assert stands(LedgerAccount.IN_TRANSIT) == 31800
    assert stands(LedgerAccount.CASH) == 0


def test_the_same_payment_told_again_posts_nothing():
    invoice = make_invoice()
    first = pay(invoice, 31800)

    again = pay(invoice, 31800)

    assert (again.payment, again.is_new, again.settled_minor) == (first.payment, False, 31800)
    assert stands(LedgerAccount.CASH) == 31800
    assert Message.objects.filter(key="payment_received").count() == 1


def test_the_same_reference_with_another_amount_or_payer_is_refused():
    invoice = make_invoice()
    pay(invoice, 31800)

    with pytest.raises(PaymentDiffers, match="T-100"):
        pay(invoice, 31700)
    with pytest.raises(PaymentDiffers):
        pay(make_invoice(), 31800)


def test_part_of_an_invoice_leaves_the_rest_open():
    invoice = make_invoice()

    pay(invoice, 10000)
    pay(invoice, 5000, reference="T-101")

    state = state_of(invoice)
    assert (state.open_minor, state.paid_minor, state.settled_at) == (16800, 15000, None)


def test_more_than_was_open_is_kept_unapplied_and_settles_the_next_invoice():
    invoice = make_invoice()
    recorded = pay(invoice, 40000)
    following = make_invoice(account=invoice.account, seller=None, amount_minor=5000)
    assert stands(LedgerAccount.UNAPPLIED, invoice.account) == -8200
    assert list(unapplied_payments(Payment.objects.all())) == [recorded.payment]

    settled = apply_payment(
        payment_id=recorded.payment.id, invoice_id=following.id, by=SYSTEM, at=AT, reason="Paid too much in November"
    )

    assert settled == 5300
    assert state_of(following).open_minor == 0
    assert unapplied_minor(recorded.payment) == 2900
    assert stands(LedgerAccount.UNAPPLIED, invoice.account) == -2900
    assert stands(LedgerAccount.RECEIVABLE, invoice.account) == -37100


def test_money_of_another_currency_settles_nothing_and_waits():
    invoice = make_invoice()

    recorded = pay(invoice, 4000, currency="USD")

    assert recorded.settled_minor == 0
    assert state_of(invoice).open_minor == 31800
    assert ledger.balance(of=LedgerAccount.UNAPPLIED, currency="USD").minor == -4000
    with pytest.raises(NothingUnapplied):
        apply_payment(payment_id=recorded.payment.id, invoice_id=invoice.id, by=SYSTEM, at=AT, reason="try")


def test_a_payment_is_never_put_against_a_strangers_invoice():
    recorded = pay(make_invoice(), 40000)

    with pytest.raises(NothingUnapplied):
        apply_payment(payment_id=recorded.payment.id, invoice_id=make_invoice().id, by=SYSTEM, at=AT, reason="try")


def test_nothing_and_less_is_no_payment_and_a_draft_is_not_paid():
    with pytest.raises(PaymentNotPositive):
        pay(make_invoice(), 0)
    with pytest.raises(PaymentNotPositive):
        pay(make_invoice(), -5)
    with pytest.raises(NotFound):
        record_payment(
            account_id=make_account().id, invoice_id=make_account().id, method="bank", reference="x",
            amount=Money(1, "CNY"), received_on=PAID_ON, by=SYSTEM, at=AT,
        )  # fmt: skip


def test_the_payer_is_thanked_in_their_language_with_the_receipt():
    invoice = make_invoice(account=make_account(email="li@hengtai.example", language="zh-hans"))
    recorded = pay(invoice, 31800)

    message = Message.objects.get(key="payment_received")

    assert message.params["amount"] == "318.00 元"
    assert message.params["link"] == f"/invoices/receipts/{recorded.payment.id}.pdf"


def test_whoever_has_no_address_pays_all_the_same():
    pay(make_invoice(account=make_account(email="")), 31800)

    assert not Message.objects.filter(key="payment_received").exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_of_one_payment():
    invoice = make_invoice()

    race(lambda: pay(invoice, 31800), lambda: pay(invoice, 31800))

    assert Payment.objects.count() == 1
    assert stands(LedgerAccount.CASH) == 31800
    assert state_of(invoice).open_minor == 0
    outbox.drain()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_never_settle_more_than_is_open():
    invoice = make_invoice()

    race(lambda: pay(invoice, 31800, reference="a"), lambda: pay(invoice, 31800, reference="b"))

    assert state_of(invoice).paid_minor == 31800
    assert stands(LedgerAccount.UNAPPLIED) == -31800
    assert Payment.objects.filter(received_at__lt=AT + timedelta(days=1)).count() == 2
