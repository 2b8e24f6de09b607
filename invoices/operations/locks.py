"""Row locks by name. Order: account, then invoice, then what hangs on it."""

from __future__ import annotations

from uuid import UUID

from invoices.models import InvoiceState, Payment, PaymentAttempt, Refund
from invoices.models.documents import DocumentStatus
from provider.kernel.errors import NotFound


def lock_state(invoice_id: UUID) -> InvoiceState:
    """What is open of a finalized invoice, so that payments, credits and refunds come one after the other."""
    rows = InvoiceState.objects.select_for_update(of=("self",)).select_related("invoice")
    state = rows.filter(pk=invoice_id, invoice__status=DocumentStatus.FINALIZED).first()
    if state is None:
        raise NotFound()
    return state


def lock_attempt(attempt_id: UUID) -> PaymentAttempt:
    """The attempt, so that webhook and returning browser move it one after the other."""
    attempt = PaymentAttempt.objects.select_for_update(of=("self",)).filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound()
    return attempt


def lock_payment(payment_id: UUID) -> Payment:
    """The payment, so that its rest is assigned or given back once."""
    payment = Payment.objects.select_for_update(of=("self",)).filter(pk=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def lock_refund(refund_id: UUID) -> Refund:
    """The refund, so that it is paid once."""
    refund = Refund.objects.select_for_update(of=("self",)).filter(pk=refund_id).first()
    if refund is None:
        raise NotFound()
    return refund
