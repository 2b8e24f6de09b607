"""What a payment gateway is asked for and what it says, in our own words: one shape for all gateways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from provider.kernel.money import Money, exponent_of

# Stripe keeps two decimals for two currencies that have none by ISO 4217.
_TWO_DECIMALS_AT_STRIPE: Final = frozenset({"ISK", "UGX"})


class Standing(StrEnum):
    """How a payment stands at the gateway."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"  # this try was refused; the payer may try again on the same page
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the payer is to be asked for. `attempt_id` is the idempotency key: asked again, the same page comes back."""

    attempt_id: UUID
    amount: Money
    subject: str
    email: str
    language: str
    done_url: str
    back_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The gateway's page for one attempt."""

    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the gateway says of an attempt when it is asked; only this moves anything."""

    standing: Standing
    session_id: str
    intent_id: str = ""
    amount: Money | None = None  # what was taken, once it was
    failure_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook whose signature was right: a hint to ask, never the truth itself."""

    event_id: str
    kind: str
    attempt_id: UUID | None
    session_id: str = ""
    intent_id: str = ""
    saves_card_of: UUID | None = None  # the account that has saved a bank card


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRequest:
    """A payer is to enter a bank card that is kept. `key`: asked again, the same page comes back."""

    key: UUID
    account_id: UUID
    currency: str
    email: str
    language: str
    done_url: str  # the gateway adds which page it was
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """A bank card that the gateway keeps now: whose, what names it there, and what its owner knows it by."""

    account_id: UUID
    customer_ref: str
    method_ref: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is to be taken from a kept bank card. `attempt_id` is the idempotency key: asked again, the same answer."""

    attempt_id: UUID
    amount: Money
    subject: str
    customer_ref: str
    method_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidBack:
    """What became of a refund at the gateway."""

    reference: str
    is_done: bool
    is_failed: bool = False


def to_stripe_minor(money: Money) -> int:
    """The amount as Stripe counts it."""
    return money.minor * 100 if money.currency in _TWO_DECIMALS_AT_STRIPE else money.minor


def from_stripe_minor(*, minor: int, currency: str) -> Money:
    """An amount of Stripe as ours; a part of a unit that our currency does not have is never dropped silently."""
    code = currency.upper()
    if code not in _TWO_DECIMALS_AT_STRIPE:
        return Money(minor, code)
    assert exponent_of(code) == 0
    whole, part = divmod(minor, 100)
    if part:
        raise ValueError(f"{minor} of {code} is not a whole amount.")
    return Money(whole, code)
