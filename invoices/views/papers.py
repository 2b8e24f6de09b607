"""Documents to download, for whoever may read them."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from invoices.flows.prints import print_of_credit_note, print_of_invoice, print_of_receipt
from invoices.queries.documents import access_credit_note, access_invoice
from invoices.queries.payments import access_payment
from provider.kernel import clock, files
from provider.kernel.doors import actor_of, allow


@allow("invoices.view")
@require_safe
def invoice_pdf(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    """The invoice as it was issued."""
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    stored = print_of_invoice(invoice, by=by, at=clock.now())
    answer = FileResponse(
        files.open_file(stored), as_attachment=True, filename=stored.name, content_type=stored.media_type
    )
    return _guarded(answer)


@allow("invoices.view")
@require_safe
def credit_note_pdf(request: HttpRequest, credit_note_id: UUID) -> HttpResponseBase:
    """The credit note as it was issued."""
    return _attached(*print_of_credit_note(access_credit_note(credit_note_id=credit_note_id, by=actor_of(request))))


@allow("invoices.view")
@require_safe
def receipt_pdf(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """What was paid, and for what."""
    return _attached(*print_of_receipt(access_payment(payment_id=payment_id, by=actor_of(request))))


def _attached(name: str, content: bytes) -> HttpResponseBase:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return _guarded(answer)


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
