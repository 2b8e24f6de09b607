"""Refunds to a card: begun and committed, asked of the gateway under the refund's own key, its answer recorded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from invoices.errors import NoGateway
from invoices.gateways import stripe
from invoices.models import Refund
from invoices.operations.refunds import begin_refund_by_card, end_refund
from provider.kernel.actor import Actor
from provider.kernel.money import Money


def refund_by_card(*, credit_note_id: UUID, by: Actor, at: datetime) -> Refund:
    """Give back to the card what a credit note owes; asked again after a failure of the line, the same refund."""
    if not stripe.is_configured():
        raise NoGateway()
    refund = begin_refund_by_card(credit_note_id=credit_note_id, by=by, at=at)
    assert refund.payment is not None
    answer = stripe.refund(
        refund_id=refund.id,
        intent_id=refund.payment.reference,
        amount=Money(refund.amount_minor, refund.currency),
    )
    return end_refund(refund_id=refund.id, answer=answer, by=by, at=at)
