"""What the database holds by itself about documents: each law is attacked through the ORM and in raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from invoices.models import Invoice, InvoiceLine, InvoiceSeries, Seller
from tests.factories import AT, make_account

pytestmark = pytest.mark.django_db


def refused(law: str, act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError, match=law), transaction.atomic():
        act()


def sql(statement: str, *params: object) -> Callable[[], object]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)

    return act


def make_invoice(**facts: Any) -> Invoice:
    account = make_account()
    seller = Seller.objects.filter(number_prefix="T").first() or Seller.objects.create(
        account=account, legal_name="Seller", time_zone="UTC", number_prefix="T", created_at=AT
    )
    series, _ = InvoiceSeries.objects.get_or_create(seller=seller, kind="invoice", year=2026)
    return Invoice.objects.create(
        **{
            "account": account,
            "seller_id": seller.id,
            "cause": "manual",
            "series_id": series.id,
            "number": 1,
            "number_text": "T-2026-000001",
            "due_at": AT,
            "made_at": AT,
            "issued_on": date(2026, 3, 2),
            "language": "en",
            "currency": "CNY",
            "subtotal_minor": 1000,
            "tax_minor": 60,
            "total_minor": 1060,
            "due_minor": 1060,
        }
        | facts
    )


def make_line(invoice: Invoice, *, position: int = 1) -> InvoiceLine:
    return InvoiceLine.objects.create(
        invoice=invoice,
        position=position,
        charge_code="setup",
        kind="one_time",
        units=1,
        currency="CNY",
        amount_minor=1000,
    )


DRAFT = {"status": "draft", "series_id": None, "number": None, "number_text": "", "issued_on": None}


def test_what_a_finalized_invoice_says_never_changes() -> None:
    invoice = make_invoice(**DRAFT)
    line = make_line(invoice)
    series = InvoiceSeries.objects.get()
    Invoice.objects.filter(pk=invoice.pk).update(
        status="finalized", series_id=series.id, number=1, number_text="T-1", issued_on=date(2026, 3, 2)
    )

    refused("document_is_frozen", lambda: Invoice.objects.filter(pk=invoice.pk).update(note="changed"))
    refused("document_is_frozen", lambda: Invoice.objects.filter(pk=invoice.pk).update(status="draft"))
    refused("document_is_frozen", sql("delete from invoices_invoice where id = %s", invoice.pk))
    refused("permission denied|only ever added|foreign key", sql("truncate invoices_invoice cascade"))
    refused("document_lines_are_frozen", lambda: InvoiceLine.objects.filter(pk=line.pk).update(amount_minor=1))
    refused("document_lines_are_frozen", sql("delete from invoices_invoiceline where id = %s", line.pk))
    refused("document_gains_no_lines", lambda: make_line(invoice, position=2))


def test_a_draft_is_changed_until_it_is_finalized() -> None:
    invoice = make_invoice(**DRAFT)
    line = make_line(invoice)

    assert InvoiceLine.objects.filter(pk=line.pk).update(amount_minor=2000) == 1
    assert Invoice.objects.filter(pk=invoice.pk).update(
        subtotal_minor=2000, tax_minor=0, total_minor=2000, due_minor=2000
    )


def test_a_number_is_given_once() -> None:
    make_invoice()

    refused("invoice_number_once", make_invoice)


@pytest.mark.parametrize("wrong", [{"total_minor": 1061}, {"due_minor": 0}, {"credit_applied_minor": 5}])
def test_the_totals_of_an_invoice_sum_up(wrong: dict[str, int]) -> None:
    refused("invoice_sums_up", lambda: make_invoice(**wrong))
    invoice = make_invoice(**DRAFT)
    assignment = ", ".join(f"{name} = {value}" for name, value in wrong.items())
    refused("invoice_sums_up", sql(f"update invoices_invoice set {assignment} where id = %s", invoice.pk))


def test_a_finalized_invoice_has_its_number() -> None:
    refused("invoice_finalized_has_number", lambda: make_invoice(number=None))
    refused("invoice_finalized_has_number", lambda: make_invoice(status="draft"))
