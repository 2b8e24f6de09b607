"""Documents on paper, for machines: what was asked for, given back and paid, as PDF."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from invoices.flows.prints import print_of_credit_note, print_of_invoice, print_of_receipt
from invoices.queries.documents import access_credit_note, access_invoice
from invoices.queries.payments import access_payment
from provider.kernel import clock, files
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import scope
from provider.kernel.models import StoredFile

router = Router(tags=["Invoices"])


def answers_with(media_type: str) -> dict[str, Any]:
    """What the API's document says of an endpoint that answers with a file."""
    return {"responses": {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}}


def handed_out(stored: StoredFile) -> FileResponse:
    """A stored file to take away, under its name."""
    return FileResponse(
        files.open_file(stored), as_attachment=True, filename=stored.name, content_type=stored.media_type
    )


_PDF: Final = answers_with("application/pdf")


@router.get(
    "/invoices/{invoice_id}/pdf",
    response={200: None},
    openapi_extra=_PDF,
    operation_id="read_invoice_pdf",
    summary=N_("Download an invoice"),
    description=N_("The document as it was issued, as PDF: the same bytes each time."),
)
@scope("invoices:read")
def read_invoice_pdf(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    by = actor_of(request)
    stored = print_of_invoice(access_invoice(invoice_id=invoice_id, by=by), by=by, at=clock.now())
    return handed_out(stored)


@router.get(
    "/credit-notes/{credit_note_id}/pdf",
    response={200: None},
    openapi_extra=_PDF,
    operation_id="read_credit_note_pdf",
    summary=N_("Download a credit note"),
    description=N_("The credit note as it was issued, as PDF."),
)
@scope("invoices:read")
def read_credit_note_pdf(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    return _attached(*print_of_credit_note(access_credit_note(credit_note_id=credit_note_id, by=actor_of(request))))


@router.get(
    "/payments/{payment_id}/pdf",
    response={200: None},
    openapi_extra=_PDF,
    operation_id="read_receipt_pdf",
    summary=N_("Download a receipt"),
    description=N_("What was paid when, and for which invoices, as PDF."),
)
@scope("invoices:read")
def read_receipt_pdf(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    return _attached(*print_of_receipt(access_payment(payment_id=payment_id, by=actor_of(request))))


def _attached(name: str, content: bytes) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})
