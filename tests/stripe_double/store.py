"""What the double remembers, and what happens to it: in memory, one lock around all."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe
from stripe.checkout import Session
from stripe.params import CustomerCreateParams, PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from . import objects
from .contract import BadRequest, CardRefused, check_answer, check_request

Plain = dict[str, Any]
# Cards as Stripe's own test cards: what becomes of a payment that is taken while their owner is away.
CARDS: dict[str, tuple[Plain, str]] = {
    "good": ({"brand": "visa", "last4": "4242"}, ""),
    "poor": ({"brand": "visa", "last4": "9995"}, "insufficient_funds"),
    "lost": ({"brand": "mastercard", "last4": "9987"}, "lost_card"),
    "asks": ({"brand": "visa", "last4": "3155"}, "authentication_required"),
}
Deliver = Callable[[bytes, dict[str, str]], int]


class Missing(Exception):
    """There is no such object."""


class KeyConflict(Exception):
    """The idempotency key was used before with other parameters."""


class KeyInUse(Exception):
    """The first request with this idempotency key is still at work."""


@dataclass
class Remembered:
    """The answer to the first request with an idempotency key."""

    digest: str
    status: int = 0
    answer: Plain | None = None


@dataclass
class Store:
    """All objects by id, keys, and the events that were not delivered yet."""

    secret: str
    base: str = ""
    now: Callable[[], float] = time.time
    things: dict[str, Plain] = field(default_factory=dict)
    params: dict[str, Plain] = field(default_factory=dict)  # of sessions: what the intent is made of
    refusals: dict[str, str] = field(default_factory=dict)  # of kept cards: what the bank says when one is taken from
    keys: dict[str, Remembered] = field(default_factory=dict)
    events: list[Plain] = field(default_factory=list)
    undelivered: list[Plain] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # --- Reading ---

    def get(self, thing_id: str) -> Plain:
        if thing_id not in self.things:
            raise Missing(thing_id)
        found = self.things[thing_id]
        if found["object"] == "checkout.session" and found["status"] == "open" and found["expires_at"] <= self._now():
            found.update(status="expired", url=None)
            self._tell("checkout.session.expired", found)
        return found

    def all_of(self, kind: str) -> list[Plain]:
        return [thing for thing in self.things.values() if thing["object"] == kind]

    # --- Idempotency ---

    def once(self, *, key: str | None, path: str, body: str, act: Callable[[], tuple[int, Plain]]) -> tuple[int, Plain]:
        """The first answer again for the same key and request; anything else under that key is refused."""
        if not key:
            return act()
        digest = hashlib.sha256(f"{path}\n{body}".encode()).hexdigest()
        with self.lock:
            known = self.keys.get(key)
            if known is None:
                known = self.keys[key] = Remembered(digest)
            elif known.digest != digest:
                raise KeyConflict
            elif known.answer is None:
                raise KeyInUse
            else:
                return known.status, known.answer
        try:
            known.status, known.answer = act()
        except CardRefused as refused:  # an answer like another: the same again for the same key
            known.status, known.answer = 402, {"error": refused.error}
        except BaseException:
            del self.keys[key]
            raise
        return known.status, known.answer

    # --- Calls ---

    def create_customer(self, params: Plain, *, key: str | None = None) -> Plain:
        check_request(CustomerCreateParams, params)
        return self._keep(stripe.Customer, objects.customer(params, now=self._now()))

    def create_session(self, params: Plain, *, key: str | None = None) -> Plain:
        check_request(SessionCreateParams, params)
        is_payment = params.get("mode") == "payment"
        for name in ("line_items" if is_payment else "currency", "success_url"):
            if name not in params:
                raise BadRequest(f"Missing required param: {name}.", param=name, code="parameter_missing")
        if params.get("mode") not in ("payment", "setup"):
            raise BadRequest("This double takes payments and keeps cards only.", param="mode")
        made = objects.session(params, now=self._now(), base=self.base)
        if is_payment and made["amount_total"] <= 0:
            raise BadRequest("The total amount due must be greater than zero.", param="line_items")
        self.params[made["id"]] = params
        return self._keep(Session, made)

    def expire_session(self, session_id: str) -> Plain:
        with self.lock:
            found = self.get(session_id)
            if found["status"] != "open":
                raise BadRequest("Only Checkout Sessions with a status in [open] can be expired.")
            found.update(status="expired", url=None)
            self._tell("checkout.session.expired", found)
            return found

    def create_refund(self, params: Plain, *, key: str | None = None) -> Plain:
        check_request(RefundCreateParams, params)
        with self.lock:
            intent = self.get(params.get("payment_intent", ""))
            given = sum(r["amount"] for r in self.all_of("refund") if r["payment_intent"] == intent["id"])
            left = intent["amount_received"] - given
            amount = int(params.get("amount", left))
            if left == 0:
                raise BadRequest("Charge has already been refunded.", code="charge_already_refunded")
            if amount > left:
                raise BadRequest("Refund amount is greater than unrefunded amount on charge", param="amount")
            made = objects.refund(intent, amount=amount, params=params, now=self._now())
            self._keep(stripe.Refund, made)
            self._tell("refund.created", made, key=key)
            return made

    def take(self, params: Plain, *, key: str | None = None) -> Plain:
        """A payment from a kept card, confirmed at once; one that the bank refuses is refused to the asker too."""
        check_request(PaymentIntentCreateParams, params)
        with self.lock:
            method = self.things.get(params.get("payment_method", ""))
            if method is None or method["customer"] is None or method["customer"] != params.get("customer"):
                raise BadRequest(
                    "The provided PaymentMethod cannot be attached or was detached.", code="payment_method_unavailable"
                )
            made = self._keep(stripe.PaymentIntent, objects.taken(params, now=self._now()))
            code = self.refusals.get(method["id"], "")
            if not code:
                made.update(status="succeeded", amount_received=made["amount"], latest_charge=objects.new_id("ch"))
                self._tell("payment_intent.succeeded", made, key=key)
                return made
            is_asked = code == "authentication_required"
            error = {"type": "card_error", "code": code if is_asked else "card_declined", "message": "Declined."}
            error |= {"decline_code": code}
            made.update(last_payment_error=error)
            self._tell("payment_intent.payment_failed", made, key=key)
            raise CardRefused(error | {"payment_intent": dict(made)})

    def detach(self, method_id: str) -> Plain:
        with self.lock:
            method = self.get(method_id)
            if method["customer"] is None:
                raise BadRequest("The payment method you provided is not attached to a customer.")
            method.update(customer=None)
            return method

    # --- What the payer does on the hosted page ---

    def keep_card(self, session_id: str, *, card: str = "good") -> Plain:
        """The payer entered a card, and it is kept."""
        with self.lock:
            session = self.get(session_id)
            if session["status"] != "open" or session["mode"] != "setup":
                raise BadRequest("This page has expired.")
            params = self.params[session_id]
            customer = self._keep(
                stripe.Customer, objects.customer({"email": params.get("customer_email")}, now=self._now())
            )
            facts, refusal = CARDS[card]
            method = self._keep(
                stripe.PaymentMethod, objects.payment_method(facts, customer=customer["id"], now=self._now())
            )
            self.refusals[method["id"]] = refusal
            kept = params | {"customer": customer["id"], "payment_method": method["id"]}
            intent = self._keep(stripe.SetupIntent, objects.kept_intent(kept, now=self._now()))
            session.update(status="complete", customer=customer["id"], setup_intent=intent["id"], url=None)
            self._tell("checkout.session.completed", session)
            return session

    def pay(self, session_id: str) -> Plain:
        """The card is good: the session is complete, the money is taken."""
        with self.lock:
            session, intent = self._begun(session_id)
            intent.update(
                status="succeeded",
                amount_received=intent["amount"],
                latest_charge=objects.new_id("ch"),
                last_payment_error=None,
                next_action=None,
            )
            session.update(status="complete", payment_status="paid", url=None)
            self._tell("payment_intent.succeeded", intent)
            self._tell("checkout.session.completed", session)
            return session

    def decline(self, session_id: str, *, code: str = "card_declined", decline_code: str = "generic_decline") -> Plain:
        """The card is refused; the session stays open for another try."""
        with self.lock:
            session, intent = self._begun(session_id)
            error = {"type": "card_error", "code": code, "decline_code": decline_code, "message": "Declined."}
            intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
            self._tell("payment_intent.payment_failed", intent)
            return session

    def ask_for_3ds(self, session_id: str) -> Plain:
        """The bank wants to see the payer first."""
        with self.lock:
            session, intent = self._begun(session_id)
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}})
            self._tell("payment_intent.requires_action", intent)
            return session

    def _begun(self, session_id: str) -> tuple[Plain, Plain]:
        session = self.get(session_id)
        if session["status"] != "open":
            raise BadRequest("This page has expired.")
        if session["payment_intent"] is None:
            made = objects.intent(session, self.params[session_id], now=self._now())
            session["payment_intent"] = self._keep(stripe.PaymentIntent, made)["id"]
        return session, self.get(session["payment_intent"])

    # --- Webhooks ---

    def _tell(self, kind: str, of: Plain, *, key: str | None = None) -> None:
        made = objects.event(kind, of, now=self._now(), key=key)
        check_answer(stripe.Event, made)
        self.things[made["id"]] = made
        self.events.append(made)
        self.undelivered.append(made)

    def deliver(self, to: Deliver, *, keep: bool = False) -> list[int]:
        """Hand over what was not delivered yet, in order; what is not answered with 2xx stays, as `keep` keeps all."""
        with self.lock:
            waiting = list(self.undelivered)
        answers = []
        for made in waiting:
            body, headers = self.signed(made)
            answers.append(to(body, headers))
            if 200 <= answers[-1] < 300 and not keep:
                with self.lock:
                    self.undelivered = [other for other in self.undelivered if other["id"] != made["id"]]
        return answers

    def signed(self, made: Plain, *, secret: str | None = None, at: int | None = None) -> tuple[bytes, dict[str, str]]:
        """An event as it travels: its body, and the signature of time and body."""
        body = json.dumps(made).encode()
        stamp = at if at is not None else self._now()
        mac = hmac.new((secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"Stripe-Signature": f"t={stamp},v1={mac}", "Content-Type": "application/json"}

    def _keep(self, resource: type[stripe.StripeObject], made: Plain) -> Plain:
        check_answer(resource, made)
        with self.lock:
            self.things[made["id"]] = made
        return made

    def _now(self) -> int:
        return int(self.now())
