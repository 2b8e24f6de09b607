"""Documents on paper: printed outside of any transaction, then kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from invoices.documents.page import Logo
from invoices.documents.printing import file_name, print_document
from invoices.models import CreditNote, Invoice, Payment
from invoices.operations.prints import keep_print
from invoices.queries.documents import document_of, receipt_of
from invoices.rules.snapshot import Snapshot
from provider.kernel import files
from provider.kernel.actor import Actor
from provider.kernel.files import FileGone
from provider.kernel.models import StoredFile


def print_of_invoice(invoice: Invoice, *, by: Actor, at: datetime) -> StoredFile:
    """The invoice's PDF: the one that is kept, or a new one that is kept from now on."""
    file_id = invoice.state.file_id
    if file_id is not None:
        return StoredFile.objects.get(pk=file_id)
    document = document_of(invoice)
    printed = print_document(document, logo=logo_of(document))
    return keep_print(invoice_id=invoice.pk, name=file_name(document), content=printed.content, by=by, at=at)


def print_of_credit_note(note: CreditNote) -> tuple[str, bytes]:
    """The name and content of a credit note's PDF: rarely asked for, so printed each time, always the same."""
    return _printed(document_of(note))


def print_of_receipt(payment: Payment) -> tuple[str, bytes]:
    """The name and content of a receipt."""
    return _printed(receipt_of(payment))


def _printed(document: Snapshot) -> tuple[str, bytes]:
    return file_name(document), print_document(document, logo=logo_of(document)).content


def logo_of(document: Snapshot) -> Logo | None:
    """The brand's picture; a document whose picture was taken away is printed with the name alone."""
    if document.brand.logo_file_id is None:
        return None
    return stored_logo(document.brand.logo_file_id)


def stored_logo(file_id: UUID) -> Logo | None:
    """A brand's picture as it is stored; nothing where it was taken away."""
    file = StoredFile.objects.filter(pk=file_id, deleted_at=None).first()
    if file is None:
        return None
    try:
        with files.open_file(file) as stored:
            return Logo(media_type=file.media_type, content=stored.read())
    except FileGone:
        return None
