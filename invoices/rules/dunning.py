"""When an invoice is tried again after the bank refused to have it taken from a card."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

WAITS: Final = (timedelta(days=3), timedelta(days=4), timedelta(days=7))  # two weeks in all, over a payday
# What another try does not change: the card is gone, or its owner has to do something first.
_FINAL: Final = frozenset({
    "authentication_required", "card_not_supported", "expired_card", "incorrect_number", "lost_card",
    "payment_method_unavailable", "pickup_card", "restricted_card", "revocation_of_authorization",
    "revocation_of_all_authorizations", "stolen_card", "stop_payment_order", "transaction_not_allowed",
})  # fmt: skip


BY_HAND_APART: Final = timedelta(hours=1)  # a bank that is asked more often takes it for an attack


def next_try(*, refused_count: int, failure_code: str, at: datetime) -> datetime | None:
    """When to try again after so many refusals, the last with this code of the gateway; None: no more."""
    if is_final(failure_code) or refused_count > len(WAITS):
        return None
    return at + WAITS[refused_count - 1]


def next_after_hand(*, planned_at: datetime | None, failure_code: str, at: datetime) -> datetime | None:
    """When to try again after a try by hand was refused: as it was planned before, but not right behind it."""
    if is_final(failure_code) or planned_at is None:
        return None
    return max(planned_at, at + BY_HAND_APART)


def is_final(failure_code: str) -> bool:
    """Whether the card cannot help before its owner has done something."""
    return failure_code in _FINAL
