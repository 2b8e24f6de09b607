"""How long staff may act for a customer, and when they no longer may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from provider.accounts.errors import BadHours, MissingReason

LEAST_HOURS: Final = 1
MOST_HOURS: Final = 168
LONGEST_ACT: Final = timedelta(minutes=60)


def check_hours(hours: int) -> None:
    """Consent lasts from an hour to a week."""
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise BadHours(field="hours")


def check_reason(reason: str) -> str:
    """The reason without spaces around it; the customer will read it."""
    if not reason.strip():
        raise MissingReason(field="reason")
    return reason.strip()


def act_ends_at(*, started_at: datetime, consent_ends_at: datetime) -> datetime:
    """An hour after the start, never later than the consent."""
    return min(started_at + LONGEST_ACT, consent_ends_at)


def is_over(*, at: datetime, expires_at: datetime, ended_at: datetime | None, withdrawn_at: datetime | None) -> bool:
    """Whether an act has ended by time, by hand, or because the customer took the consent back."""
    return ended_at is not None or withdrawn_at is not None or at >= expires_at
