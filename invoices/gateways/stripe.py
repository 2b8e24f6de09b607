"""Stripe through its own library: a Checkout page for an invoice, what became of it, refunds, webhooks.

Nothing here decides or writes. The library's global settings are never touched: one client per process, with its own
key and, where settings name one, its own address (`STRIPE_API_BASE`: the double of tests and demo).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings

from invoices.errors import GatewayRefused, GatewayUnavailable, WebhookNotGenuine
from invoices.rules.gateway import (
    Notice,
    Page,
    PaidBack,
    Request,
    Standing,
    State,
    from_stripe_minor,
    to_stripe_minor,
)
from provider.kernel.money import Money

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

CODE: Final = "stripe"
_LOCALES: Final = {"en": "en", "zh-hans": "zh", "zh-hant": "zh-TW"}
_ATTEMPT: Final = "perennial_attempt"  # how a payment at Stripe names our attempt


def is_configured() -> bool:
    """Whether this installation takes money through Stripe."""
    return bool(settings.STRIPE_KEY)


def open_page(request: Request) -> Page:
    """The payment page for an attempt; asked again with the same attempt, the same page."""
    metadata = {_ATTEMPT: str(request.attempt_id)}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.amount.currency.lower(),
                    "unit_amount": to_stripe_minor(request.amount),
                    "product_data": {"name": request.subject},
                },
            }
        ],
        "client_reference_id": str(request.attempt_id),
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": request.subject},
        "success_url": request.done_url,
        "cancel_url": request.back_url,
        "expires_at": int(request.expires_at.timestamp()),
        "locale": _LOCALES.get(request.language, "auto"),
    }
    if request.email:
        params["customer_email"] = request.email
    with _answered():
        sessions = _client().v1.checkout.sessions
        session = sessions.create(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": f"page-{request.attempt_id}"},
        )
    return Page(session_id=session.id, url=session.url or "")


def state_of(session_id: str) -> State:
    """How the payment of a page stands now."""
    with _answered():
        client = _client()
        session = client.v1.checkout.sessions.retrieve(session_id)
        intent_id = _id_of(session.payment_intent)
        intent = client.v1.payment_intents.retrieve(intent_id) if intent_id else None
    if intent is not None and intent.status == "succeeded":
        taken = from_stripe_minor(minor=intent.amount_received, currency=intent.currency)
        return State(standing=Standing.PAID, session_id=session_id, intent_id=intent_id, amount=taken)
    if session.status == "expired":
        return State(standing=Standing.EXPIRED, session_id=session_id, intent_id=intent_id)
    error = intent.last_payment_error if intent is not None else None
    if error is not None:
        code = str(getattr(error, "decline_code", None) or error.code or "declined")
        return State(standing=Standing.FAILED, session_id=session_id, intent_id=intent_id, failure_code=code)
    return State(standing=Standing.OPEN, session_id=session_id, intent_id=intent_id)


def close_page(session_id: str) -> None:
    """Have a page take no payment any more; one that is over already stays as it is."""
    import stripe

    try:
        with _answered():
            _client().v1.checkout.sessions.expire(session_id)
    except GatewayRefused as refused:
        if not isinstance(refused.__cause__, stripe.InvalidRequestError):
            raise


def refund(*, refund_id: UUID, intent_id: str, amount: Money) -> PaidBack:
    """Give money back by the way it came; asked again with the same refund, the same answer."""
    with _answered():
        refunds = _client().v1.refunds
        made = refunds.create(
            params={
                "payment_intent": intent_id,
                "amount": to_stripe_minor(amount),
                "reason": "requested_by_customer",
                "metadata": {"perennial_refund": str(refund_id)},
            },
            options={"idempotency_key": f"refund-{refund_id}"},
        )
    return _paid_back(made)


def refund_state(reference: str) -> PaidBack:
    """How a refund stands that was asked for before. Asking under its key again would only repeat the first answer."""
    with _answered():
        return _paid_back(_client().v1.refunds.retrieve(reference))


def _paid_back(made: stripe.Refund) -> PaidBack:
    return PaidBack(
        reference=made.id, is_done=made.status == "succeeded", is_failed=made.status in ("failed", "canceled")
    )


def read_notice(*, body: bytes, signature: str) -> Notice:
    """The webhook, if one of the secrets signed it a short while ago; raises `WebhookNotGenuine`."""
    import stripe

    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            event = _client().construct_event(body, signature, secret)
        except (ValueError, stripe.SignatureVerificationError):
            continue
        return _notice(event)
    logger.warning("A webhook of Stripe was refused: its signature is not ours.")
    raise WebhookNotGenuine()


def _notice(event: stripe.Event) -> Notice:
    if event.livemode != settings.STRIPE_KEY.startswith(("sk_live_", "rk_live_")):
        logger.warning("Stripe event %s is of the other mode (live or test); it was refused.", event.id)
        raise WebhookNotGenuine()
    if event.api_version and event.api_version != _version():
        logger.info("Stripe event %s has API version %s, ours is %s.", event.id, event.api_version, _version())
    of = event.data.to_dict()["object"]
    is_session = of.get("object") == "checkout.session"
    return Notice(
        event_id=event.id,
        kind=event.type,
        attempt_id=_attempt_id(of.get("metadata") or {}),
        session_id=str(of["id"]) if is_session else "",
    )


def _attempt_id(metadata: Any) -> UUID | None:
    try:
        return UUID(str(metadata[_ATTEMPT]))
    except (KeyError, ValueError):
        return None


def _id_of(expandable: Any) -> str:
    return "" if expandable is None else str(getattr(expandable, "id", expandable))


def _version() -> str:
    import stripe

    return str(stripe.api_version)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str, timeout_seconds: int) -> stripe.StripeClient:
    import stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=2,
        http_client=stripe.HTTPXClient(timeout=timeout_seconds, allow_sync_methods=True),
    )


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS)


@contextmanager
def _answered() -> Iterator[None]:
    """Stripe's failures as ours: what may be asked again, and what is wrong and stays wrong."""
    import stripe

    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as trouble:
        raise GatewayUnavailable() from trouble
    except stripe.StripeError as trouble:
        if (trouble.http_status or 500) >= 500 or trouble.http_status == 409:
            raise GatewayUnavailable() from trouble
        logger.exception("Stripe refused a request (%s)", trouble.code)
        raise GatewayRefused() from trouble
