"""Terms that are bought online: an invoice first; when it is paid, the time is added. A dormant account wakes by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext, override

from invoices.errors import NothingToRenew, OrderOpen, PreviewOutdated, TermNotOffered
from invoices.models import Seller, TermOrder
from invoices.queries.books import books_of
from invoices.queries.buying import TermPrice, open_order_of, term_prices
from invoices.rules import billing
from invoices.rules.book import Book, Extra
from invoices.rules.difference import Document, documents_of, fingerprint_of
from plans.queries.facts import known_of
from plans.rules.calendar import Interval
from plans.rules.catalogue.naming import in_language
from plans.rules.catalogue.words import length
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.look import formats

from .credit_notes import void_invoice
from .desk import lock_account
from .terms import Extension, Term, extend_term
from .writing import write


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """The invoice for a term, and the time that it adds once it is paid: as of now."""

    document: Document
    extension: Extension
    fingerprint: str


def buy_term(
    *, account_id: UUID, months: int, by: Actor, at: datetime, expected: str | None = None, is_preview: bool = False
) -> Bought:
    """Order months of the plan that the account has, or had last. The time is added when the invoice is paid."""
    with transaction.atomic():
        account = lock_account(account_id)
        price = _chosen(account, months=months)
        if (waiting := open_order_of(account_id=account_id)) is not None and not is_preview:
            raise OrderOpen(number=waiting.invoice.number_text, invoice_id=waiting.invoice_id)
        term = _term(price, source=str(new_id()))
        extension = extend_term(account_id=account_id, term=term, by=by, at=at, is_preview=True)
        book = _book(account, price=price, at=at)
        billing.bill_extras(book, at=at, new_id=new_id)
        fingerprint = fingerprint_of(documents_of(book), extension.start_on, extension.end_on)
        seen = Bought(document=documents_of(book)[0], extension=extension, fingerprint=fingerprint)
        if is_preview:
            transaction.set_rollback(True)
            return seen
        if expected not in (None, fingerprint):
            raise PreviewOutdated(preview=seen)
        write(books=[book], at=at)
        made = documents_of(book)[0]
        _order(account, price=price, document=made, by=by, at=at)
    return Bought(document=made, extension=extension, fingerprint=fingerprint)


def _chosen(account: Account, *, months: int) -> TermPrice:
    offered = term_prices(account=account)
    if not offered:
        raise NothingToRenew()
    price = next((one for one in offered if one.months == months), None)
    if price is None:
        raise TermNotOffered(field="months")
    return price


def _term(price: TermPrice, *, source: str) -> Term:
    return Term(
        version_id=price.terms.version_id,
        months=price.months,
        face_minor=price.net.minor,
        source_kind="invoice",
        source_id=source,
    )


def _book(account: Account, *, price: TermPrice, at: datetime) -> Book:
    """The account's book with the term as its only new line."""
    seller = Seller.objects.filter(account_id=price.terms.seller_id).first()
    known = known_of(account_ids=[account.id])
    book = books_of(accounts=[account], known=known, otherwise=seller)[account.id]
    plan = in_language(price.terms.names, account.language)
    months = formats.sentence(length(Interval(months=price.months)), language=account.language)
    book.extras = [
        Extra(
            id=new_id(),
            text=f"{plan} · {months}",
            units=Decimal(price.periods),
            unit=price.unit,
            amount_minor=price.net.minor,
            tax_rate=None,
            since=at,
        )
    ]
    return book


def _order(account: Account, *, price: TermPrice, document: Document, by: Actor, at: datetime) -> None:
    assert document.id is not None
    order = TermOrder.objects.create(
        invoice_id=document.id,
        account=account,
        version_id=price.terms.version_id,
        months=price.months,
        currency=price.net.currency,
        face_minor=price.net.minor,
        ordered_at=at,
    )
    audit.record(
        by=by,
        verb="term.ordered",
        subject_kind="invoice",
        subject_id=document.id,
        account_id=account.id,
        at=at,
        after={"months": order.months, "total_minor": document.total_minor, "number": document.number},
    )
    if not document.due_minor:  # credit has paid all of it
        grant_term(invoice_id=document.id, by=by, at=at)


def withdraw_order(*, account_id: UUID, invoice_id: UUID, by: Actor, at: datetime) -> None:
    """Take back a term that was ordered and not paid: its invoice is voided, and another one may be ordered.

    Raises `InvoiceHasPayments`. Taken back before, nothing changes.
    """
    with transaction.atomic():
        account = lock_account(account_id)
        order = TermOrder.objects.select_for_update().filter(invoice_id=invoice_id, account=account).first()
        if order is None or order.granted_at is not None:
            raise NotFound()
        if open_order_of(account_id=account_id) is None:
            return
        with override(account.language):
            reason = gettext("Renewal taken back by the customer")
        void_invoice(account_id=account_id, invoice_id=invoice_id, reason=reason, by=by, at=at)
        audit.record(
            by=by, verb="term.withdrawn", subject_kind="invoice", subject_id=invoice_id, account_id=account_id, at=at,
            after={"months": order.months},
        )  # fmt: skip


def grant_term(*, invoice_id: UUID, by: Actor, at: datetime) -> Extension | None:
    """Add the time of an order whose invoice is paid; None if there is none, or it was added before."""
    with transaction.atomic():
        account_id = TermOrder.objects.filter(invoice_id=invoice_id).values_list("account_id", flat=True).first()
        if account_id is None:
            return None
        lock_account(account_id)
        order = TermOrder.objects.select_for_update().get(invoice_id=invoice_id)
        if order.granted_at is not None:
            return None
        term = Term(
            version_id=order.version_id,
            months=order.months,
            face_minor=order.face_minor,
            source_kind="invoice",
            source_id=str(order.invoice_id),
        )
        made = extend_term(account_id=account_id, term=term, by=by, at=at)
        order.granted_at = at
        order.save(update_fields=["granted_at"])
    return made
