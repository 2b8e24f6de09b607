"""What a document prints, frozen as it is on the day it is made: parties, names and words in the buyer's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override

from invoices.models import BillingProfile, Seller
from invoices.queries.titles import titles_of
from invoices.rules import snapshot
from invoices.rules.book import Book, Entry, Given, Invoiced, Noted
from invoices.rules.snapshot import DocumentLine, Marks, Party, Snapshot, Taken, TaxRow
from plans.queries.terms import Sold, sold
from provider.accounts.models import Account
from provider.kernel.clock import local_day
from provider.kernel.sets import among
from provider.look import formats


@dataclass(slots=True, kw_only=True)
class Printing:
    """What the documents of a batch print beside their books, read once for all of them."""

    accounts: Mapping[UUID, Account]
    sellers: Mapping[UUID, Seller]
    references: Mapping[UUID, str]
    terms: Mapping[tuple[UUID, str], Sold]
    numbers: dict[UUID, tuple[int | None, int | None, str]] = field(default_factory=dict)  # series, number, as printed

    @classmethod
    def of(cls, *, books: Iterable[Book]) -> Printing:
        """Read it."""
        books = list(books)
        ids = {book.buyer.account_id for book in books}
        sellers = Seller.objects.filter(id__in={book.buyer.seller_id for book in books})
        profiles = BillingProfile.objects.filter(account_id__in=among(ids)).exclude(reference="")
        return cls(
            accounts={row.id: row for row in Account.objects.select_related("brand").filter(id__in=among(ids))},
            sellers=sellers.select_related("account__brand").in_bulk(),
            references=dict(profiles.values_list("account_id", "reference")),
            terms=sold(
                (UUID(name), book.buyer.currency) for book in books for sub in book.subs for name in sub.plan_codes
            ),
        )


def snapshot_of_invoice(book: Book, made: Invoiced, *, printing: Printing, pay_by_on: date) -> dict[str, Any]:
    """What the invoice prints."""
    seller = printing.sellers[book.buyer.seller_id]
    coupons = tuple(Taken(label=one.code, amount_minor=amount) for one, amount in made.coupons)
    document = Snapshot(
        kind="invoice",
        **_common(book, made, document_id=made.bill.id, printing=printing),
        due_on=pay_by_on,
        lines=_lines(book, made.entries, printing=printing),
        subtotal_minor=made.subtotal_minor,
        discount_minor=made.discount_minor,
        coupons=coupons,
        taxes=tuple(
            TaxRow(rate=tax.rate, base_minor=tax.base_minor, tax_minor=tax.tax_minor, is_inclusive=tax.is_inclusive)
            for tax in made.taxes
        ),
        total_minor=made.total_minor,
        credits=tuple(Taken(label=one.number, amount_minor=amount) for one, amount in made.credits),
        balances=tuple(Taken(label=lot.name, amount_minor=amount) for lot, amount in made.balances),
        due_minor=made.due_minor,
        payment_terms=seller.bank_details,
        payment_reference=printing.numbers[made.bill.id][2],
        note=printing.references.get(book.buyer.account_id, ""),
    )
    return snapshot.write(document)


def snapshot_once_approved(
    book: Book, made: Invoiced, *, draft: dict[str, Any], printing: Printing, pay_by_on: date
) -> dict[str, Any]:
    """What a draft prints now that it is an invoice: its lines as they were, parties and dates as they are."""
    document = replace(
        snapshot.read(draft),
        **_common(book, made, document_id=made.bill.id, printing=printing),
        due_on=pay_by_on,
        credits=tuple(Taken(label=one.number, amount_minor=amount) for one, amount in made.credits),
        balances=tuple(Taken(label=lot.name, amount_minor=amount) for lot, amount in made.balances),
        due_minor=made.due_minor,
        payment_terms=printing.sellers[book.buyer.seller_id].bank_details,
        payment_reference=printing.numbers[made.bill.id][2],
    )
    return snapshot.write(document)


def snapshot_of_note(book: Book, made: Noted, *, printing: Printing) -> dict[str, Any]:
    """What the credit note prints."""
    document = Snapshot(
        kind="credit_note",
        **_common(book, made, document_id=made.id, printing=printing),
        of_number=made.of.number,
        reason=made.reason,
        lines=tuple(_credit_line(book, given, printing=printing) for given in made.lines),
        subtotal_minor=made.subtotal_minor,
        taxes=taxes_of_note(made),
        total_minor=made.total_minor,
        due_minor=made.total_minor,
    )
    return snapshot.write(document)


def taxes_of_note(made: Noted) -> tuple[TaxRow, ...]:
    """The tax that is given back, by rate."""
    sums: dict[Decimal, tuple[int, int]] = {}
    for given in made.lines:
        base, tax = sums.get(given.entry.line.tax_rate, (0, 0))
        sums[given.entry.line.tax_rate] = (base + given.credit.net_minor, tax + given.credit.tax_minor)
    return tuple(
        TaxRow(rate=rate, base_minor=base, tax_minor=tax, is_inclusive=made.of.is_tax_inclusive)
        for rate, (base, tax) in sorted(sums.items())
    )


def _common(book: Book, made: Invoiced | Noted, *, document_id: UUID, printing: Printing) -> dict[str, Any]:
    account, seller = printing.accounts[book.buyer.account_id], printing.sellers[book.buyer.seller_id]
    brand = account.brand or seller.account.brand
    return {
        "number": printing.numbers[document_id][2],
        "language": book.buyer.language,
        "currency": book.buyer.currency,
        "issued_on": local_day(at=made.made_at, zone=ZoneInfo(seller.time_zone)),
        "seller": Party(
            name=seller.legal_name,
            address=seller.address,
            country=seller.country,
            tax_id=seller.tax_id,
            email=seller.account.email,
        ),
        "buyer": Party(
            name=account.company_name or account.name,
            contact=account.name if account.company_name else "",
            address=account.address,
            country=account.country,
            tax_id=account.tax_id,
            email=account.email,
        ),
        "brand": Marks(name=brand.name, accent=brand.accent, logo_file_id=brand.logo_file_id)
        if brand
        else Marks(name=seller.legal_name),
        "is_test": seller.is_test,
    }


def _lines(book: Book, entries: list[Entry], *, printing: Printing) -> tuple[DocumentLine, ...]:
    with override(book.buyer.language):
        return tuple(_line(book, entry, printing=printing) for entry in entries)


def _line(book: Book, entry: Entry, *, printing: Printing) -> DocumentLine:
    due = entry.due
    if entry.extra is not None:
        return _line_by_hand(entry)
    terms = printing.terms[UUID(due.plan), book.buyer.currency]
    title, detail = titles_of(terms, charge=due.charge, kind=due.kind, language=book.buyer.language)
    is_span = due.end > due.start
    return DocumentLine(
        title=title,
        detail=detail,
        start=due.start if is_span else None,
        end=due.end if is_span else None,
        amount_minor=entry.line.amount_minor,
        tax_rate=entry.line.tax_rate,
        arithmetic=entry.arithmetic,
    )


def _line_by_hand(entry: Entry) -> DocumentLine:
    extra = entry.extra
    assert extra is not None
    return DocumentLine(
        title=entry.text,
        start=extra.start,
        end=extra.end,
        amount_minor=entry.line.amount_minor,
        tax_rate=entry.line.tax_rate,
        arithmetic=entry.arithmetic,
    )


def _credit_line(book: Book, given: Given, *, printing: Printing) -> DocumentLine:
    due = given.entry.due
    terms = printing.terms.get((UUID(due.plan), book.buyer.currency)) if due.plan else None
    title, detail = given.entry.text or due.charge, ""
    if terms is not None:
        with override(book.buyer.language):
            title, plan = titles_of(terms, charge=due.charge, kind=due.kind, language=book.buyer.language)
            detail = " · ".join(part for part in (plan, _units_back(given)) if part)
    return DocumentLine(
        title=title,
        detail=detail,
        start=given.start,
        end=given.end,
        amount_minor=given.credit.net_minor,
        tax_rate=given.entry.line.tax_rate,
    )


def _units_back(given: Given) -> str:
    """How much of a line's usage was taken back, in words of the active language."""
    if not given.units or not 0 < given.units <= given.entry.due.units:
        return ""
    told = {"units": formats.number(given.units), "of": formats.number(given.entry.due.units)}
    return gettext("%(units)s of %(of)s taken back") % told
