"""The terms of an agreement: what is typed, judged once for every door."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from provider.kernel.money import round_half_away
from resellers.errors import BadCreditLimit, BadDiscount, BadPaymentDays

MOST_PAYMENT_DAYS: Final = 180
_LARGEST_LIMIT: Final = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one version of an agreement says."""

    currency: str
    discount_percent: Decimal
    credit_limit_minor: int
    payment_days: int
    note: str = ""


def check_terms(terms: Terms) -> None:
    """Refuse terms that no agreement can have."""
    percent = terms.discount_percent
    if not percent.is_finite() or not 0 <= percent < 100 or percent != round(percent, 2):
        raise BadDiscount(field="discount_percent")
    if not 0 <= terms.credit_limit_minor <= _LARGEST_LIMIT:
        raise BadCreditLimit(field="credit_limit")
    if not 0 <= terms.payment_days <= MOST_PAYMENT_DAYS:
        raise BadPaymentDays(field="payment_days")


def discount_of(*, face_minor: int, percent: Decimal) -> int:
    """What is off the face value of one card, rounded once, so that every serial knows its own."""
    numerator, denominator = percent.as_integer_ratio()
    return round_half_away(numerator=face_minor * numerator, denominator=100 * denominator)
