"""Credit notes by hand: some or all of an invoice is given back, as credit or as money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from invoices.errors import CreditTooHigh, NothingToCredit
from invoices.models import Invoice, InvoiceLine
from invoices.models.documents import DocumentStatus
from invoices.queries.books import books_of, entries_of
from invoices.rules import billing
from invoices.rules.book import Given
from invoices.rules.difference import Document, documents_of
from invoices.rules.totals import credit_amount
from plans.queries.facts import known_of
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.kernel.money import to_decimal

from .desk import lock_account
from .writing import write


def issue_credit_note(
    *,
    account_id: UUID,
    invoice_id: UUID,
    amounts: Mapping[int, int] | None = None,
    as_: Literal["credit", "refund"] = "credit",
    reason: str,
    by: Actor,
    at: datetime,
    is_preview: bool = False,
) -> Document:
    """Give back amounts (minor units before discount and tax, by line) of an invoice; all that is left without any.

    A refund pays back at most what was paid beyond what stays due; the rest is credit for later invoices.
    """
    with transaction.atomic():
        account = lock_account(account_id)
        invoice = Invoice.objects.filter(id=invoice_id, account=account, status=DocumentStatus.FINALIZED).first()
        if invoice is None:
            raise NotFound()
        known = known_of(account_ids=[account_id])
        book = books_of(accounts=[account], known=known)[account_id]
        lines = _lines(invoice, amounts=amounts)
        made = billing.note(
            book,
            of=lines[0].entry.invoice,
            lines=lines,
            is_refund=as_ == "refund",
            cause="manual",
            reason=reason,
            due_at=at,
            made_at=at,
            new_id=new_id,
        )
        if made is None:
            raise NothingToCredit()
        if is_preview:
            transaction.set_rollback(True)
            return documents_of(book)[0]
        write(books=[book], at=at)
        audit.record(
            by=by,
            verb="credit_note.issued",
            subject_kind="invoice",
            subject_id=invoice_id,
            account_id=account_id,
            at=at,
            after={"number": made.kept.number, "total_minor": made.total_minor, "refund_minor": made.refund_minor},
            reason=reason,
        )
        return documents_of(book)[0]


def _lines(invoice: Invoice, *, amounts: Mapping[int, int] | None) -> list[Given]:
    """What is given back, line by line; never more than is left of a line."""
    entries = {
        entry.id: entry for entry in entries_of(list(InvoiceLine.objects.filter(invoice=invoice).order_by("position")))
    }
    wanted = {line_id: entry.charged.left_minor for line_id, entry in entries.items()} if amounts is None else amounts
    if not wanted:
        raise NothingToCredit()
    lines = []
    for line_id, amount in wanted.items():
        if (entry := entries.get(line_id)) is None:
            raise NotFound()
        if not 0 <= amount <= entry.charged.left_minor:
            left = to_decimal(minor=entry.charged.left_minor, currency=invoice.currency)
            raise CreditTooHigh(field="amount", left=left, currency=invoice.currency)
        credit = credit_amount(charged=entry.charged, amount_minor=amount)
        entry.credit(credit)
        lines.append(Given(entry=entry, credit=credit))
    return lines
