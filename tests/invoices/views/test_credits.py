"""Finance gives back: looks at what it comes to, issues it, voids what nobody paid, and pays money back."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import CreditNote, Invoice, InvoiceState, Refund
from invoices.operations.payments import record_payment
from provider.kernel.actor import SYSTEM
from provider.kernel.money import Money
from tests.invoices.factories import AT

pytestmark = pytest.mark.django_db
TYPED = {"what": "amount", "amount": "100", "how": "settle", "reason": "One day less"}


def test_an_amount_is_looked_at_and_then_given_back(finance: Client, invoice: Invoice) -> None:
    page = f"/operator/invoices/{invoice.id}/credit/"
    assert "Training on site" in finance.get(page).content.decode()

    shown = finance.post(page, TYPED)

    assert "106.00" in shown.content.decode()
    assert not CreditNote.objects.exists()
    answer = finance.post(page, TYPED | {"confirm": shown.context["fingerprint"]}, follow=True)
    assert "One day less" in answer.content.decode()
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 21200
    number = CreditNote.objects.get().number_text
    assert number in finance.get("/operator/credit-notes/").content.decode()


def test_an_unpaid_invoice_is_voided_with_a_reason(finance: Client, invoice: Invoice) -> None:
    answer = finance.post(f"/operator/invoices/{invoice.id}/void/", {"reason": "Wrong customer"}, follow=True)

    assert "The invoice is void" in answer.content.decode()
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 0
    assert finance.post(f"/operator/invoices/{invoice.id}/void/").status_code == 409


def test_what_was_paid_goes_back_by_bank(finance: Client, invoice: Invoice) -> None:
    record_payment(
        account_id=invoice.account_id, method="bank", reference="T-1", amount=Money(31800, "CNY"),
        received_on=AT.date(), by=SYSTEM, at=AT, invoice_id=invoice.pk,
    )  # fmt: skip
    page = f"/operator/invoices/{invoice.id}/credit/"
    facts = {"what": "lines", f"line_{invoice.lines.get().pk}": "100", "how": "refund", "reason": "Cancelled"}
    shown = finance.post(page, facts)
    finance.post(page, facts | {"confirm": shown.context["fingerprint"]})
    note = CreditNote.objects.get()
    assert note.number_text in finance.get("/operator/credit-notes/?refund=owed").content.decode()
    refund = f"/operator/credit-notes/{note.id}/refund/"
    assert "reference of the transfer" in finance.post(refund, {"method": "bank"}).content.decode()
    assert "not set up here" in finance.post(refund, {"method": "card"}).content.decode()

    answer = finance.post(refund, {"method": "bank", "reference": "T-9"}, follow=True)

    assert "Paid back" in answer.content.decode()
    assert Refund.objects.get().amount_minor == 10600


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "1e2"}, "plain figures"),
        ({"amount": "-1"}, "above 0"),
        ({"amount": ""}, "above 0"),
        ({"amount": "0.001"}, "2 decimal places"),
        ({"amount": "300.01"}, "At most 300.00"),
        ({"reason": ""}, "required"),
        ({"what": "lines"}, "above 0"),
    ],
)
def test_what_cannot_be_given_back_is_refused(finance: Client, invoice: Invoice, typed: dict, said: str) -> None:
    answer = finance.post(f"/operator/invoices/{invoice.id}/credit/", TYPED | typed)

    assert said in answer.content.decode()
    assert not CreditNote.objects.exists()
