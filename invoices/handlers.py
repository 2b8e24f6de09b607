"""What invoices does about facts from below."""

from __future__ import annotations

from datetime import datetime

from plans.events import UsageRecorded
from provider.kernel.actor import SYSTEM
from provider.kernel.events import JobFinished

from .errors import NoAddressForInvoice
from .events import DocumentsFinalized, InvoicePaid
from .operations import run_jobs
from .operations.automatic import arrange_payments
from .operations.billing import bill_rises_of
from .operations.buying import grant_term
from .operations.sending import send_credit_note, send_invoice


def bill_rises(event: UsageRecorded, *, at: datetime) -> None:
    """Units that are charged in advance are billed at once when they rise."""
    if event.account_id is not None:
        bill_rises_of(account_id=event.account_id, meters=event.meters, at=at, by=SYSTEM)


def send_invoices(event: DocumentsFinalized, *, at: datetime) -> None:
    """Each new invoice goes out by mail once; an account without an address reads it on its page."""
    for invoice_id in event.invoice_ids:
        try:
            send_invoice(invoice_id=invoice_id, by=SYSTEM, at=at, is_first=True)
        except NoAddressForInvoice:
            continue


def take_from_cards(event: DocumentsFinalized, *, at: datetime) -> None:
    """Invoices of what is paid automatically are taken from their accounts' bank cards."""
    arrange_payments(invoice_ids=event.invoice_ids, at=at)


def send_credit_notes(event: DocumentsFinalized, *, at: datetime) -> None:
    """Each new credit note goes out by mail once, as invoices do."""
    for credit_note_id in event.credit_note_ids:
        try:
            send_credit_note(credit_note_id=credit_note_id, by=SYSTEM, at=at)
        except NoAddressForInvoice:
            continue


def add_paid_term(event: InvoicePaid, *, at: datetime) -> None:
    """A term that was bought online begins to count when its invoice is paid."""
    grant_term(invoice_id=event.invoice_id, by=SYSTEM, at=at)


def end_run(event: JobFinished, *, at: datetime) -> None:
    """A run whose job was cancelled or has failed is over too."""
    if event.kind in (run_jobs.RUN, run_jobs.TRY):
        run_jobs.end_run_of_job(job_id=event.job_id, status=event.status, at=at)
