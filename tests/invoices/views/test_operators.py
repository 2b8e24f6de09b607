"""Finance records what arrived by bank, puts left-over money to use, and sends invoices again."""

from __future__ import annotations

import pytest
from django.test import Client

from invoices.models import Invoice, InvoiceState, Payment
from provider.accounts.models import Account
from provider.kernel.models import AuditRow
from provider.messages.models import Message
from tests.console.conftest import enter
from tests.factories import make_member
from tests.invoices.factories import make_invoice

pytestmark = pytest.mark.django_db
ARRIVED = {"received_on": "2026-11-09", "method": "bank", "reference": "T-100", "reason": "statement 42"}


def test_the_list_finds_by_number_and_name_and_narrows_by_status(finance: Client, invoice: Invoice):
    assert invoice.number_text in finance.get("/operator/invoices/?q=hengtai").content.decode()
    assert invoice.number_text in finance.get("/operator/invoices/?status=open").content.decode()
    assert invoice.number_text not in finance.get("/operator/invoices/?status=settled").content.decode()


def test_finance_records_a_transfer_and_the_invoice_is_paid(finance: Client, invoice: Invoice):
    page = f"/operator/invoices/{invoice.id}/payment/"
    assert 'value="318.00"' in finance.get(page).content.decode()

    answer = finance.post(page, ARRIVED | {"amount": "318.00"}, follow=True)

    body = answer.content.decode()
    assert "Recorded." in body
    assert "T-100" in body
    assert InvoiceState.objects.get(pk=invoice.pk).open_minor == 0
    assert AuditRow.objects.get(verb="payment.recorded").reason == "statement 42"


def test_the_same_transfer_twice_is_recorded_once(finance: Client, invoice: Invoice):
    page = f"/operator/invoices/{invoice.id}/payment/"
    finance.post(page, ARRIVED | {"amount": "100.00"})

    answer = finance.post(page, ARRIVED | {"amount": "100.00"}, follow=True)

    assert "Nothing was recorded twice" in answer.content.decode()
    assert Payment.objects.count() == 1
    assert "was recorded before" in finance.post(page, ARRIVED | {"amount": "99.00"}).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "1e3"}, "plain figures"),
        ({"amount": "0"}, "more than 0"),
        ({"amount": "-5"}, "more than 0"),
        ({"amount": "1.005"}, "2 decimal places"),
        ({"amount": "10", "received_on": "2999-01-01"}, "still to come"),
        ({"amount": "10", "reason": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field(finance: Client, invoice: Invoice, typed: dict, said: str):
    answer = finance.post(f"/operator/invoices/{invoice.id}/payment/", ARRIVED | typed)

    assert said in answer.content.decode()
    assert not Payment.objects.exists()


def test_money_that_is_left_over_pays_the_next_invoice(finance: Client, invoice: Invoice, account: Account):
    finance.post(f"/operator/invoices/{invoice.id}/payment/", ARRIVED | {"amount": "400.00"})
    following = make_invoice(account=account, amount_minor=5000)
    assert "82.00" in finance.get("/operator/payments/?assigned=no").content.decode()
    assert "Use it here" in finance.get(f"/operator/invoices/{following.id}/").content.decode()

    answer = finance.post(f"/operator/invoices/{following.id}/apply/{Payment.objects.get().id}/", follow=True)

    assert "53.00 was put against this invoice" in answer.content.decode()
    assert InvoiceState.objects.get(pk=following.pk).open_minor == 0


def test_an_invoice_is_sent_again_with_a_reason(finance: Client, invoice: Invoice):
    answer = finance.post(f"/operator/invoices/{invoice.id}/send/", {"reason": "Lost"}, follow=True)

    assert "Sent to li@hengtai.example." in answer.content.decode()
    assert Message.objects.filter(key="invoice_issued").count() == 1
    assert AuditRow.objects.get(verb="invoice.sent").reason == "Lost"


def test_support_reads_and_records_nothing(provider: Account, invoice: Invoice):
    support = enter(Client(), make_member(account=provider, portal="provider", role="support"))

    body = support.get(f"/operator/invoices/{invoice.id}/").content.decode()

    assert "Record payment" not in body
    assert support.get(f"/operator/invoices/{invoice.id}/payment/").status_code == 403


def test_a_subscriber_has_no_business_on_the_operators_pages(owner: Client, invoice: Invoice):
    for page in ("/operator/invoices/", f"/operator/invoices/{invoice.id}/", "/operator/payments/"):
        assert owner.get(page).status_code == 403
