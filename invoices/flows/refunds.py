"""Refunds to a card: begun and committed, asked of the gateway under the refund's own key, its answer recorded."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from invoices.errors import GatewayRefused, GatewayUnavailable, NoGateway
from invoices.gateways import stripe
from invoices.models import CreditNote, Refund
from invoices.operations.refunds import ToCard, begin_refund_by_card, due_to_card, end_refund
from invoices.queries.payments import waiting_refunds
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.money import Money

logger = logging.getLogger(__name__)

ASK_AFTER: Final = timedelta(minutes=10)
KEYS_LAST: Final = timedelta(hours=23)  # the gateway knows them for a day


def ask_again(*, real_at: datetime, limit: int = 100) -> int:
    """Ask about refunds of which the gateway has not told the end; how many were asked about.

    One that the gateway never answered is asked for under its key as long as the gateway knows keys, so that it pays
    once; after that it is left to a person, and the list of credit notes shows it as on its way.
    """
    if not stripe.is_configured():
        return 0
    asked = 0
    for refund in waiting_refunds(since=real_at - KEYS_LAST, before=real_at - ASK_AFTER, limit=limit):
        try:
            _ask(refund, by=SYSTEM, at=refund.account.test_clock_at or real_at)
        except GatewayUnavailable:
            logger.warning("Stripe does not answer; %d refunds were asked about.", asked)
            break
        except GatewayRefused as refusal:
            logger.warning("Stripe refuses refund %s: %s", refund.id, refusal)
        asked += 1
    return asked


def preview_refund_by_card(note: CreditNote) -> ToCard:
    """What giving back to the card would do; the gateway is not asked."""
    if not stripe.is_configured():
        raise NoGateway()
    return due_to_card(note)


def refund_by_card(*, credit_note_id: UUID, by: Actor, at: datetime, expected: str | None = None) -> Refund:
    """Give back to the card what a credit note owes; asked again after a failure of the line, the same refund."""
    if not stripe.is_configured():
        raise NoGateway()
    refund = begin_refund_by_card(credit_note_id=credit_note_id, by=by, at=at, expected=expected)
    return _ask(refund, by=by, at=at)


def _ask(refund: Refund, *, by: Actor, at: datetime) -> Refund:
    assert refund.payment is not None
    intent_id = refund.payment.reference
    if refund.reference:
        answer = stripe.refund_state(refund.reference)
    else:  # its key may be forgotten by now: what was made under it must not be made twice
        answer = stripe.find_refund(refund_id=refund.id, intent_id=intent_id) or stripe.refund(
            refund_id=refund.id, intent_id=intent_id, amount=Money(refund.amount_minor, refund.currency)
        )
    return end_refund(refund_id=refund.id, answer=answer, by=by, at=at)
