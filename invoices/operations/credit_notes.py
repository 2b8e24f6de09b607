"""Credit notes by hand: some or all of an invoice is given back, as credit or as money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from invoices.errors import CreditTooHigh, InvoiceHasPayments, NothingToCredit, PreviewOutdated
from invoices.models import CreditUse, Invoice, InvoiceLine, InvoiceState, Seller
from invoices.models.documents import DocumentStatus
from invoices.queries.books import books_of, entries_of
from invoices.rules import billing
from invoices.rules.book import Given
from invoices.rules.difference import Document, documents_of, fingerprint_of
from invoices.rules.totals import credit_amount
from plans.queries.facts import known_of
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.kernel.money import allocate, to_decimal

from .desk import lock_account
from .locks import lock_state
from .writing import write


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """The credit note, how much of it was taken off what its invoice still asked for, and what a preview promises."""

    document: Document
    settled_minor: int
    fingerprint: str


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
    made = credit_invoice(
        account_id=account_id,
        invoice_id=invoice_id,
        amounts=amounts,
        as_=as_,
        reason=reason,
        by=by,
        at=at,
        is_preview=is_preview,
    )
    return made.document


def credit_invoice(
    *,
    account_id: UUID,
    invoice_id: UUID,
    amounts: Mapping[int, int] | None = None,
    as_: Literal["credit", "refund"] = "credit",
    settles: bool = False,
    cause: Literal["manual", "void"] = "manual",
    reason: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Credited:
    """A credit note; one that `settles` is first taken off what its own invoice still asks for."""
    with transaction.atomic():
        account = lock_account(account_id)
        invoice = Invoice.objects.filter(id=invoice_id, account=account, status=DocumentStatus.FINALIZED).first()
        if invoice is None:
            raise NotFound()
        state = lock_state(invoice_id)
        book = books_of(accounts=[account], known=known_of(account_ids=[account_id]), otherwise=_seller_of(invoice))[
            account_id
        ]
        lines = _lines(invoice, amounts=amounts)
        made = billing.note(
            book,
            of=lines[0].entry.invoice,
            lines=lines,
            is_refund=as_ == "refund",
            cause=cause,
            reason=reason,
            due_at=at,
            made_at=at,
            new_id=new_id,
        )
        if made is None:
            raise NothingToCredit()
        settled = min(state.open_minor, made.credit_minor) if settles else 0
        found = Credited(
            document=documents_of(book)[0],
            settled_minor=settled,
            fingerprint=fingerprint_of(documents_of(book), settled),
        )
        if is_preview:
            transaction.set_rollback(True)
            return found
        if expected not in (None, found.fingerprint):
            raise PreviewOutdated(preview=found)
        write(books=[book], at=at)
        if settled:
            settle(state, note_id=made.id, amount_minor=settled, at=at)
        audit.record(
            by=by,
            verb="invoice.voided" if cause == "void" else "credit_note.issued",
            subject_kind="invoice",
            subject_id=invoice_id,
            account_id=account_id,
            at=at,
            after={"number": made.kept.number, "total_minor": made.total_minor, "refund_minor": made.refund_minor},
            reason=reason,
        )
        return replace(found, document=documents_of(book)[0])  # with its number


def void_invoice(*, account_id: UUID, invoice_id: UUID, reason: str, by: Actor, at: datetime) -> Credited:
    """Take back an invoice on which nothing was paid: all that is left of it, by a credit note that settles it.

    Raises `InvoiceHasPayments`: what was paid is given back by a credit note with a refund.
    """
    with transaction.atomic():
        lock_account(account_id)
        if lock_state(invoice_id).paid_minor:
            raise InvoiceHasPayments()
        return credit_invoice(
            account_id=account_id,
            invoice_id=invoice_id,
            settles=True,
            cause="void",
            reason=reason,
            by=by,
            at=at,
        )


def spread(invoice: Invoice, *, amount_minor: int) -> dict[int, int]:
    """One amount, before discount and tax, over the lines in proportion to what is left of each."""
    rows = list(InvoiceLine.objects.filter(invoice=invoice).order_by("position"))
    left = {entry.id: entry.charged.left_minor for entry in entries_of(rows) if entry.id is not None}
    whole = sum(left.values())
    if not 0 < amount_minor <= whole:
        raise CreditTooHigh(
            field="amount", left=to_decimal(minor=whole, currency=invoice.currency), currency=invoice.currency
        )
    return dict(zip(left, allocate(minor=amount_minor, weights=list(left.values())), strict=True))


def _seller_of(invoice: Invoice) -> Seller | None:
    """An account that nobody sells to any more gets its credit from whoever billed it."""
    return Seller.objects.filter(pk=invoice.seller_id).first()


def settle(state: InvoiceState, *, note_id: UUID, amount_minor: int, at: datetime) -> None:
    """Take a credit note off what its own invoice still asks for."""
    CreditUse.objects.create(
        credit_note_id=note_id, invoice_id=state.pk, currency=state.currency, amount_minor=amount_minor
    )
    state.credited_minor += amount_minor
    state.open_minor -= amount_minor
    state.settled_at = at if state.open_minor == 0 else None
    state.save(update_fields=["credited_minor", "open_minor", "settled_at"])


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
