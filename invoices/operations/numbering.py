"""Numbers of documents, when they are to be paid, and what is open of them: what an invoice has once it is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections

from invoices.models import InvoiceSeries, Seller
from invoices.queries.sellers import number_text
from invoices.rules.book import Book, Invoiced, Noted
from provider.kernel.clock import local_day
from provider.kernel.copying import copy_rows

from .posting import OfInvoice, OfNote
from .snapshots import Printing

_STATE: Final = {
    "invoice_id": "uuid",
    "account_id": "uuid",
    "currency": "text",
    "paid_minor": "int8",
    "credited_minor": "int8",
    "open_minor": "int8",
    "pay_by_on": "date",
    "settled_at": "timestamptz",
}


def write_states(invoices: Sequence[OfInvoice], *, printing: Printing) -> None:
    """What is open of each, and until when it is to be paid."""
    rows = (
        (
            made.bill.id,
            book.buyer.account_id,
            book.buyer.currency,
            0,
            0,
            made.due_minor,
            pay_by_of(book, made, printing=printing),
            None if made.due_minor else made.made_at,
        )
        for book, made in invoices
    )
    copy_rows(table="invoices_invoicestate", columns=_STATE, rows=rows)


def issued_on_of(made: Invoiced | Noted, *, seller: Seller) -> date:
    """The day on which it was made, where its seller is."""
    return local_day(at=made.made_at, zone=ZoneInfo(seller.time_zone))


def pay_by_of(book: Book, made: Invoiced, *, printing: Printing) -> date:
    """The last day on which it is paid in time."""
    seller = printing.sellers[book.buyer.seller_id]
    return issued_on_of(made, seller=seller) + timedelta(days=book.buyer.payment_days)


def number(*, invoices: Sequence[OfInvoice], notes: Sequence[OfNote], printing: Printing) -> None:
    """Give every document the next number of its series, with one UPDATE a series, always in the same order."""
    wanted: dict[tuple[UUID, str, int], list[Invoiced | Noted]] = {}
    for kind, documents in (("invoice", invoices), ("credit_note", notes)):
        for book, made in documents:
            year = issued_on_of(made, seller=printing.sellers[book.buyer.seller_id]).year
            wanted.setdefault((book.buyer.seller_id, kind, year), []).append(made)
    for seller_id, kind, year in sorted(wanted):
        documents_of = wanted[seller_id, kind, year]
        series_id, first = _take_numbers(seller_id=seller_id, kind=kind, year=year, count=len(documents_of))
        for place, made in enumerate(documents_of, start=first):
            text = number_text(printing.sellers[seller_id], kind=kind, year=year, number=place)
            printing.numbers[made.bill.id if isinstance(made, Invoiced) else made.id] = (series_id, place, text)
            if isinstance(made, Invoiced):
                made.bill.number = text
            else:
                made.kept.number = text


def _take_numbers(*, seller_id: UUID, kind: str, year: int, count: int) -> tuple[int, int]:
    """The id of the series and the first of `count` numbers; the series of a year begins by itself."""
    statement = (
        "update invoices_invoiceseries set next_number = next_number + %s"
        " where seller_id = %s and kind = %s and year = %s returning id, next_number - %s"
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [count, seller_id, kind, year, count])
        row = cursor.fetchone()
        if row is None:
            series = InvoiceSeries(seller_id=seller_id, kind=kind, year=year)
            InvoiceSeries.objects.bulk_create([series], ignore_conflicts=True)
            cursor.execute(statement, [count, seller_id, kind, year, count])
            row = cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
