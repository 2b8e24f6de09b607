"""Paths of our own doors that what lies below them must name; a test holds them to the real ones."""

from __future__ import annotations

from typing import Final

HELD_BACK: Final = "/messages/?status=capped"


def twilio_receipt(reference: str) -> str:
    """Where Twilio reports on a delivery."""
    return f"/messages/receipts/twilio/{reference}/"
