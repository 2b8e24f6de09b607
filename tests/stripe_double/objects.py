"""Stripe's objects as its API gives them: the members that the product reads, and those that are always there."""

from __future__ import annotations

import secrets
from typing import Any

import stripe

Plain = dict[str, Any]


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def customer(params: Plain, *, now: int) -> Plain:
    return {
        "id": new_id("cus"),
        "object": "customer",
        "created": now,
        "livemode": False,
        "email": params.get("email"),
        "name": params.get("name"),
        "metadata": params.get("metadata", {}),
    }


def session(params: Plain, *, now: int, base: str) -> Plain:
    """A Checkout session; the amount is the sum of its line items, and none where a card is only kept."""
    prices = [(item["price_data"], int(item.get("quantity", "1"))) for item in params.get("line_items", [])]
    amount = sum(int(price["unit_amount"]) * quantity for price, quantity in prices)
    made = new_id("cs_test")
    return {
        "id": made,
        "object": "checkout.session",
        "created": now,
        "livemode": False,
        "mode": params["mode"],
        "status": "open",
        "payment_status": "unpaid" if prices else "no_payment_required",
        "payment_intent": None,
        "setup_intent": None,
        "amount_total": amount,
        "amount_subtotal": amount,
        "currency": prices[0][0]["currency"] if prices else params["currency"],
        "client_reference_id": params.get("client_reference_id"),
        "customer": params.get("customer"),
        "customer_email": params.get("customer_email"),
        "metadata": params.get("metadata", {}),
        "success_url": params.get("success_url"),
        "cancel_url": params.get("cancel_url"),
        "expires_at": int(params.get("expires_at", now + 24 * 3600)),
        "locale": params.get("locale"),
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": {},
        "shipping_options": [],
        "url": f"{base}/pay/{made}",
    }


def intent(of: Plain, params: Plain, *, now: int) -> Plain:
    """The PaymentIntent of a session, made when the payer first tries."""
    data = params.get("payment_intent_data", {})
    return _payment_intent(data, amount=of["amount_total"], now=now) | {
        "currency": of["currency"],
        "customer": of["customer"],
        "payment_method_types": of["payment_method_types"],
    }


def kept_intent(params: Plain, *, now: int) -> Plain:
    """The SetupIntent of a page on which a card is only kept."""
    return {
        "id": new_id("seti"),
        "object": "setup_intent",
        "created": now,
        "livemode": False,
        "customer": params["customer"],
        "payment_method": params["payment_method"],
        "payment_method_types": ["card"],
        "status": "succeeded",
        "usage": "off_session",
        "metadata": params.get("setup_intent_data", {}).get("metadata", {}),
    }


def payment_method(card: Plain, *, customer: str, now: int) -> Plain:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "created": now,
        "livemode": False,
        "type": "card",
        "customer": customer,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {"exp_month": 12, "exp_year": 2034, "funding": "credit", **card},
    }


def taken(params: Plain, *, now: int) -> Plain:
    """A PaymentIntent that is confirmed at once, without a page."""
    return _payment_intent(params, amount=int(params["amount"]), now=now) | {
        "currency": params["currency"],
        "customer": params.get("customer"),
        "payment_method": params["payment_method"],
        "payment_method_types": params.get("allowed_payment_method_types", ["card"]),
    }


def _payment_intent(told: Plain, *, amount: int, now: int) -> Plain:
    """What every PaymentIntent has before anything was taken."""
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        "created": now,
        "livemode": False,
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "description": told.get("description"),
        "metadata": told.get("metadata", {}),
        "status": "requires_payment_method",
        "latest_charge": None,
        "last_payment_error": None,
        "next_action": None,
    }


def refund(of: Plain, *, amount: int, params: Plain, now: int) -> Plain:
    return {
        "id": new_id("re"),
        "object": "refund",
        "created": now,
        "amount": amount,
        "currency": of["currency"],
        "payment_intent": of["id"],
        "charge": of["latest_charge"],
        "reason": params.get("reason"),
        "metadata": params.get("metadata", {}),
        "status": "succeeded",
    }


def event(kind: str, of: Plain, *, now: int, key: str | None) -> Plain:
    """What is told of an object, with the object as it is at that moment."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": now,
        "data": {"object": dict(of)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": key},
        "type": kind,
    }
