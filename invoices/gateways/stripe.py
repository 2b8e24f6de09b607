"""Stripe through its own library: a Checkout page for an invoice, what became of it, kept cards, refunds, webhooks.

Nothing here decides or writes. The library's global settings are never touched: one client per process, with its own
key and, where settings name one, its own address (`STRIPE_API_BASE`: the double of tests and demo).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings

from invoices.errors import GatewayRefused, GatewayUnavailable, WebhookNotGenuine
from invoices.rules.gateway import (
    CardRequest,
    Charge,
    Notice,
    Page,
    PaidBack,
    Request,
    SavedCard,
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
_REFUND: Final = "perennial_refund"
_ACCOUNT: Final = "perennial_account"  # how a page at Stripe names the account whose card it keeps


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
    return _made(params, key=f"page-{request.attempt_id}")


def _made(params: dict[str, Any], *, key: str) -> Page:
    with _answered():
        sessions = _client().v1.checkout.sessions
        session = sessions.create(
            params=params,  # type: ignore[arg-type] # put together above; the double checks it by the library's types
            options={"idempotency_key": key},
        )
    expires_at = datetime.fromtimestamp(session.expires_at, tz=UTC)
    return Page(session_id=session.id, url=session.url or "", expires_at=expires_at)


def state_of(session_id: str) -> State:
    """How the payment of a page stands now."""
    with _answered():
        client = _client()
        session = client.v1.checkout.sessions.retrieve(session_id)
        intent_id = _id_of(session.payment_intent)
        intent = client.v1.payment_intents.retrieve(intent_id) if intent_id else None
    if session.status == "expired" and (intent is None or intent.status != "succeeded"):
        return State(standing=Standing.EXPIRED, session_id=session_id, intent_id=intent_id)
    return _state(intent, session_id=session_id) if intent else State(standing=Standing.OPEN, session_id=session_id)


def _state(intent: stripe.PaymentIntent, *, session_id: str = "") -> State:
    if intent.status == "succeeded":
        taken = from_stripe_minor(minor=intent.amount_received, currency=intent.currency)
        return State(standing=Standing.PAID, session_id=session_id, intent_id=intent.id, amount=taken)
    error = intent.last_payment_error
    if error is not None or intent.status == "canceled":
        code = _code_of(error) if error is not None else "canceled"
        return State(standing=Standing.FAILED, session_id=session_id, intent_id=intent.id, failure_code=code)
    return State(standing=Standing.OPEN, session_id=session_id, intent_id=intent.id)


def _code_of(error: Any) -> str:
    return str(getattr(error, "decline_code", None) or error.code or "declined")


def close_page(session_id: str) -> None:
    """Have a page take no payment any more; one that is over already stays as it is."""
    import stripe

    try:
        with _answered():
            _client().v1.checkout.sessions.expire(session_id)
    except GatewayRefused as refused:
        if not isinstance(refused.__cause__, stripe.InvalidRequestError):
            raise


def open_card_page(request: CardRequest) -> Page:
    """The page on which a payer enters a bank card that is kept."""
    metadata = {_ACCOUNT: str(request.account_id)}
    params: dict[str, Any] = {
        "mode": "setup",
        "currency": request.currency.lower(),
        "allowed_payment_method_types": ["card"],
        "customer_creation": "always",
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "success_url": f"{request.done_url}?page={{CHECKOUT_SESSION_ID}}",
        "cancel_url": request.back_url,
        "locale": _LOCALES.get(request.language, "auto"),
    }
    if request.email:
        params["customer_email"] = request.email
    return _made(params, key=f"card-page-{request.key}")


def saved_card(session_id: str) -> SavedCard | None:
    """The bank card that was entered on a page of ours; none where none was, or the page was not for one."""
    with _answered():
        client = _client()
        session = client.v1.checkout.sessions.retrieve(session_id)
        account_id = _uuid_in(session.metadata or {}, _ACCOUNT)
        if session.mode != "setup" or session.status != "complete" or account_id is None:
            return None
        intent = client.v1.setup_intents.retrieve(_id_of(session.setup_intent))
        method = client.v1.payment_methods.retrieve(_id_of(intent.payment_method))
    if method.card is None:
        return None
    return SavedCard(
        account_id=account_id,
        customer_ref=_id_of(session.customer),
        method_ref=method.id,
        brand=method.card.brand,
        last4=method.card.last4,
        expires_month=method.card.exp_month,
        expires_year=method.card.exp_year,
    )


def forget_card(method_ref: str) -> None:
    """Have the gateway keep a bank card no more; one that it does not keep stays as it is."""
    import stripe

    try:
        with _answered():
            _client().v1.payment_methods.detach(method_ref)
    except GatewayRefused as refused:
        if not isinstance(refused.__cause__, stripe.InvalidRequestError):
            raise


def charge(wish: Charge) -> State:
    """Take money from a kept bank card while its owner is away; asked again with the same attempt, the same answer.

    A refusal of the bank is an answer, also where it wants to see the owner first.
    """
    import stripe

    metadata = {_ATTEMPT: str(wish.attempt_id)}
    with _answered():
        intents = _client().v1.payment_intents
        try:
            intent = intents.create(
                params={
                    "amount": to_stripe_minor(wish.amount),
                    "currency": wish.amount.currency.lower(),
                    "customer": wish.customer_ref,
                    "payment_method": wish.method_ref,
                    "allowed_payment_method_types": ["card"],
                    "off_session": True,
                    "confirm": True,
                    "description": wish.subject,
                    "metadata": metadata,
                },
                options={"idempotency_key": f"charge-{wish.attempt_id}"},
            )
        except stripe.CardError as refusal:
            made = refusal.error.payment_intent if refusal.error is not None else None
            code = _code_of(refusal.error) if refusal.error is not None else "declined"
            return State(standing=Standing.FAILED, session_id="", intent_id=_id_of(made), failure_code=code)
        except stripe.InvalidRequestError as refusal:  # it keeps the card no more, or takes nothing from this customer
            logger.warning("Stripe takes nothing from a kept card (%s)", refusal.code)
            return State(standing=Standing.FAILED, session_id="", failure_code="payment_method_unavailable")
    return _state(intent)


def find_charge(*, attempt_id: UUID, customer_ref: str) -> State | None:
    """How a payment from a kept card stands that was made without our hearing of it; none where none was made."""
    with _answered():
        made = _client().v1.payment_intents.list(params={"customer": customer_ref, "limit": 100})
        mine = [one for one in made.auto_paging_iter() if _uuid_in(one.metadata or {}, _ATTEMPT) == attempt_id]
    return _state(mine[0]) if mine else None


def charge_state(intent_id: str) -> State:
    """How a payment stands that was taken from a kept bank card."""
    with _answered():
        return _state(_client().v1.payment_intents.retrieve(intent_id))


def refund(*, refund_id: UUID, intent_id: str, amount: Money) -> PaidBack:
    """Give money back by the way it came; asked again with the same refund, the same answer."""
    with _answered():
        refunds = _client().v1.refunds
        made = refunds.create(
            params={
                "payment_intent": intent_id,
                "amount": to_stripe_minor(amount),
                "reason": "requested_by_customer",
                "metadata": {_REFUND: str(refund_id)},
            },
            options={"idempotency_key": f"refund-{refund_id}"},
        )
    return _paid_back(made)


def find_refund(*, refund_id: UUID, intent_id: str) -> PaidBack | None:
    """A refund of ours that the gateway made without our hearing of it; none where it made none."""
    with _answered():
        made = _client().v1.refunds.list(params={"payment_intent": intent_id, "limit": 100})
        mine = [one for one in made.auto_paging_iter() if _uuid_in(one.metadata or {}, _REFUND) == refund_id]
    return _paid_back(mine[0]) if mine else None


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
    metadata, of_what = of.get("metadata") or {}, of.get("object")
    return Notice(
        event_id=event.id,
        kind=event.type,
        attempt_id=_uuid_in(metadata, _ATTEMPT),
        session_id=str(of["id"]) if of_what == "checkout.session" else "",
        intent_id=str(of["id"]) if of_what == "payment_intent" else "",
        saves_card_of=_uuid_in(metadata, _ACCOUNT) if event.type == "checkout.session.completed" else None,
    )


def _uuid_in(metadata: Any, name: str) -> UUID | None:
    try:
        return UUID(str(metadata[name]))
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
