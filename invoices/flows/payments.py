"""Paying online: begin and commit, ask the gateway, record its answer. A call that got lost is made again, same key."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from invoices.errors import GatewayRefused, GatewayUnavailable, NoBankCard, NoGateway
from invoices.gateways import stripe
from invoices.models import PaymentAttempt
from invoices.operations.attempts import (
    Told,
    apply_state,
    begin_attempt,
    ignore_notice,
    is_received,
    page_opened,
)
from invoices.queries.payments import attempt_of, waiting_attempts
from invoices.rules.gateway import Notice, Request, State
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.money import Money

from .bank_cards import ask_about_charge, keep_card, subject_of

logger = logging.getLogger(__name__)

ASK_AFTER = timedelta(minutes=10)


def open_payment_page(*, invoice_id: UUID, by: Actor, real_at: datetime) -> str:
    """The address of the gateway's page on which the invoice is paid; asked twice, the same page."""
    if not stripe.is_configured():
        raise NoGateway()
    attempt = begin_attempt(invoice_id=invoice_id, gateway=stripe.CODE, by=by, real_at=real_at)
    if attempt.page_url:
        return attempt.page_url
    page = stripe.open_page(_request(attempt))
    return page_opened(attempt_id=attempt.id, page=page).page_url


def _request(attempt: PaymentAttempt) -> Request:
    """The same for the same attempt, whoever asks in whatever language: the gateway compares."""
    account, invoice = attempt.account, attempt.invoice
    assert attempt.expires_at is not None
    return Request(
        attempt_id=attempt.id,
        amount=Money(attempt.amount_minor, attempt.currency),
        subject=subject_of(invoice),
        email=account.email,
        language=invoice.language,
        done_url=f"{settings.SITE_URL}/my/payments/{attempt.id}/back/",
        back_url=f"{settings.SITE_URL}/my/invoices/{attempt.invoice_id}/",
        expires_at=attempt.expires_at,
    )


def ask_about(attempt: PaymentAttempt, *, by: Actor, real_at: datetime) -> Told:
    """Ask the gateway how an attempt stands, and record it: for the browser that comes back, and for the sweeper."""
    if attempt.bank_card_id is not None:
        return ask_about_charge(attempt, by=by, real_at=real_at)
    if not attempt.session_id:
        return Told(outcome="ignored", attempt=attempt)
    state = stripe.state_of(attempt.session_id)
    at = attempt.account.test_clock_at or real_at
    return apply_state(attempt_id=attempt.id, state=state, by=by, at=at, real_at=real_at)


def take_webhook(*, body: bytes, signature: str, real_at: datetime) -> Told:
    """What Stripe told us: a hint to ask it. Raises `WebhookNotGenuine`, and `GatewayUnavailable` to be told again."""
    notice = stripe.read_notice(body=body, signature=signature)
    if is_received(gateway=stripe.CODE, event_id=notice.event_id):
        return Told(outcome="known")
    if notice.saves_card_of is not None:
        with suppress(NoBankCard):  # removed by now, or of an account that is not ours: there is nothing to keep
            keep_card(page=notice.session_id, account_id=notice.saves_card_of, by=SYSTEM, real_at=real_at)
    attempt = attempt_of(attempt_id=notice.attempt_id, gateway=stripe.CODE, session_id=notice.session_id)
    if attempt is None:
        return ignore_notice(gateway=stripe.CODE, notice=notice, real_at=real_at)
    state = _asked(attempt, notice=notice)
    at = attempt.account.test_clock_at or real_at
    return apply_state(attempt_id=attempt.id, state=state, by=SYSTEM, at=at, real_at=real_at, notice=notice)


def _asked(attempt: PaymentAttempt, *, notice: Notice) -> State:
    """What the gateway says of the try that a notice speaks of: taken from a card, or paid on a page."""
    if attempt.bank_card_id is not None and (intent_id := attempt.intent_id or notice.intent_id):
        return stripe.charge_state(intent_id)
    session_id = attempt.session_id or notice.session_id
    if not session_id:  # the notice was quicker than our own note of the page: it comes again
        raise GatewayUnavailable()
    return stripe.state_of(session_id)


def ask_about_waiting(*, real_at: datetime, limit: int = 100) -> int:
    """Ask about tries that were left open for a while, in case no webhook came; how many were asked about."""
    if not stripe.is_configured():
        return 0
    asked = 0
    for attempt in waiting_attempts(before=real_at - ASK_AFTER, limit=limit):
        try:
            ask_about(attempt, by=SYSTEM, real_at=real_at)
        except GatewayUnavailable:
            logger.warning("Stripe does not answer; %d attempts were asked about.", asked)
            break
        except GatewayRefused as refusal:  # of one: the others are asked about all the same
            logger.warning("Stripe refuses to say how attempt %s stands: %s", attempt.id, refusal.code)
        asked += 1
    return asked
