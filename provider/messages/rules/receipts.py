"""Receipts arrive late, twice and in any order; the state only ever climbs, so that the order does not matter."""

from __future__ import annotations

from typing import Final

_RANK: Final = {"queued": 0, "sent": 1, "failed": 2, "delivered": 3, "bounced": 4}

# A mail that a server took may still come back days later; an SMS that a phone has shown cannot.
_TWILIO: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
}
_EMAIL: Final = {"delivered": "delivered", "bounced": "bounced", "complained": "delivered", "failed": "failed"}


def after_receipt(*, status: str, reported: str) -> str | None:
    """The status after a report, or None where the report says nothing new."""
    if status not in _RANK or reported not in _RANK:
        return None
    return reported if _RANK[reported] > _RANK[status] else None


def status_from_twilio(reported: str) -> str | None:
    """Our word for a Twilio message status; None for those which say no more than that it was taken."""
    return _TWILIO.get(reported)


def status_from_aliyun(*, is_success: bool) -> str:
    """Our word for an Aliyun report."""
    return "delivered" if is_success else "failed"


def status_from_email(kind: str) -> str | None:
    """Our word for a mail server's report; a complaint proves that the mail arrived."""
    return _EMAIL.get(kind)
