"""Invoices go out by mail, in the account's language; the first time once, later as often as somebody asks."""

from __future__ import annotations

import pytest

from invoices.errors import NoAddressForInvoice
from invoices.models import InvoiceState
from invoices.operations.payments import record_payment
from invoices.operations.sending import send_invoice
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from provider.messages.models import Message
from tests.factories import make_account
from tests.invoices.factories import AT, make_invoice

pytestmark = pytest.mark.django_db


def test_an_invoice_is_sent_with_its_number_amount_and_day():
    invoice = make_invoice(account=make_account(email="li@hengtai.example", language="zh-hant"))

    message = send_invoice(invoice_id=invoice.id, by=SYSTEM, at=AT, is_first=True)

    assert message.params == {
        "invoice_number": invoice.number_text,
        "amount": "318.00 元",
        "pay_by": "2026年11月15日",
        "last4": "",
        "link": f"/my/invoices/{invoice.id}/",
    }
    assert InvoiceState.objects.get(pk=invoice.pk).sent_at == AT
    assert AuditRow.objects.get(verb="invoice.sent").account_id == invoice.account_id


def test_the_first_mail_goes_once_and_later_ones_as_asked():
    invoice = make_invoice()
    for _ in range(2):
        send_invoice(invoice_id=invoice.id, by=SYSTEM, at=AT, is_first=True)
    assert Message.objects.filter(key="invoice_issued").count() == 1

    send_invoice(invoice_id=invoice.id, by=SYSTEM, at=AT, reason="The customer lost it")

    assert Message.objects.filter(key="invoice_issued").count() == 2
    assert AuditRow.objects.filter(verb="invoice.sent", reason="The customer lost it").count() == 1


def test_a_paid_invoice_asks_for_nothing():
    invoice = make_invoice()
    record_payment(
        account_id=invoice.account_id, invoice_id=invoice.id, method="cash", reference="1",
        amount=Money(31800, "CNY"), received_on=AT.date(), by=SYSTEM, at=AT,
    )  # fmt: skip

    assert send_invoice(invoice_id=invoice.id, by=SYSTEM, at=AT).params["pay_by"] == ""


def test_without_an_address_the_sender_is_told():
    with pytest.raises(NoAddressForInvoice):
        send_invoice(invoice_id=make_invoice(account=make_account(email="")).id, by=SYSTEM, at=AT)
