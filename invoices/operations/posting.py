"""What documents mean to others: entries of the ledger, the currency that stays, and one event for the batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from invoices.events import DocumentsFinalized
from invoices.rules.book import Book, Invoiced, Noted
from provider.accounts.models import Account
from provider.kernel import ledger, outbox
from provider.kernel.chart import LedgerAccount
from provider.kernel.money import Money
from provider.kernel.sets import among

OfInvoice = tuple[Book, Invoiced]
OfNote = tuple[Book, Noted]


def post(*, invoices: Sequence[OfInvoice], notes: Sequence[OfNote]) -> None:
    """Enter the documents into the books, all in two COPYs."""
    drafts = [draft for book, made in invoices for draft in _entries_of_invoice(book, made)]
    drafts += [_entry_of_note(book, made) for book, made in notes]
    ledger.post_many(drafts)


def _entries_of_invoice(book: Book, made: Invoiced) -> Iterable[ledger.Draft]:
    currency, party = book.buyer.currency, book.buyer.account_id
    total, tax, prepaid = made.total_minor, made.tax_minor, made.balance_applied_minor
    if total:
        yield ledger.Draft(
            source_kind="invoice",
            source_id=made.bill.id,
            purpose="finalized",
            at=made.made_at,
            lines=[
                ledger.Line(LedgerAccount.RECEIVABLE, Money(total, currency), party),
                ledger.Line(LedgerAccount.DEFERRED_SERVICE, Money(tax - total, currency)),
                ledger.Line(LedgerAccount.TAX_PAYABLE, Money(-tax, currency)),
            ],
        )
    if prepaid:
        yield ledger.Draft(
            source_kind="invoice",
            source_id=made.bill.id,
            purpose="balance",
            at=made.made_at,
            lines=[
                ledger.Line(LedgerAccount.BALANCE_LIABILITY, Money(prepaid, currency), party),
                ledger.Line(LedgerAccount.RECEIVABLE, Money(-prepaid, currency), party),
            ],
        )


def _entry_of_note(book: Book, made: Noted) -> ledger.Draft:
    currency, party = book.buyer.currency, book.buyer.account_id
    return ledger.Draft(
        source_kind="credit_note",
        source_id=made.id,
        purpose="issued",
        at=made.made_at,
        lines=[
            ledger.Line(LedgerAccount.RECEIVABLE, Money(-made.total_minor, currency), party),
            ledger.Line(LedgerAccount.DEFERRED_SERVICE, Money(made.total_minor - made.tax_minor, currency)),
            ledger.Line(LedgerAccount.TAX_PAYABLE, Money(made.tax_minor, currency)),
        ],
    )


def fix_currencies(invoices: Sequence[OfInvoice], *, at: datetime) -> None:
    """With its first bill an account's currency stays."""
    ids = [book.buyer.account_id for book, _ in invoices]
    Account.objects.filter(id__in=among(ids), currency_fixed_at=None).update(currency_fixed_at=at)


def publish(*, invoices: Sequence[OfInvoice], notes: Sequence[OfNote], at: datetime, run_id: UUID | None) -> None:
    """Say that the documents were made, in one event."""
    accounts = {book.buyer.account_id for book, _ in (*invoices, *notes)}
    event = DocumentsFinalized(
        account_id=accounts.pop() if len(accounts) == 1 else None,
        invoice_ids=[made.bill.id for _, made in invoices],
        credit_note_ids=[made.id for _, made in notes],
        run_id=run_id,
    )
    outbox.publish(event, at=at)
