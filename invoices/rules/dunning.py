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


def next_try(*, refused_count: int, failure_code: str, at: datetime) -> datetime | None:
    """When to try again after so many refusals, the last with this code of the gateway; None: no more."""
    if failure_code in _FINAL or refused_count > len(WAITS):
        return None
    return at + WAITS[refused_count - 1]
